"""FEEL's functions on dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.6-8).

`now()` and `today()` are not here: a decision is a function of its inputs, so that a case can be
judged again later with the same answer. Give the day as an input.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from ipudong.city.casework.decisions.moments import (
    parse_date,
    parse_date_and_time,
    parse_duration,
    parse_time,
)
from ipudong.city.casework.decisions.values import Rows, Value, YearsMonths

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _whole(*values: Value) -> list[int] | None:
    if not all(isinstance(each, Decimal) and each == each.to_integral_value() for each in values):
        return None
    return [int(each) for each in values] if all(abs(each) < 10**6 for each in values) else None


def _date(first: Value, month: Value = None, day: Value = None) -> Value:
    """From a text, from a date and time, or from year, month and day."""
    if isinstance(first, datetime):
        return first.date()
    if isinstance(first, date):
        return first
    if isinstance(first, str):
        return parse_date(first)
    parts = _whole(first, month, day)
    try:
        return date(*parts) if parts else None
    except ValueError:
        return None


def _time(first: Value, minute: Value = None, second: Value = None, offset: Value = None) -> Value:
    """From a text, from a date and time, or from hour, minute, second and perhaps an offset."""
    if isinstance(first, datetime):
        return first.timetz()
    if isinstance(first, time):
        return first
    if isinstance(first, date):
        return time(tzinfo=UTC)
    if isinstance(first, str):
        return parse_time(first)
    return _built_time(first, minute, second, offset)


def _built_time(hour: Value, minute: Value, second: Value, offset: Value) -> Value:
    parts = _whole(hour, minute)
    if parts is None or not isinstance(second, Decimal) or not 0 <= second < 60:
        return None
    text = f"{parts[0]:02d}:{parts[1]:02d}:{int(second):02d}.{int(second % 1 * 10**6):06d}"
    built = parse_time(text)
    if built is None or offset is None:
        return built
    if not isinstance(offset, timedelta) or abs(offset) >= timedelta(hours=24):
        return None
    zoned = datetime.combine(date(2000, 1, 1), built).isoformat()
    sign, span = ("-", -offset) if offset < timedelta(0) else ("+", offset)
    hours, rest = divmod(span.seconds, 3600)
    return parse_time(f"{zoned[11:]}{sign}{hours:02d}:{rest // 60:02d}")


def _date_and_time(first: Value, at: Value = None) -> Value:
    if isinstance(first, str):
        return parse_date_and_time(first)
    if isinstance(first, datetime) and at is None:
        return first
    if isinstance(first, date) and at is None:
        return datetime.combine(first, time())
    if isinstance(first, date) and isinstance(at, time):
        return datetime.combine(first, at)
    return None


def _duration(text: Value) -> Value:
    if isinstance(text, timedelta | YearsMonths):
        return text
    return parse_duration(text) if isinstance(text, str) else None


def _months_between(start: Value, end: Value) -> Value:
    """Whole months from one date to another; negative where the second lies before."""
    if not isinstance(start, date) or not isinstance(end, date):
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and _part_of_month(end) < _part_of_month(start):
        months -= 1
    elif months < 0 and _part_of_month(end) > _part_of_month(start):
        months += 1
    return YearsMonths(months)


def _part_of_month(day: date) -> tuple[int, time]:
    at = day.time() if isinstance(day, datetime) else time()
    return day.day, at


def _day_of_year(day: Value) -> Value:
    return Decimal(day.timetuple().tm_yday) if isinstance(day, date) else None


def _day_of_week(day: Value) -> Value:
    return _DAYS[day.weekday()] if isinstance(day, date) else None


def _month_of_year(day: Value) -> Value:
    return _MONTHS[day.month - 1] if isinstance(day, date) else None


def _week_of_year(day: Value) -> Value:
    return Decimal(day.isocalendar().week) if isinstance(day, date) else None


ROWS: Final[Rows] = {
    "date": (_date, "from, month, day"),
    "time": (_time, "from, minute, second, offset"),
    "date and time": (_date_and_time, "from, time"),
    "duration": (_duration, "from"),
    "years and months duration": (_months_between, "from, to"),
    "day of year": (_day_of_year, "date"),
    "day of week": (_day_of_week, "date"),
    "month of year": (_month_of_year, "date"),
    "week of year": (_week_of_year, "date"),
}
