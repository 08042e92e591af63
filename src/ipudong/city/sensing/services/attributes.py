"""What devices say of themselves: kept with the thing, the firmware also in its facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction

from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.services.facts import FirmwareReport, note_firmware

# Where in the properties of a thing its own words are, apart from what people entered.
REPORTED: Final = "reported"
KEYS_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class AttributesReport:
    """A device's own words: `values` by name, of which firmware and hardware ("" if not said) are
    known to everybody."""

    thing_id: int
    at: datetime
    firmware: str = ""
    hardware: str = ""
    values: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@transaction.atomic
def note_attributes(reports: Iterable[AttributesReport]) -> None:
    """Keep what devices report; a new value replaces the earlier one of its name."""
    reports = list(reports)
    note_firmware(
        FirmwareReport(row.thing_id, row.firmware, row.at, row.hardware)
        for row in reports
        if row.firmware
    )
    things = Thing.objects.in_bulk([row.thing_id for row in reports])
    changed = []
    for row in reports:
        thing = things.get(row.thing_id)
        if thing is not None and _merge(thing, row.values):
            changed.append(thing)
    Thing.objects.bulk_update(changed, ["properties"], batch_size=100)


def _merge(thing: Thing, values: Mapping[str, str | int | float | bool]) -> bool:
    """Whether anything is new among the reported properties, which are then changed."""
    earlier = thing.properties.get(REPORTED, {})
    merged = dict(list({**earlier, **values}.items())[-KEYS_KEPT:])
    if merged == earlier:
        return False
    thing.properties = {**thing.properties, REPORTED: merged}
    return True
