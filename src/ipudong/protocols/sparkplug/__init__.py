"""Eclipse Sparkplug B 3.0: topics, payloads, and what a host must remember of an edge node."""
