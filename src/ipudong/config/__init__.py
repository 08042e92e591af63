"""Configuration: settings, installed systems, the `ipudong` command."""
