"""Brings the vehicles and poles of the demonstration into the register."""

from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.services import register_thing
from ipudong.systems.citysense.devices import POLE_PROFILES, SYSTEM_NAME, VEHICLE_PROFILE
from ipudong.systems.citysense.simulation import Sensor, Vehicle, sensors, vehicles

DEMO_SEED: Final = 1


@transaction.atomic
def load_demo(scale: int, actor: Actor) -> int:
    """Register the demonstration vehicles and poles at 1:`scale`; doing it twice is doing it once.

    Returns how many there are.
    """
    at = datetime.now(UTC)
    drawn = vehicles(scale, DEMO_SEED)
    for vehicle in drawn:
        register_vehicle(vehicle, at)
    poles = sensors(scale, DEMO_SEED)
    for pole in poles:
        register_sensor(pole, at)
    return len(drawn) + len(poles)


def register_sensor(sensor: Sensor, at: datetime) -> Thing:
    """The thing of one simulated pole; its token is known to the simulator only."""
    profile = POLE_PROFILES[sensor.protocol]
    return register_thing(
        name_zh=sensor.name_zh,
        name_en=sensor.name_en,
        kind=profile.kind,
        system=SYSTEM_NAME,
        at=at,
        protocol=profile.protocol,
        identity=sensor.identity,
        channels=profile.channels,
        profile=profile.name,
        credential=hash_credential(sensor.token),
        lon=sensor.lon,
        lat=sensor.lat,
        expected_interval_s=profile.expected_interval_s,
        simulated=True,
    )


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
