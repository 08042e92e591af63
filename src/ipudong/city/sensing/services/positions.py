"""What the gateway writes once a second of moving things: where they are."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection, transaction

_UPSERT_POSITION: Final = """
INSERT INTO sensing_latestposition
    (thing_id, time_us, lon, lat, speed, heading, altitude, status)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (thing_id) DO UPDATE
SET time_us = excluded.time_us, lon = excluded.lon, lat = excluded.lat, speed = excluded.speed,
    heading = excluded.heading, altitude = excluded.altitude, status = excluded.status
WHERE excluded.time_us >= sensing_latestposition.time_us
"""

# thing, time_us, lon, lat, speed, heading, altitude, status; None where unknown
PositionRow = tuple[int, int, float, float, float | None, float | None, float | None, int]


@transaction.atomic
def store_latest_positions(rows: Iterable[PositionRow]) -> None:
    """Keep each thing's newest position by its own time; an older one changes nothing."""
    _execute(_UPSERT_POSITION, list(rows))


def _execute(statement: str, rows: list[Any]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
