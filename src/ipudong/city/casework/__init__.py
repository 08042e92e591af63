"""Casework: case kinds, cases and their steps, working days, forms, documents, supervision."""
