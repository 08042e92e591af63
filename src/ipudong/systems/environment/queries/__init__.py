"""Reads of the environment system."""
