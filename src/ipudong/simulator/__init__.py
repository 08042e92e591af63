"""A district that talks to the doors from outside, as everyone else does.

It imports codecs, and of a system only its `simulation` module, which is plain data; it knows
no table and no service of the house.
"""
