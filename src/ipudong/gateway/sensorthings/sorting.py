"""The order of values that the database cannot order: null first, then kind by kind."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from ipudong.gateway.sensorthings.values import kind_of, start_of

_PLACES: Final = ("null", "truth", "number", "text", "time", "day", "clock", "duration")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def sort_key(value: Any) -> tuple[int, Any]:
    """A key by which any two values have an order."""
    kind = kind_of(value)
    if kind == "time":
        return _PLACES.index(kind), start_of(value) - _EPOCH
    if kind in _PLACES and isinstance(value, bool | int | float | str | date | time | timedelta):
        return _PLACES.index(kind), value
    return (0, 0) if value is None else (len(_PLACES), 0)
