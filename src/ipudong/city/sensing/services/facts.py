"""What doors tell of devices besides readings: firmware, and why they left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from ipudong.city.sensing.models import DeviceFacts, Thing
from ipudong.city.sensing.presence import Presence, presence_filter, watched_filter

_ADD_AVAILABILITY = """
INSERT INTO sensing_thingavailability (thing_id, day, watched_s, online_s) VALUES (%s, %s, %s, %s)
ON CONFLICT (thing_id, day) DO UPDATE
SET watched_s = sensing_thingavailability.watched_s + excluded.watched_s,
    online_s = sensing_thingavailability.online_s + excluded.online_s
"""


@dataclass(frozen=True, slots=True)
class FirmwareReport:
    """A device says which firmware it runs, and perhaps what model it is."""

    thing_id: int
    version: str
    at: datetime
    hardware: str = ""


@transaction.atomic
def note_firmware(reports: Iterable[FirmwareReport]) -> None:
    """Keep the versions devices report; the last of a device counts."""
    for report in {report.thing_id: report for report in reports}.values():
        values: dict[str, object] = {"firmware": report.version[:60], "firmware_at": report.at}
        if report.hardware:
            values["hardware"] = report.hardware[:100]
        if Thing.objects.filter(pk=report.thing_id).exists():
            DeviceFacts.objects.update_or_create(thing_id=report.thing_id, defaults=values)


@transaction.atomic
def note_left(reasons: Mapping[int, str], *, at: datetime) -> None:
    """Keep why connections ended (thing id -> code such as `keep_alive`, `closed_by_device`)."""
    known = Thing.objects.filter(pk__in=list(reasons)).values_list("pk", flat=True)
    DeviceFacts.objects.bulk_create(
        [
            DeviceFacts(thing_id=thing_id, left_at=at, left_reason=reasons[thing_id][:40])
            for thing_id in known
        ],
        update_conflicts=True,
        update_fields=["left_at", "left_reason"],
        unique_fields=["thing"],
        batch_size=500,
    )


def measure_availability(now: datetime, *, span_s: int) -> int:
    """Credit the last `span_s` seconds of today to every watched device; how many there are.

    Days begin at the district's midnight. What was registered but never heard counts as absent.
    """
    watched = list(Thing.objects.filter(watched_filter()).values_list("pk", flat=True))
    online = set(
        Thing.objects.filter(presence_filter(Presence.ONLINE, now=now)).values_list("pk", flat=True)
    )
    today: date = timezone.localdate(now)
    rows = [(pk, today, span_s, span_s if pk in online else 0) for pk in watched]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_ADD_AVAILABILITY, rows)
    return len(rows)
