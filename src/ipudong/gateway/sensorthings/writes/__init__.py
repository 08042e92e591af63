"""Creating, changing, deleting and linking entities and observations."""
