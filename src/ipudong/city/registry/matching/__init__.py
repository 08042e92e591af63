"""Entity resolution: which records are one, why, and merging them so that it can be undone."""
