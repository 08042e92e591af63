"""My space: one's cases, papers, data and who read it, family and agents; proofs for everybody."""
