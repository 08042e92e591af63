"""The life of a device under people's hands: registered, described, suspended, taken away."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Alarm,
    DeviceFacts,
    ObservedProperty,
    ProfileRow,
    Status,
    Thing,
)
from ipudong.city.sensing.profile_rows import refresh_profiles, to_profile, to_rows
from ipudong.city.sensing.profiles import Channel, DeviceProfile, find_profile, is_declared
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.things import (
    ensure_datastreams,
    place_code_at,
    register_thing,
)
from ipudong.city.sensing.standing import end_standing

EDITABLE: Final = frozenset(
    {
        "name_zh",
        "name_en",
        "lon",
        "lat",
        "place_code",
        "organisation",
        "expected_interval_s",
    }
)


@transaction.atomic
def register_device(
    *,
    profile: str,
    identity: str,
    name_zh: str,
    by: str,
    at: datetime,
    credential: str = "",
    **facts: Any,
) -> Thing:
    """Make a device of a profile known before it speaks; `credential` as it is kept.

    `facts`: name_en, lon, lat, place_code, organisation, expected_interval_s, properties. Raises
    SensingError `unknown_profile`, `identity_taken`.
    """
    row = get_profile(profile)
    if Thing.objects.filter(protocol=row.protocol, identity=identity).exists():
        raise SensingError("identity_taken", protocol=row.protocol, identity=identity)
    facts["expected_interval_s"] = facts.get("expected_interval_s") or row.expected_interval_s
    thing = register_thing(
        name_zh=name_zh,
        kind=row.kind or row.name,
        system=row.system,
        at=at,
        protocol=row.protocol,
        identity=identity,
        channels=row.channels,
        profile=row.name,
        credential=credential,
        **facts,
    )
    DeviceFacts.objects.update_or_create(
        thing=thing, defaults={"credential_at": at, "credential_by": by}
    )
    record(
        actor=by,
        action="sensing.register_device",
        subject=f"thing:{thing.pk}",
        detail={"protocol": row.protocol, "identity": identity, "profile": profile},
    )
    return thing


def get_profile(name: str) -> DeviceProfile:
    """The profile of that name as it is now. Raises SensingError `unknown_profile`."""
    refresh_profiles()
    row = find_profile(name)
    if row is None:
        raise SensingError("unknown_profile", profile=name)
    return row


@transaction.atomic
def edit_device(*, thing: Thing, by: str, **facts: Any) -> None:
    """Change what a person says of a device: the fields of `EDITABLE`.

    The place follows from the coordinates where none is given. Raises SensingError `bad_argument`.
    """
    unknown = facts.keys() - EDITABLE
    if unknown:
        raise SensingError("bad_argument", name=sorted(unknown)[0])
    if "lon" in facts and not facts.get("place_code"):
        facts["place_code"] = place_code_at(facts["lon"], facts["lat"])
    before = Thing.objects.select_for_update().get(pk=thing.pk)
    changed = sorted(name for name, value in facts.items() if getattr(before, name) != value)
    if not changed:
        return
    Thing.objects.filter(pk=thing.pk).update(**facts)
    _record(thing, by, "edit_device", {"changed": changed})
    bump_revision()


@transaction.atomic
def suspend_device(*, thing: Thing, by: str, at: datetime) -> None:
    """Take nothing from a device until it is resumed; it is neither online nor late meanwhile."""
    changed = Thing.objects.filter(pk=thing.pk, status__in=(Status.INSTALLED, Status.PLANNED))
    if changed.update(status=Status.SUSPENDED):
        end_standing(Alarm.objects.filter(thing=thing), at=at)
        _record(thing, by, "suspend_device")
        bump_revision()


@transaction.atomic
def resume_device(*, thing: Thing, by: str) -> None:
    """Put a suspended or retired device back into service."""
    changed = Thing.objects.filter(pk=thing.pk, status__in=(Status.SUSPENDED, Status.RETIRED))
    if changed.update(status=Status.INSTALLED):
        _record(thing, by, "resume_device")
        bump_revision()


def _record(thing: Thing, by: str, verb: str, detail: dict[str, Any] | None = None) -> None:
    record(actor=by, action=f"sensing.{verb}", subject=f"thing:{thing.pk}", detail=detail)


@transaction.atomic
def name_fields(*, thing: Thing, channels: Iterable[Channel], by: str) -> int:
    """Say what fields of a device observe; how many datastreams were made.

    Raises SensingError `unknown_property`.
    """
    channels = list(channels)
    before = thing.datastreams.count()
    ensure_datastreams(thing=thing, channels=channels)
    facts = DeviceFacts.objects.select_for_update().filter(thing=thing).first()
    if facts is not None:
        named = {channel.field for channel in channels}
        facts.unnamed_fields = [name for name in facts.unnamed_fields if name not in named]
        facts.save(update_fields=["unnamed_fields"])
    made = thing.datastreams.count() - before
    _record(thing, by, "name_fields", {"fields": sorted(channel.field for channel in channels)})
    bump_revision()
    return made


@transaction.atomic
def forget_fields(*, thing: Thing, by: str) -> None:
    """Stop offering the unnamed fields of a device; those that come again are offered again."""
    if DeviceFacts.objects.filter(thing=thing).exclude(unnamed_fields=[]).update(unnamed_fields=[]):
        _record(thing, by, "forget_fields")


@transaction.atomic
def define_property(*, code: str, name_zh: str, unit: str, by: str, name_en: str = "") -> None:
    """Make something observable that no system and not the house declares; known ones stay."""
    values = {"name_zh": name_zh, "name_en": name_en, "unit": unit}
    _row, made = ObservedProperty.objects.get_or_create(code=code, defaults=values)
    if made:
        record(
            actor=by,
            action="sensing.define_property",
            subject=f"property:{code}",
            detail={"unit": unit},
        )


@transaction.atomic
def save_profile(*, profile: DeviceProfile, by: str, at: datetime, **titles: str) -> ProfileRow:
    """Write a profile of one's own, new or changed; the gateways know it within a second.

    `titles` are title_zh and title_en. Raises SensingError `profile_declared` for the name of a
    declared one, `unknown_property`, `field_twice`.
    """
    if is_declared(profile.name):
        raise SensingError("profile_declared", profile=profile.name)
    _check_channels(profile.channels)
    row = ProfileRow(
        name=profile.name,
        protocol=profile.protocol,
        kind=profile.kind,
        system=profile.system,
        expected_interval_s=profile.expected_interval_s,
        payload=profile.payload,
        topic=profile.topic,
        channels=to_rows(profile.channels),
        changed_at=at,
        changed_by=by,
        **titles,
    )
    row.save()
    record(
        actor=by,
        action="sensing.save_profile",
        subject=f"profile:{row.name}",
        detail={"protocol": row.protocol, "channels": len(row.channels)},
    )
    bump_revision()
    refresh_profiles()
    return row


def _check_channels(channels: Iterable[Channel]) -> None:
    fields = [channel.field for channel in channels]
    if len(set(fields)) != len(fields):
        twice = next(name for name in fields if fields.count(name) > 1)
        raise SensingError("field_twice", field=twice)
    known = set(ObservedProperty.objects.values_list("code", flat=True))
    unknown = sorted({channel.property for channel in channels} - known)
    if unknown:
        raise SensingError("unknown_property", properties=unknown)


@transaction.atomic
def apply_profile(*, name: str, by: str) -> int:
    """Bring the devices of a written profile up to it: channels, units and scales; how many.

    Readings that are stored stay as they are. Raises SensingError `unknown_profile`.
    """
    row = ProfileRow.objects.filter(pk=name).first()
    if row is None:
        raise SensingError("unknown_profile", profile=name)
    profile = to_profile(row)
    things = list(Thing.objects.filter(profile=name).exclude(status=Status.RETIRED))
    for thing in things:
        ensure_datastreams(thing=thing, channels=profile.channels)
        for stream in thing.datastreams.all():
            channel = profile.find_channel(stream.channel)
            if channel is not None and stream.observed_property_id == channel.property:
                stream.unit, stream.scale, stream.offset = (
                    channel.unit,
                    channel.scale,
                    channel.offset,
                )
                stream.save(update_fields=["unit", "scale", "offset"])
    record(
        actor=by,
        action="sensing.apply_profile",
        subject=f"profile:{name}",
        detail={"devices": len(things)},
    )
    bump_revision()
    return len(things)


@transaction.atomic
def delete_profile(*, name: str, by: str) -> None:
    """Take a written profile away. Raises SensingError `profile_used` while devices have it."""
    used = Thing.objects.filter(profile=name).exclude(status=Status.RETIRED).count()
    if used:
        raise SensingError("profile_used", profile=name, devices=used)
    if ProfileRow.objects.filter(pk=name).delete()[0]:
        record(actor=by, action="sensing.delete_profile", subject=f"profile:{name}")
        bump_revision()
        refresh_profiles()
