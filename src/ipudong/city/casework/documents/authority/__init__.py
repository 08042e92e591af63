"""The district's certificate authority: its keys, what it signs, and the proof of it."""
