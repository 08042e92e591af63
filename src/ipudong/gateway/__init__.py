"""The door of machines: listeners, the ingest pipeline, live streams and the machines' HTTP."""
