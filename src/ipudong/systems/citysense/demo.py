"""Brings the vehicles of the demonstration into the register."""

from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.services import register_thing
from ipudong.systems.citysense.devices import SYSTEM_NAME, VEHICLE_PROFILE
from ipudong.systems.citysense.simulation import Vehicle, vehicles

DEMO_SEED: Final = 1


@transaction.atomic
def load_demo(scale: int, actor: Actor) -> int:
    """Register the demonstration vehicles at 1:`scale`; doing it twice is doing it once.

    Returns how many there are.
    """
    at = datetime.now(UTC)
    drawn = vehicles(scale, DEMO_SEED)
    for vehicle in drawn:
        register_vehicle(vehicle, at)
    return len(drawn)


def register_vehicle(vehicle: Vehicle, at: datetime) -> Thing:
    """The thing of one simulated vehicle."""
    return register_thing(
        name_zh=vehicle.name_zh,
        name_en=vehicle.name_en,
        kind=VEHICLE_PROFILE.kind,
        system=SYSTEM_NAME,
        at=at,
        protocol=VEHICLE_PROFILE.protocol,
        identity=vehicle.phone,
        channels=VEHICLE_PROFILE.channels,
        profile=VEHICLE_PROFILE.name,
        credential=vehicle.code,
        expected_interval_s=VEHICLE_PROFILE.expected_interval_s,
        simulated=True,
        properties={"plate": vehicle.plate, "duty": vehicle.duty},
    )
