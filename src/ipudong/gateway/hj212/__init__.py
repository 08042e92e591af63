"""HJ 212 stations: the TCP server, its bounds, and the commands that go out."""
