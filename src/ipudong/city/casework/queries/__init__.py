"""Reads of casework, scoped by who asks."""
