"""OGC SensorThings 1.1: things, datastreams and observations for machines."""
