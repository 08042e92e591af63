"""The open operating platform of a smart district."""

__version__ = "0.1.0"
