"""Events of LoRaWAN network servers in JSON: The Things Stack v3 and ChirpStack v4."""
