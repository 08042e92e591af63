"""The values of query expressions: instants, intervals, durations, geometries."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any, Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

MAX_VERTICES: Final = 20_000


class ValueRefused(Exception):  # noqa: N818 - a refusal is not a failure of ours
    """A text that is not the value it claims to be."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A time interval [start, end], start <= end, both UTC."""

    start: datetime
    end: datetime


Moment = datetime | Interval


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone, as UTC. Raises ValueRefused."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueRefused("a time needs its zone, such as Z or +08:00")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueRefused("no ISO 8601 time") from error


def parse_moment(text: str) -> Moment:
    """An instant, or an interval `start/end`. Raises ValueRefused."""
    first, slash, second = text.partition("/")
    start = parse_instant(first)
    if not slash:
        return start
    end = parse_instant(second)
    if end < start:
        raise ValueRefused("the interval ends before it begins")
    return Interval(start, end)


_DURATION: Final = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:\.\d+)?)S)?)?"
)


def parse_duration(text: str) -> timedelta:
    """A dayTimeDuration such as `P1DT2H`. Raises ValueRefused."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.group(n) for n in ("days", "hours", "minutes", "seconds")):
        raise ValueRefused("no duration such as P1DT2H30M")
    parts = {n: float(found.group(n) or 0) for n in ("days", "hours", "minutes", "seconds")}
    length = timedelta(**parts)
    return -length if found.group("sign") == "-" else length


def parse_geometry(wkt: str) -> BaseGeometry:
    """A geometry in well-known text, longitude first. Raises ValueRefused."""
    if wkt.upper().startswith("SRID="):
        wkt = wkt.partition(";")[2]
    try:
        geometry = shapely.from_wkt(wkt)
    except (shapely.errors.ShapelyError, ValueError) as error:
        raise ValueRefused("no well-known text of a geometry") from error
    return _bounded(geometry)


def _bounded(geometry: BaseGeometry) -> BaseGeometry:
    if geometry is None or geometry.is_empty:
        raise ValueRefused("an empty geometry")
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise ValueRefused(f"more than {MAX_VERTICES} vertices")
    if not geometry.is_valid:
        raise ValueRefused("a geometry that crosses itself")
    return geometry


def to_geometry(value: Any) -> BaseGeometry | None:
    """The geometry of a GeoJSON object (a Feature is its geometry), None when it is none."""
    if isinstance(value, BaseGeometry):
        return value
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict):
        return None
    try:
        return _bounded(shape(value))
    except (ValueRefused, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    except shapely.errors.ShapelyError:
        return None


def to_moment(value: Any) -> Moment | None:
    """The instant or interval of a written property, None when it is none."""
    if isinstance(value, datetime | Interval):
        return value
    if not isinstance(value, str):
        return None
    try:
        return parse_moment(value)
    except ValueRefused:
        return None


def start_of(moment: Moment) -> datetime:
    """The beginning of an interval, an instant itself."""
    return moment.start if isinstance(moment, Interval) else moment


def end_of(moment: Moment) -> datetime:
    """The end of an interval, an instant itself."""
    return moment.end if isinstance(moment, Interval) else moment


def kind_of(value: Any) -> str:
    """What a value is: text, number, truth, time, day, clock, duration, geometry, null, other."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    return "other"


# bool before int, datetime before date: each is also an instance of the later one.
_KINDS: Final[tuple[tuple[str, Any], ...]] = (
    ("null", type(None)),
    ("truth", bool),
    ("number", int | float),
    ("text", str),
    ("time", datetime | Interval),
    ("day", date),
    ("clock", clock_time),
    ("duration", timedelta),
    ("geometry", BaseGeometry),
)
