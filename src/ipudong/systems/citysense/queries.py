"""Reads of the sensing network's pages: the vehicles, where they are, one and its day."""

from dataclasses import dataclass
from datetime import datetime

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import LatestPosition, Thing
from ipudong.city.sensing.queries import is_online, list_positions, list_things
from ipudong.systems.citysense.devices import VEHICLE


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """A vehicle, whether it is heard, and where it was last; None where never."""

    thing: Thing
    is_online: bool
    position: LatestPosition | None

    @property
    def plate(self) -> str:
        """Its number plate, where it is known."""
        return str(self.thing.properties.get("plate", ""))

    @property
    def speed(self) -> float | None:
        """Its last speed in km/h."""
        return None if self.position is None else self.position.speed


def list_vehicles(actor: Actor, now: datetime) -> list[VehicleRow]:
    """All vehicles with a terminal, of whatever system, by name."""
    positions = {row.thing_id: row for row in list_positions(actor)}
    things = list_things(actor, kind=VEHICLE).order_by("name_zh")
    return [
        VehicleRow(thing, is_online(thing, now=now), positions.get(thing.pk)) for thing in things
    ]
