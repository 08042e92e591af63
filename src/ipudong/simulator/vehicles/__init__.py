"""Simulated vehicles: terminals that speak JT/T 808 to the real port."""
