"""The MQTT door: a broker for devices and integrators, 3.1.1 and 5."""
