"""Where sensors and their readings come from: a system's `simulation` module, by name."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Sensor(Protocol):
    """What the simulator must know of a sensor; `protocol` is mqtt or http."""

    @property
    def identity(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def interval_s(self) -> int: ...


class SensorSimulation(Protocol):
    """The face of a `simulation` module with sensors."""

    def sensors(self, scale: int, seed: int) -> Sequence[Any]: ...
    def read_sensor(self, sensor: Any, at: datetime) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class SensorSource:
    """A sensor together with the simulation that knows what it measures."""

    sensor: Sensor
    simulation: SensorSimulation

    def read(self, at: datetime) -> Mapping[str, float]:
        """What it measures at an instant, by field."""
        return self.simulation.read_sensor(self.sensor, at)


def collect_sensors(modules: Iterable[str], *, scale: int, seed: int) -> list[SensorSource]:
    """The sensors of all simulations that have any, at the given scale."""
    found = []
    for name in modules:
        simulation: Any = importlib.import_module(name)
        if hasattr(simulation, "sensors"):
            drawn = simulation.sensors(scale, seed)
            found += [SensorSource(sensor, simulation) for sensor in drawn]
    return found
