"""HJ 212: telemetry of pollution sources and monitoring stations (editions 2005, 2017, 2025)."""
