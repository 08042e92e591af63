"""Readings in documents of JSON and CBOR: flat, nested, with a time, in lists, with a position."""

import math
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from ipudong.gateway.intake import FIELD_LENGTH, Content, Fix, Sample, to_number
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.times import read_time_us

MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 1000
MAX_SAMPLES: Final = 10_000
BARE_FIELD: Final = "value"
TIME_KEYS: Final = ("ts", "time", "timestamp", "datetime", "observed_at", "observedAt")
VALUES: Final = "values"
_LATITUDES: Final = ("lat", "latitude")
_LONGITUDES: Final = ("lon", "lng", "longitude")
_SPEEDS: Final = ("speed", "speed_kmh")
_HEADINGS: Final = ("heading", "course", "bearing", "direction")
_ALTITUDES: Final = ("altitude", "alt", "elevation")


def read_document(document: Any, fields: Container[str] = (), prefix: str = "") -> Content:
    """What a document says. `fields` are the device's own: a name among them is a field even if it
    looks like a time or a position; `prefix` comes before each name. Raises PayloadError."""
    content = Content()
    if isinstance(document, list):
        if len(document) > MAX_SAMPLES:
            raise PayloadError("too_many_readings")
        if not document or not all(isinstance(row, Mapping) for row in document):
            raise PayloadError("not_readings")
        for row in document:
            _read_object(row, fields, prefix, content)
    elif isinstance(document, Mapping):
        _read_object(document, fields, prefix, content)
    elif isinstance(document, str) or document is None:
        raise PayloadError("not_readings")
    else:
        content.samples.append(Sample({prefix.rstrip(".") or BARE_FIELD: document}))
    return content


def _read_object(
    row: Mapping[Any, Any], fields: Container[str], prefix: str, content: Content
) -> None:
    time_us = None
    time_key = next((key for key in TIME_KEYS if key in row and key not in fields), None)
    if time_key is not None and row[time_key] is not None:
        time_us = read_time_us(row[time_key])
    body: Any = row
    if isinstance(row.get(VALUES), Mapping):  # {"ts": …, "values": {…}}
        body = row[VALUES]
    elif time_key is not None:
        body = {key: row[key] for key in row if key != time_key}
    values = flatten(body, prefix)
    fix = take_fix(values, fields, time_us)
    if fix is not None:
        content.fixes.append(fix)
    if values:
        content.samples.append(Sample(values, time_us))


def flatten(document: Any, prefix: str = "") -> dict[str, Any]:
    """The leaves of a document by dotted path. Raises PayloadError."""
    values = dict(_flatten(document, prefix, 0))
    if len(values) > MAX_LEAVES:
        raise PayloadError("too_many_fields")
    return values


def _flatten(value: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Leaves with dotted paths; list items are numbered from 0. Names that are too long to be a
    channel's are left out, and so is what lies too deep."""
    if isinstance(value, Mapping | list):
        if depth >= MAX_DEPTH:
            raise PayloadError("too_deep")
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value[:MAX_LEAVES])
        for key, inner in pairs:
            if isinstance(inner, Mapping | list):
                yield from _flatten(inner, f"{name}{key}.", depth + 1)
            elif len(path := f"{name}{key}") <= FIELD_LENGTH:
                yield path, inner


def take_fix(values: dict[str, Any], fields: Container[str], time_us: int | None) -> Fix | None:
    """The position among values, taken out of them; None where there is none that holds."""
    for name in values:
        prefix, dot, leaf = name.rpartition(".")
        if leaf not in _LATITUDES or name in fields:
            continue
        start = prefix + dot
        lon_name = next((start + key for key in _LONGITUDES if start + key in values), None)
        if lon_name is None:
            continue
        lat, lon = to_number(values.pop(name)), to_number(values.pop(lon_name))
        if lat is None or lon is None or (lat, lon) == (0.0, 0.0):
            return None  # a receiver without a fix sends null or zeros
        return Fix(
            lon,
            lat,
            time_us,
            _find(values, start, _SPEEDS),
            _find(values, start, _HEADINGS),
            _find(values, start, _ALTITUDES),
        )
    return None


def _find(values: Mapping[str, Any], start: str, names: tuple[str, ...]) -> float:
    """A companion of the position, which stays a reading too; NaN where there is none."""
    found = next((to_number(values[start + key]) for key in names if start + key in values), None)
    return math.nan if found is None else found
