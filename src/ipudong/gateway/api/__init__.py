"""The HTTP face of the gateway: who may ask, how it is answered, probes."""
