"""A synthetic population: persons in households and organizations, in columns, by one seed.

Nobody is real: divisions end in 99 and phone numbers begin with 100, which are given to nobody.
"""
