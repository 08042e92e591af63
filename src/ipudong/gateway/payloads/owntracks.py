"""Publications of the OwnTracks applications (HTTP and MQTT, JSON with `_type`)."""

import math
from collections.abc import Mapping
from typing import Any, Final

from ipudong.gateway.intake import Content, Fix, Sample, to_number
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.times import read_time_us

TYPE: Final = "_type"
# Readings of a location publication, by what devices of other makes call the same.
_FIELDS: Final = {"batt": "battery", "acc": "accuracy", "p": "barometric_pressure"}
_KPA_TO_HPA: Final = 10.0


def is_owntracks(document: Any) -> bool:
    """Whether a document is one of OwnTracks."""
    return isinstance(document, Mapping) and isinstance(document.get(TYPE), str)


def read_publication(document: Mapping[str, Any]) -> Content:
    """Position and battery of a location; other publications say nothing to us. Raises
    PayloadError."""
    if document[TYPE] != "location":
        return Content()
    lat, lon = to_number(document.get("lat")), to_number(document.get("lon"))
    if lat is None or lon is None:
        raise PayloadError("bad_position")
    time_us = read_time_us(document.get("tst"))
    fix = Fix(
        lon,
        lat,
        time_us,
        _number(document, "vel"),
        _number(document, "cog"),
        _number(document, "alt"),
    )
    values = {name: document[key] for key, name in _FIELDS.items() if key in document}
    if "barometric_pressure" in values:  # the application writes kPa
        pressure = to_number(values["barometric_pressure"])
        values["barometric_pressure"] = None if pressure is None else pressure * _KPA_TO_HPA
    return Content([Sample(values, time_us)] if values else [], [fix])


def _number(document: Mapping[str, Any], key: str) -> float:
    found = to_number(document.get(key))
    return math.nan if found is None else found
