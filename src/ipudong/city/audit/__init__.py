"""Who did what to which record: append-only, hash-chained, in the transaction it describes."""
