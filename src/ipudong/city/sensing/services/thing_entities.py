"""Things made, changed and deleted by programs, in the words of SensorThings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.models import Location, Thing
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.locations import move_thing
from ipudong.city.sensing.services.things import retire_thing

KIND: Final = "thing"


@transaction.atomic
def create_thing(
    *, by: str, at: datetime, locations: Sequence[Location] = (), **facts: Any
) -> Thing:
    """A thing of no protocol: `name_zh`, `description`, `properties`; where it is from now on."""
    thing = Thing.objects.create(kind=KIND, registered_at=at, **facts)
    bump_revision()
    record(actor=by, action="sensing.create_thing", subject=f"thing:{thing.pk}")
    if locations:
        move_thing(thing=thing, locations=locations, by=by, at=at)
    return thing


@transaction.atomic
def update_thing(
    *,
    thing: Thing,
    by: str,
    at: datetime,
    locations: Sequence[Location] | None = None,
    **facts: Any,
) -> None:
    """Change what is said of a thing, or where it is."""
    for name, value in facts.items():
        setattr(thing, name, value)
    if facts:
        thing.save(update_fields=list(facts))
        bump_revision()
        record(
            actor=by,
            action="sensing.update_thing",
            subject=f"thing:{thing.pk}",
            detail={"changed": sorted(facts)},
        )
    if locations is not None:
        move_thing(thing=thing, locations=locations, by=by, at=at)


@transaction.atomic
def delete_thing(*, thing: Thing, by: str, at: datetime) -> None:
    """Take a thing, its datastreams and its past out of sight.

    The row is retired, not removed: alarms, the audit and sealed readings refer to it.
    """
    thing.historical_locations.all().delete()
    thing.locations.clear()
    retire_thing(thing=thing, by=by, at=at)
