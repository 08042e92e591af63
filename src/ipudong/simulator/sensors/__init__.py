"""Simulated sensors that speak MQTT through paho, or push line protocol over HTTP."""
