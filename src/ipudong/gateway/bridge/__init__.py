"""The bridge: the same topics through another MQTT broker (Mosquitto, EMQX, NATS)."""
