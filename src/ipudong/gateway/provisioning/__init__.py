"""Devices that register themselves with a provisioning key."""
