"""MQTT 3.1.1 and 5: packets, topics and the server's side of a connection, without I/O."""
