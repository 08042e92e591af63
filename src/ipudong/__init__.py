"""The open operating platform of a smart district."""
