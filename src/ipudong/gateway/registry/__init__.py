"""The registry for machines: geocoding."""
