"""Standard addresses: reading Chinese addresses, finding them, and where they are."""
