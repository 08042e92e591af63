"""Instants as devices write them: ISO 8601, or an epoch whose unit its magnitude tells."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from ipudong.gateway.payloads.errors import PayloadError

# A device that names no zone means the time on its wall: all of the district's clocks are alike.
WALL_CLOCK: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Seconds until the year 5138, milliseconds until then, microseconds until then, else nanoseconds.
_SECONDS_BELOW: Final = 1e11
_MILLISECONDS_BELOW: Final = 1e14
_MICROSECONDS_BELOW: Final = 1e17


def read_time_us(value: Any) -> int:
    """Microseconds since 1970 UTC of a number, a text or a datetime. Raises PayloadError
    `bad_time`."""
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, datetime):
        return _to_us(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_epoch(value)
    raise PayloadError("bad_time")


def _read_epoch(value: float) -> int:
    if not -1e21 < value < 1e21:  # NaN fails both
        raise PayloadError("bad_time")
    size = abs(value)
    if size < _SECONDS_BELOW:
        return round(value * 1_000_000)
    if size < _MILLISECONDS_BELOW:
        return round(value * 1000)
    return round(value) if size < _MICROSECONDS_BELOW else math.floor(value / 1000)


def _read_text(text: str) -> int:
    text = text.strip()
    if len(text) > 40:
        raise PayloadError("bad_time")
    if _NUMBER.fullmatch(text) and len(text) != 8:  # eight digits are a day
        return _read_epoch(float(text) if "." in text else int(text))
    try:
        return _to_us(datetime.fromisoformat(_cut_fraction(text)))
    except ValueError as error:
        raise PayloadError("bad_time") from error


def _cut_fraction(text: str) -> str:
    """Nanoseconds, which network servers write, are more than a datetime holds."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[: min(digits, 6)]}{rest[digits:]}"


def _to_us(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=WALL_CLOCK)
    return (moment - _EPOCH) // _MICROSECOND
