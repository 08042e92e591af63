"""Result papers: what they say, how they are set, and issuing them."""
