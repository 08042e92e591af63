"""Where stations and their readings come from: a system's `simulation` module, by name."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ipudong.simulator.timetable import BEIJING


class Station(Protocol):
    """What the simulator must know of a station."""

    @property
    def mn(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def st(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def intervals_s(self) -> Mapping[str, int]: ...


Fields = Mapping[str, float | str]


class Simulation(Protocol):
    """The face of a system's `simulation` module."""

    COMMANDS: Mapping[str, str]

    def stations(self, scale: int, seed: int) -> Sequence[Any]: ...
    def readings(self, station: Any, at: datetime, period: str) -> Mapping[str, Fields]: ...


@dataclass(frozen=True)
class Source:
    """A station together with the simulation that knows what it measures."""

    station: Station
    simulation: Simulation

    def data_area(self, began: datetime, period: str) -> str:
        """The data area (CP) of a report, DataTime first."""
        fields = self.simulation.readings(self.station, began, period)
        return write_data_area(began, fields)

    def command(self, period: str) -> str:
        """The command number under which a period is uploaded."""
        return self.simulation.COMMANDS[period]


def collect_sources(modules: Iterable[str], *, scale: int, seed: int) -> list[Source]:
    """The stations of all simulations named, at the given scale."""
    found = []
    for name in modules:
        simulation: Any = importlib.import_module(name)
        found += [Source(station, simulation) for station in simulation.stations(scale, seed)]
    return found


def write_data_area(began: datetime, fields: Mapping[str, Fields]) -> str:
    """`DataTime=…;code-Attribute=value,…;…` in China's time (HJ 212-2017, 6.3)."""
    local = began.astimezone(BEIJING)
    parts = [f"DataTime={local:%Y%m%d%H%M%S}"]
    parts += [
        ",".join(f"{code}-{name}={value}" for name, value in attributes.items())
        for code, attributes in fields.items()
    ]
    return ";".join(parts)
