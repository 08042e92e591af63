"""Dates, times and durations: what their texts say and their parts (DMN 1.5, 10.3.2.3).

Years are 1 to 9999, seconds have at most six decimals: what Python's calendar knows.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ipudong.city.casework.decisions.values import Value, YearsMonths

_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME: Final = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]{1,60})?",
    re.ASCII,
)
_MONTHS: Final = re.compile(r"(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?", re.ASCII)
_DAYS: Final = re.compile(
    r"(-)?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> date | None:
    """`2026-11-22`, or None."""
    if not (found := _DATE.fullmatch(text)):
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """`09:30:00`, with a fraction, `Z`, an offset or `@Asia/Shanghai`; or None."""
    if not (found := _TIME.fullmatch(text)):
        return None
    hour, minute, second, fraction, zone = found.groups()
    try:
        microsecond = int((fraction or "0").ljust(6, "0")[:6])
        return time(int(hour), int(minute), int(second), microsecond, _parse_zone(zone))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None


def _parse_zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    if text.startswith("@"):
        return ZoneInfo(text[1:])
    parts = [int(part) for part in text[1:].split(":")]
    offset = timedelta(hours=parts[0], minutes=parts[1], seconds=sum(parts[2:]))
    return timezone(-offset if text[0] == "-" else offset) if offset else UTC


def parse_date_and_time(text: str) -> datetime | None:
    """`2026-11-22T09:30:00` with the zones of `parse_time`; a bare date is its midnight."""
    day, mark, clock = text.partition("T")
    on, at = parse_date(day), parse_time(clock) if mark else time()
    return None if on is None or at is None else datetime.combine(on, at)


def parse_duration(text: str) -> timedelta | YearsMonths | None:
    """`P1Y2M` or `P1DT2H`; None for anything else, also for the bare `P`."""
    if text[-1:] in "PT":
        return None
    if found := _MONTHS.fullmatch(text):
        sign, years, months = found.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-total if sign else total)
    if not (found := _DAYS.fullmatch(text)):
        return None
    sign, days, hours, minutes, seconds, fraction = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        span = timedelta(
            *(int(days or 0), int(seconds or 0), micros, 0, int(minutes or 0), int(hours or 0))
        )
        return -span if sign else span
    except OverflowError:
        return None


def parse_moment(text: str) -> Value:
    """What an `@"…"` literal says, None if it says nothing."""
    for parse in (parse_date, parse_time, parse_date_and_time, parse_duration):
        if (value := parse(text)) is not None:
            return value
    return None


def read_part(value: Value, part: str) -> Value:
    """A part of a date, time or duration by its FEEL name (`year`, `time offset`, …)."""
    if isinstance(value, YearsMonths):
        whole, rest = divmod(abs(value.months), 12)
        number = {"years": whole, "months": rest}.get(part)
        return None if number is None else Decimal(-number if value.months < 0 else number)
    if isinstance(value, timedelta):
        return _read_duration(value, part)
    if part in {"time offset", "timezone"}:
        return _read_zone(value, part)
    read = _PARTS.get(part)
    try:
        return None if read is None else Decimal(read(value))
    except AttributeError:  # the year of a time, the hour of a date
        return None


_PARTS: Final[dict[str, Callable[[Value], int]]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
}


def _read_duration(value: timedelta, part: str) -> Decimal | None:
    sign, value = (-1, -value) if value < timedelta(0) else (1, value)
    hours, rest = divmod(value.seconds, 3600)
    parts = {"days": value.days, "hours": hours, "minutes": rest // 60, "seconds": rest % 60}
    return Decimal(sign * parts[part]) if part in parts else None


def _read_zone(value: Value, part: str) -> Value:
    zone = getattr(value, "tzinfo", None)
    if zone is None:
        return None
    return value.utcoffset() if part == "time offset" else getattr(zone, "key", None)
