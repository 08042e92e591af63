"""Vehicles of the demonstration district: plain data and pure functions, no clock, no I/O.

`vehicles(scale, seed)` are the vehicles, `read_motion(vehicle, at)` where one is at an instant. It
has no stations that speak HJ 212.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ipudong.systems.citysense.simulation.fleet import Vehicle, vehicles
from ipudong.systems.citysense.simulation.motion import Motion, read_motion

COMMANDS: Mapping[str, str] = {}


def stations(scale: int, seed: int) -> Sequence[Any]:
    """None: what this system simulates moves."""
    return ()


__all__ = ["COMMANDS", "Motion", "Vehicle", "read_motion", "stations", "vehicles"]
