"""Live state: the latest of every datastream in memory, and the streams browsers watch."""
