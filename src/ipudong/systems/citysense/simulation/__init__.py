"""Vehicles of the demonstration district: plain data and pure functions, no clock, no I/O.

`vehicles(scale, seed)` are the vehicles, `read_motion(vehicle, at)` where one is at an instant;
`sensors(scale, seed)` are the poles, `read_sensor(sensor, at)` what one measures then. It has no
stations that speak HJ 212.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ipudong.systems.citysense.simulation.fleet import Vehicle, vehicles
from ipudong.systems.citysense.simulation.motion import Motion, read_motion
from ipudong.systems.citysense.simulation.sensors import Sensor, read_sensor, sensors

COMMANDS: Mapping[str, str] = {}


def stations(scale: int, seed: int) -> Sequence[Any]:
    """None: what this system simulates moves."""
    return ()


__all__ = [
    "COMMANDS",
    "Motion",
    "Sensor",
    "Vehicle",
    "read_motion",
    "read_sensor",
    "sensors",
    "stations",
    "vehicles",
]
