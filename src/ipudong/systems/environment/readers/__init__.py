"""Pure readers of published files: each yields what it accepts and names what it rejects."""
