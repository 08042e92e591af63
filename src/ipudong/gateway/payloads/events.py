"""Events of a device: each is a reading of the field `event.<name>`, so that rules can watch it."""

from typing import Any, Final

from ipudong.gateway.intake import FIELD_LENGTH, Content, Sample, to_number
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.objects import TIME_KEYS
from ipudong.gateway.payloads.times import read_time_us

PREFIX: Final = "event."
_NAMES: Final = ("event", "name", "type")
MAX_EVENTS: Final = 1000


def read_events(document: Any) -> Content:
    """`{"event": "door_opened", "value": 1, "time": …}` or a list of such. The value is 1 where
    none is given. Raises PayloadError."""
    rows = document if isinstance(document, list) else [document]
    if len(rows) > MAX_EVENTS:
        raise PayloadError("too_many_readings")
    return Content([_read_event(row) for row in rows])


def _read_event(row: Any) -> Sample:
    if not isinstance(row, dict):
        raise PayloadError("not_an_event")
    name = next((row[key] for key in _NAMES if isinstance(row.get(key), str)), "")
    if not 0 < len(name) <= FIELD_LENGTH - len(PREFIX):
        raise PayloadError("not_an_event")
    time = next((row[key] for key in TIME_KEYS if row.get(key) is not None), None)
    value = to_number(row.get("value"))
    return Sample(
        {PREFIX + name: 1.0 if value is None else value},
        None if time is None else read_time_us(time),
    )
