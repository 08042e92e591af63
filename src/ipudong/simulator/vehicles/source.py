"""Where vehicles and their motion come from: a system's `simulation` module, by name."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Vehicle(Protocol):
    """What the simulator must know of a vehicle; `edition` is 2013 or 2019."""

    @property
    def phone(self) -> str: ...
    @property
    def edition(self) -> int: ...
    @property
    def plate(self) -> str: ...
    @property
    def interval_s(self) -> int: ...


class Motion(Protocol):
    """Where it is: degrees WGS 84, km/h, degrees from north, km driven."""

    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def speed(self) -> float: ...
    @property
    def heading(self) -> float: ...
    @property
    def mileage_km(self) -> float: ...


class VehicleSimulation(Protocol):
    """The face of a `simulation` module with vehicles."""

    def vehicles(self, scale: int, seed: int) -> Sequence[Any]: ...
    def read_motion(self, vehicle: Any, at: datetime) -> Motion: ...


@dataclass(frozen=True)
class VehicleSource:
    """A vehicle together with the simulation that knows where it drives."""

    vehicle: Vehicle
    simulation: VehicleSimulation

    def read_motion(self, at: datetime) -> Motion:
        """Where it is at an instant."""
        return self.simulation.read_motion(self.vehicle, at)


def collect_vehicles(modules: Iterable[str], *, scale: int, seed: int) -> list[VehicleSource]:
    """The vehicles of all simulations that have any, at the given scale."""
    found = []
    for name in modules:
        simulation: Any = importlib.import_module(name)
        if hasattr(simulation, "vehicles"):
            drawn = simulation.vehicles(scale, seed)
            found += [VehicleSource(vehicle, simulation) for vehicle in drawn]
    return found
