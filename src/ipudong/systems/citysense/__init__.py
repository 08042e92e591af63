"""The city sensing network: what moves and senses across the district (plan task 7)."""
