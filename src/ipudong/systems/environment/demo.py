"""Brings the stations of the demonstration, and of records to replay, into the register."""

from datetime import UTC, date, datetime
from pathlib import Path

from django.db import transaction

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.profiles import HJ212, Channel, DeviceProfile
from ipudong.city.sensing.services import register_thing
from ipudong.systems.environment.devices import (
    AIR_PROFILE,
    FLUE_2005_PROFILE,
    FLUE_FACTORS,
    FLUE_PROFILE,
    RECORDED_AIR_PROFILE,
    RECORDED_WATER_PROFILE,
    SYSTEM_NAME,
    WASTEWATER_2005_PROFILE,
    WASTEWATER_FACTORS,
    WASTEWATER_PROFILE,
    WATER_PROFILE,
    code_of_2005,
)
from ipudong.systems.environment.services import (
    register_outlet,
    register_water_section,
    set_outlet_limit,
)
from ipudong.systems.environment.simulation import (
    AIR,
    COMMANDS,
    FLUE,
    WASTEWATER,
    WATER,
    Station,
    replay_stations,
    stations,
)

PROFILES = {
    AIR: AIR_PROFILE,
    WATER: WATER_PROFILE,
    FLUE: FLUE_PROFILE,
    WASTEWATER: WASTEWATER_PROFILE,
}
PROFILES_2005 = {FLUE: FLUE_2005_PROFILE, WASTEWATER: WASTEWATER_2005_PROFILE}
PROFILES_RECORDED = {AIR: RECORDED_AIR_PROFILE, WATER: RECORDED_WATER_PROFILE}
_FACTORS = {FLUE: FLUE_FACTORS, WASTEWATER: WASTEWATER_FACTORS}
_PH_LOWER = 6.0
_LIMITS_FROM = date(2020, 1, 1)
DEMO_SEED = 1


@transaction.atomic
def load_demo(scale: int, actor: Actor) -> int:
    """Register the demonstration stations at 1:`scale`; doing it twice is doing it once.

    Returns how many stations there are.
    """
    at = datetime.now(UTC)
    drawn = stations(scale, DEMO_SEED)
    for station in drawn:
        _complete(station, _register(station, at), actor, at)
    return len(drawn)


@transaction.atomic
def load_replay_stations(folder: Path, actor: Actor) -> int:
    """Register the stations whose real records `ipudong simulate --replay FOLDER` sends.

    They are real, not simulated, and only have a past. Doing it twice is doing it once. Returns how
    many there are.
    """
    at = datetime.now(UTC)
    found = replay_stations(folder)
    for station in found:
        profile = PROFILES_RECORDED[station.kind]
        register_thing(
            name_zh=station.name_zh,
            name_en=station.name_en,
            kind=profile.kind,
            system=SYSTEM_NAME,
            at=at,
            protocol=HJ212,
            identity=station.mn,
            channels=_channels(station, profile),
            lon=station.lon or None,
            lat=station.lat or None,
            profile=profile.name,
            credential=station.password,
            expected_interval_s=profile.expected_interval_s,
            simulated=False,
            properties={"source": station.organization_zh, "replayed": True},
        )
    return len(found)


def _register(station: Station, at: datetime) -> Thing:
    profile = (PROFILES_2005 if station.version == 2005 else PROFILES)[station.kind]
    return register_thing(
        name_zh=station.name_zh,
        name_en=station.name_en,
        kind=profile.kind,
        system=SYSTEM_NAME,
        at=at,
        protocol=HJ212,
        identity=station.mn,
        channels=_channels(station, profile),
        lon=station.lon,
        lat=station.lat,
        profile=profile.name,
        credential=station.password,
        organisation=station.organization_zh,
        expected_interval_s=profile.expected_interval_s,
        simulated=True,
    )


def _channels(station: Station, profile: DeviceProfile) -> list[Channel]:
    """Those channels of the profile that the station reports."""
    commands = {COMMANDS[period] for period in station.intervals_s}
    codes = set(station.factors)
    if station.version == 2005:
        codes = {code_of_2005(factor) for factor in codes}
    return [
        channel
        for channel in profile.channels
        if channel.field.partition("/")[0] in commands
        and channel.field.partition("/")[2].partition("-")[0] in codes
    ]


def _complete(station: Station, thing: Thing, actor: Actor, at: datetime) -> None:
    if station.kind == WATER:
        register_water_section(
            thing=thing,
            body=station.body,
            target_class=station.target_class,
            is_source=station.is_source,
        )
    elif station.kind in _FACTORS:
        _complete_outlet(station, thing, actor, at)


def _complete_outlet(station: Station, thing: Thing, actor: Actor, at: datetime) -> None:
    outlet = register_outlet(
        thing=thing,
        kind=station.kind,
        organization_zh=station.organization_zh,
        organization_en=station.organization_en,
        standard=station.standard,
        reference_o2_pct=station.reference_o2,
    )
    for code, upper in station.limits.items():
        factor = _FACTORS[station.kind][code]
        set_outlet_limit(
            outlet=outlet,
            factor=factor,
            upper=upper,
            lower=_PH_LOWER if factor == "ph" else None,
            averaging=station.averaging,
            basis=station.standard,
            effective_from=_LIMITS_FROM,
            by=actor.name,
            at=at,
        )
