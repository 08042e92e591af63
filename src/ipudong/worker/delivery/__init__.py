"""Messages on their way out: one lane for each endpoint, so that a dead one delays no other."""
