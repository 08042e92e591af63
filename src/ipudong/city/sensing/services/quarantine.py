"""Unknown devices: kept apart, counted, and adopted by a person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.credentials import keep_offered
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import QuarantinedDevice, QuarantineState, Thing
from ipudong.city.sensing.profile_rows import refresh_profiles
from ipudong.city.sensing.profiles import Channel, DeviceProfile, find_profile
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.locations import place_thing
from ipudong.city.sensing.services.things import (
    ensure_datastreams,
    list_channels,
    place_code_at,
)

RAW_KEPT_BYTES: Final = 4096
FIELDS_KEPT: Final = 200
DEVICES_KEPT: Final = 5000
IDENTITY_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A stranger's message; `reason` is `unknown_identity` or `wrong_credential`."""

    protocol: str
    identity: str
    peer: str
    raw: bytes
    reason: str
    at: datetime
    fields: tuple[str, ...] = ()
    credential: str = field(default="", repr=False)
    frames: int = 1


def quarantine_device(
    protocol: str,
    identity: str,
    peer: str,
    raw: bytes,
    reason: str,
    at: datetime,
    fields: Iterable[str] = (),
    credential: str = "",
) -> None:
    """Keep one stranger's message; see `quarantine_devices`."""
    row = QuarantineRow(protocol, identity, peer, raw, reason, at, tuple(fields), credential)
    quarantine_devices([row])


@transaction.atomic
def quarantine_devices(rows: Iterable[QuarantineRow]) -> None:
    """Keep who they are, what they last sent and which channels they have, one row a device.

    At most `DEVICES_KEPT` wait; beyond that those silent for longest are forgotten, so that an
    inventor of identities fills no disk. A dismissed device stays dismissed.
    """
    rows = list(rows)
    known = {
        (device.protocol, device.identity): device
        for device in QuarantinedDevice.objects.filter(
            protocol__in={row.protocol for row in rows},
            identity__in={row.identity[:IDENTITY_LENGTH] for row in rows},
        )
    }
    fresh: dict[tuple[str, str], QuarantinedDevice] = {}
    changed: dict[tuple[str, str], QuarantinedDevice] = {}
    for row in rows:
        key = row.protocol, row.identity[:IDENTITY_LENGTH]
        device = known.get(key) or fresh.get(key)
        if device is None:
            device = fresh[key] = _new_device(row)
        elif key in known:
            changed[key] = device
        _note(device, row)
    QuarantinedDevice.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    QuarantinedDevice.objects.bulk_update(changed.values(), _CHANGING, batch_size=100)
    _forget_longest_silent()


_CHANGING = ("state", "reason", "peer", "raw", "credential", "fields", "frames", "last_at")


def _new_device(row: QuarantineRow) -> QuarantinedDevice:
    return QuarantinedDevice(
        protocol=row.protocol,
        identity=row.identity[:IDENTITY_LENGTH],
        first_at=row.at,
        last_at=row.at,
    )


def _note(device: QuarantinedDevice, row: QuarantineRow) -> None:
    if device.state == QuarantineState.ADOPTED:
        device.state = QuarantineState.WAITING  # it is a stranger again: retired, or new password
    device.reason = row.reason
    device.peer = row.peer[:64]
    device.raw = row.raw[:RAW_KEPT_BYTES]
    device.credential = row.credential[:128]
    device.fields = sorted({*device.fields, *row.fields})[:FIELDS_KEPT]
    device.frames += row.frames
    device.last_at = max(device.last_at, row.at)


def _forget_longest_silent() -> None:
    waiting = QuarantinedDevice.objects.filter(state=QuarantineState.WAITING)
    excess = list(waiting.order_by("-last_at").values_list("pk", flat=True)[DEVICES_KEPT:])
    if excess:
        QuarantinedDevice.objects.filter(pk__in=excess).delete()


@transaction.atomic
def adopt_device(
    *,
    quarantined: QuarantinedDevice,
    name_zh: str,
    profile: str,
    by: str,
    at: datetime,
    name_en: str = "",
    lon: float | None = None,
    lat: float | None = None,
    place_code: str = "",
    system: str = "",
    credential: str | None = None,
    organisation: str = "",
    channels: Iterable[Channel] | None = None,
) -> Thing:
    """Make a quarantined device a thing, with datastreams for what it sends and its profile knows.

    `credential=None` takes the password or token it offered, else as it is to be kept. `channels`
    are what a person said its fields are, beside those of its profile. Where the identity is
    already a thing (its password changed, or it was retired), that thing is brought up to date.
    Raises SensingError `already_adopted`, `unknown_profile`, `unknown_property`.
    """
    device = QuarantinedDevice.objects.select_for_update().get(pk=quarantined.pk)
    if device.state == QuarantineState.ADOPTED:
        raise SensingError("already_adopted", device=device.pk)
    refresh_profiles()
    row = find_profile(profile)
    if row is None or row.protocol != device.protocol:
        raise SensingError("unknown_profile", profile=profile, protocol=device.protocol)
    facts = {
        "name_zh": name_zh,
        "name_en": name_en,
        "lon": lon,
        "lat": lat,
        "place_code": place_code or place_code_at(lon, lat),
        "organisation": organisation,
        "system": system or row.system,
        "credential": keep_offered(device.protocol, device.credential)
        if credential is None
        else credential,
    }
    thing = _make_thing(device, row, facts, at)
    place_thing(thing, at)
    said = list(channels or ())
    seen = list_channels(row, device.fields) or ([] if said else list(row.channels))
    spoken_for = {channel.field for channel in said}
    ensure_datastreams(
        thing=thing, channels=[*said, *(c for c in seen if c.field not in spoken_for)]
    )
    device.state, device.thing, device.credential, device.raw = "adopted", thing, "", b""
    device.save()
    record(
        actor=by,
        action="sensing.adopt_device",
        subject=f"thing:{thing.pk}",
        detail={"protocol": device.protocol, "identity": device.identity, "profile": profile},
    )
    bump_revision()
    return thing


def _make_thing(
    device: QuarantinedDevice, profile: DeviceProfile, facts: dict[str, Any], at: datetime
) -> Thing:
    values = {
        **facts,
        "profile": profile.name,
        "kind": profile.kind or profile.name,
        "expected_interval_s": profile.expected_interval_s,
        "status": "installed",
    }
    key = {"protocol": device.protocol, "identity": device.identity}
    given = {name: value for name, value in values.items() if value not in (None, "", 0)}
    return Thing.objects.update_or_create(
        **key,
        defaults=given,  # a thing that was there keeps what nobody entered
        create_defaults={**values, "registered_at": at},
    )[0]


@transaction.atomic
def dismiss_device(*, quarantined: QuarantinedDevice, by: str) -> None:
    """Decide that a stranger stays one; it is still counted, and can be adopted later."""
    waiting = QuarantinedDevice.objects.filter(pk=quarantined.pk, state=QuarantineState.WAITING)
    if waiting.update(state=QuarantineState.DISMISSED):
        record(
            actor=by,
            action="sensing.dismiss_device",
            subject=f"quarantine:{quarantined.pk}",
            detail={"protocol": quarantined.protocol, "identity": quarantined.identity},
        )
