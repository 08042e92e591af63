"""The last day of a device's readings as charts, and all of a span as a table."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.timezone import localtime

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import Datastream, Thing
from ipudong.city.sensing.queries.readings import Readings, read_readings
from ipudong.city.sensing.queries.things import list_datastreams
from ipudong.portal.device_views import StreamView
from ipudong.portal.unit_signs import sign_of
from ipudong.store.quality import is_valid

MOST_CHARTS: Final = 4
MOST_POINTS: Final = 600
DAY: Final = timedelta(days=1)


def describe_day(actor: Actor, thing: Thing, now: datetime) -> list[dict[str, Any]]:
    """Charts of the first few datastreams that have readings of the last 24 hours before the
    newest one, so that a replay has its course too."""
    streams = [
        stream
        for stream in list_datastreams(actor, thing=thing).exclude(latest=None)
        if stream.observed_property_id
    ]
    newest = max((stream.latest.time for stream in streams), default=None)
    if newest is None:
        return []
    end = min(newest, now) + timedelta(microseconds=1)
    chosen = sorted(streams, key=lambda stream: stream.latest.time, reverse=True)[:MOST_CHARTS]
    found = read_readings([stream.pk for stream in chosen], end - DAY, end)
    return [_chart(stream, found[stream.pk]) for stream in chosen if stream.pk in found]


def _chart(stream: Datastream, readings: Readings) -> dict[str, Any]:
    step = max(1, -(-len(readings.time_us) // MOST_POINTS))
    pairs = zip(
        readings.time_us[::step].tolist(),
        readings.result[::step].tolist(),
        is_valid(readings.quality[::step]).tolist(),
        strict=True,
    )
    points = [
        [localtime(from_us(time)).isoformat(timespec="seconds"), value if valid else None]
        for time, value, valid in pairs
    ]
    return {
        "kind": "line",
        "title": StreamView(stream).name,
        "unit": sign_of(stream.unit),
        "x": "time",
        "series": [{"name": stream.observed_property.name, "points": points}],
        "decimals": stream.observed_property.decimals,
    }


def list_history(
    streams: Sequence[Datastream], start: datetime, end: datetime
) -> Iterator[list[object]]:
    """Rows of time, what was observed, value, unit and whether it is valid; by datastream."""
    found = read_readings([stream.pk for stream in streams], start, end)
    for stream in streams:
        readings = found.get(stream.pk)
        if readings is None:
            continue
        name, unit = StreamView(stream).name, sign_of(stream.unit)
        valid = is_valid(readings.quality).tolist()
        times, results = readings.time_us.tolist(), readings.result.tolist()
        for time, result, good in zip(times, results, valid, strict=True):
            at = localtime(from_us(time)).isoformat(timespec="seconds")
            yield [at, name, result, unit, int(good)]
