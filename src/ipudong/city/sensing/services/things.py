"""Registering things and their datastreams."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.queries import find_place_at
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.field_guesses import guess_surely
from ipudong.city.sensing.models import (
    Alarm,
    Datastream,
    DeviceFacts,
    ObservedProperty,
    QuarantinedDevice,
    QuarantineState,
    Status,
    Thing,
)
from ipudong.city.sensing.profiles import Channel, DeviceProfile, find_profile, meaning_of
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.features import area_of
from ipudong.city.sensing.services.locations import place_thing
from ipudong.city.sensing.services.sensors import own_sensor
from ipudong.city.sensing.standing import end_standing

UNNAMED_KEPT: Final = 100
FIELD_LENGTH: Final = 80


@transaction.atomic
def register_thing(
    *,
    name_zh: str,
    kind: str,
    system: str,
    at: datetime,
    name_en: str = "",
    protocol: str = "",
    identity: str = "",
    channels: Iterable[Channel] = (),
    **facts: Any,
) -> Thing:
    """The thing with this protocol and identity (else system, kind and Chinese name), made or
    brought up to date, with its datastreams. Doing it twice is doing it once.

    `facts` are further fields of `Thing`: lon, lat, place_code, profile, credential, organisation,
    expected_interval_s, simulated, properties. Loaders use this; a person adopts.
    """
    key = {"protocol": protocol, "identity": identity}
    if not identity:
        key = {"system": system, "kind": kind, "name_zh": name_zh, **key}
    values = {"name_zh": name_zh, "name_en": name_en, "kind": kind, "system": system, **facts}
    values.setdefault("description", name_en or name_zh)
    if not facts.get("place_code"):
        values["place_code"] = place_code_at(facts.get("lon"), facts.get("lat"))
    thing, _made = Thing.objects.update_or_create(
        **key, defaults=values, create_defaults={**values, "registered_at": at}
    )
    place_thing(thing, at)
    ensure_datastreams(thing=thing, channels=channels)
    if identity:  # who is known waits for no decision
        waiting = QuarantinedDevice.objects.filter(**key, state=QuarantineState.WAITING)
        waiting.update(state=QuarantineState.ADOPTED, thing=thing, credential="", raw=b"")
    bump_revision()
    return thing


def place_code_at(lon: float | None, lat: float | None) -> str:
    """The code of the subdistrict or town at a WGS 84 point; empty outside or unknown."""
    if lon is None or lat is None:
        return ""
    place = find_place_at(lon, lat)
    return place.code if place else ""


@transaction.atomic
def ensure_datastreams(*, thing: Thing, channels: Iterable[Channel]) -> list[Datastream]:
    """The thing's datastreams of these channels, those missing made; in the order given.

    Raises SensingError `unknown_property` when a channel observes what no row declares.
    """
    channels = tuple(channels)
    known = ObservedProperty.objects.in_bulk([channel.property for channel in channels])
    unknown = sorted({channel.property for channel in channels} - known.keys())
    if unknown:
        raise SensingError("unknown_property", properties=unknown)
    have = set(thing.datastreams.values_list("channel", flat=True))
    fresh = {c.field: c for c in channels if c.field not in have}
    if fresh:
        made = [_new_datastream(thing, c, known[c.property]) for c in fresh.values()]
        sensor, area = own_sensor(thing), area_of(thing)
        for row in made:
            row.sensor, row.observed_area = sensor, area
        Datastream.objects.bulk_create(made)
        bump_revision()
    rows = {stream.channel: stream for stream in thing.datastreams.all()}
    return [rows[channel.field] for channel in channels]


def _new_datastream(thing: Thing, channel: Channel, observed: ObservedProperty) -> Datastream:
    period, statistic = meaning_of(thing.protocol, channel)
    return Datastream(
        thing=thing,
        observed_property=observed,
        name=f"{thing.name_zh} {observed.name_zh}",
        description=f"{thing.name_en or thing.name_zh}: {observed.name_en or observed.name_zh}",
        channel=channel.field,
        period=period,
        statistic=statistic,
        unit=channel.unit,
        scale=channel.scale,
        offset=channel.offset,
    )


def ensure_channels(*, thing_id: int, fields: Iterable[str]) -> int:
    """Datastreams for fields a known device newly sends; how many its profile knew and were made.

    Fields the profile does not know are left: the gateway counts them as `unknown_channel`. Those
    of a profile for any device are kept by name, for a person to say what they are.
    """
    thing = Thing.objects.filter(pk=thing_id).first()
    profile = find_profile(thing.profile) if thing else None
    if thing is None or profile is None:
        return 0
    before, fields = thing.datastreams.count(), list(fields)
    channels = list_channels(profile, fields)
    ensure_datastreams(thing=thing, channels=channels)
    unnamed = set(fields) - {channel.field for channel in channels}
    if unnamed and profile.guesses:
        _keep_unnamed(thing, unnamed)
    return thing.datastreams.count() - before


def _keep_unnamed(thing: Thing, fields: Iterable[str]) -> None:
    facts = DeviceFacts.objects.get_or_create(thing=thing)[0]
    have = set(thing.datastreams.values_list("channel", flat=True))
    names = {*facts.unnamed_fields, *(name[:FIELD_LENGTH] for name in fields)} - have
    facts.unnamed_fields = sorted(names)[:UNNAMED_KEPT]
    facts.save(update_fields=["unnamed_fields"])


def list_channels(profile: DeviceProfile, fields: Iterable[str]) -> list[Channel]:
    """The channels of these fields as far as the profile knows them, or guesses them surely."""
    channels = []
    for field in dict.fromkeys(fields):
        channel = profile.find_channel(field)
        guess = guess_surely(field) if channel is None and profile.guesses else None
        if channel is not None:
            channels.append(channel)
        elif guess is not None:
            channels.append(guess.to_channel(field))
    return channels


@transaction.atomic
def retire_thing(*, thing: Thing, by: str, at: datetime) -> None:
    """Take a thing out of service; its readings remain, its device becomes a stranger."""
    changed = Thing.objects.filter(pk=thing.pk).exclude(status=Status.RETIRED)
    if changed.update(status=Status.RETIRED):
        end_standing(Alarm.objects.filter(thing=thing), at=at)
        record(actor=by, action="sensing.retire_thing", subject=f"thing:{thing.pk}")
        bump_revision()
