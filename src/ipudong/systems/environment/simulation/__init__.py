"""A district's stations and what they would report: plain data, no clock, no I/O but replay files.

`stations(scale, seed)` are the demonstration district's stations, `readings(station, at, period)`
what one reports for a period, `replay(folder)` real records in the same shape. All of it is a pure
function of its arguments, so that history sent later agrees with what was sent live.
"""

from ipudong.systems.environment.simulation.readings import (
    COMMANDS,
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    Fields,
    readings,
)
from ipudong.systems.environment.simulation.replay import replay, replay_stations
from ipudong.systems.environment.simulation.stations import (
    AIR,
    FLUE,
    WASTEWATER,
    WATER,
    Station,
    stations,
)

__all__ = [
    "AIR",
    "COMMANDS",
    "DAY",
    "FLUE",
    "HOUR",
    "INSTANT",
    "MINUTE",
    "WASTEWATER",
    "WATER",
    "Fields",
    "Station",
    "readings",
    "replay",
    "replay_stations",
    "stations",
]
