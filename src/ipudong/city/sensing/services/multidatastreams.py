"""Datastreams whose observations have several values at once."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Datastream,
    MultiDatastream,
    ObservedProperty,
    Sensor,
    Thing,
)
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.sensors import create_datastream

MEMBER_FIELDS = ("unit", "unit_name", "unit_definition", "observation_type")

MemberFacts = dict[str, Any]


@transaction.atomic
def create_multi_datastream(
    *,
    thing: Thing,
    sensor: Sensor,
    observed_properties: Sequence[ObservedProperty],
    members: Sequence[MemberFacts],
    by: str,
    **facts: Any,
) -> MultiDatastream:
    """A MultiDatastream with a member for each observed property, in this order.

    `members` say `unit`, `unit_name`, `unit_definition` and `observation_type` of each. Raises
    SensingError `uneven_members` where there are not as many of one as of the other.
    """
    if not members or len(members) != len(observed_properties):
        raise SensingError(
            "uneven_members", properties=len(observed_properties), units=len(members)
        )
    multi = MultiDatastream.objects.create(thing=thing, sensor=sensor, **facts)
    record(
        actor=by,
        action="sensing.create_multi_datastream",
        subject=f"multidatastream:{multi.pk}",
        detail={"thing": thing.pk},
    )
    for position, (observed, member) in enumerate(zip(observed_properties, members, strict=True)):
        create_datastream(
            thing=thing,
            sensor=sensor,
            observed_property=observed,
            by=by,
            name=f"{multi.name}: {observed.name_zh}"[:300],
            multi=multi,
            position=position,
            **member,
        )
    return multi


@transaction.atomic
def update_multi_datastream(
    *,
    multi: MultiDatastream,
    by: str,
    members: Sequence[MemberFacts] | None = None,
    **facts: Any,
) -> None:
    """Change what is said of a MultiDatastream or of its members, whose number stays.

    Raises SensingError `uneven_members`.
    """
    rows = list_members(multi)
    if members is not None:
        if len(members) != len(rows):
            raise SensingError("uneven_members", properties=len(rows), units=len(members))
        for row, member in zip(rows, members, strict=True):
            Datastream.objects.filter(pk=row.pk).update(**member)
    shared = {name: facts[name] for name in ("thing", "sensor") if name in facts}
    if shared:
        multi.members.update(**shared)
    for name, value in facts.items():
        setattr(multi, name, value)
    multi.save()
    bump_revision()
    record(
        actor=by,
        action="sensing.update_multi_datastream",
        subject=f"multidatastream:{multi.pk}",
        detail={"changed": sorted(facts)},
    )


@transaction.atomic
def delete_multi_datastream(*, multi: MultiDatastream, by: str) -> None:
    """Delete a MultiDatastream with its members; their readings are seen no more."""
    record(
        actor=by,
        action="sensing.delete_multi_datastream",
        subject=f"multidatastream:{multi.pk}",
    )
    bump_revision()
    multi.delete()


def list_members(multi: MultiDatastream | int) -> list[Datastream]:
    """The members of a MultiDatastream in their order."""
    return list(Datastream.objects.filter(multi=multi).order_by("position"))
