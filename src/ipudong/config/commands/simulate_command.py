"""`ipudong simulate`: a district that talks to the doors from outside."""

from ipudong.simulator.run import command

__all__ = ["command"]
