"""The environment system's door of people."""
