"""FEEL's arithmetic on numbers, strings, dates and durations (DMN 1.5, 10.3.2.3, table 45-53).

What has no meaning is null: a text plus a number, a division by zero, a date past year 9999.
"""

import calendar
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from ipudong.city.casework.decisions.values import (
    NUMBERS,
    Value,
    YearsMonths,
    bounded,
    finite,
    kind_of,
)

_NUMBERS: Final = ("number", "number")
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
Operation = Callable[[Value, Value], Value]


def calculate(sign: str, left: Value, right: Value) -> Value:
    """`left sign right`; None where the operation has no meaning for the two."""
    operation = _OPERATIONS[sign].get((kind_of(left), kind_of(right)))
    if operation is None:
        return None
    try:
        return operation(left, right)
    except (OverflowError, ValueError):
        return None


def negate(value: Value) -> Value:
    """`-value`."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    return -value if isinstance(value, timedelta) else None


def add_months(day: date, months: int) -> date:
    """The same day months later; the last of the month where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 28
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _number(operation: Callable[[Decimal, Decimal], Decimal]) -> Operation:
    return lambda left, right: finite(operation(left, right))


def _add_text(left: str, right: str) -> Value:
    return bounded(left + right)


def _add_to_date(day: date, span: timedelta) -> Value:
    """A date moves by whole days: the time of its midnight is cut off again."""
    return (datetime.combine(day, time()) + span).date()


def _add_to_time(at: time, span: timedelta) -> Value:
    moved = datetime.combine(date(2000, 1, 1), at.replace(tzinfo=None)) + span % _DAY
    return moved.time().replace(tzinfo=at.tzinfo)


def _subtract_times(left: time, right: time) -> Value:
    first, second = (datetime.combine(date(2000, 1, 1), each) for each in (left, right))
    return _subtract_moments(first, second)


def _subtract_moments(left: datetime, right: datetime) -> Value:
    if (left.utcoffset() is None) != (right.utcoffset() is None):
        return None
    return left - right


def _subtract_midnight(left: Value, right: Value) -> Value:
    """A date beside a date and time counts as its midnight, in UTC where the other has a zone."""
    moments = [
        each if isinstance(each, datetime) else datetime.combine(each, time())
        for each in (left, right)
    ]
    return _subtract_moments(*moments)


def _scale(span: timedelta, factor: Decimal) -> Value:
    micros = NUMBERS.multiply(Decimal(span // timedelta(microseconds=1)), factor)
    return timedelta(microseconds=int(micros))


def _scale_months(span: YearsMonths, factor: Decimal) -> Value:
    months = NUMBERS.multiply(Decimal(span.months), factor)
    return YearsMonths(int(months)) if abs(months) < 10**12 else None


def _divide(left: Decimal, right: Decimal) -> Value:
    return finite(NUMBERS.divide(left, right)) if right else None


def _shrink(span: timedelta, factor: Decimal) -> Value:
    return _scale(span, NUMBERS.divide(Decimal(1), factor)) if factor else None


def _ratio(left: timedelta, right: timedelta) -> Value:
    micro = timedelta(microseconds=1)
    return _divide(Decimal(left // micro), Decimal(right // micro))


_MONTHS: Final = "years and months duration"
_DAYS: Final = "days and time duration"
_MOMENT: Final = "date and time"


def _move(sign: int) -> dict[tuple[str, str], Operation]:
    return {
        ("date", _DAYS): lambda left, right: _add_to_date(left, sign * right),
        (_MOMENT, _DAYS): lambda left, right: left + sign * right,
        ("time", _DAYS): lambda left, right: _add_to_time(left, sign * right),
        ("date", _MONTHS): lambda left, right: add_months(left, sign * right.months),
        (_MOMENT, _MONTHS): lambda left, right: add_months(left, sign * right.months),
        (_DAYS, _DAYS): lambda left, right: left + sign * right,
        (_MONTHS, _MONTHS): lambda left, right: YearsMonths(left.months + sign * right.months),
    }


def _swapped(rows: dict[tuple[str, str], Operation]) -> dict[tuple[str, str], Operation]:
    def swap(operation: Operation) -> Operation:
        return lambda left, right: operation(right, left)

    return {(right, left): swap(each) for (left, right), each in rows.items() if left != right}


_FORWARD: Final = _move(1)
_SCALED: Final[dict[tuple[str, str], Operation]] = {
    (_DAYS, "number"): _scale,
    (_MONTHS, "number"): _scale_months,
}
_OPERATIONS: Final[dict[str, dict[tuple[str, str], Operation]]] = {
    "+": {
        _NUMBERS: _number(NUMBERS.add),
        ("string", "string"): _add_text,
        **_FORWARD,
        **_swapped(_FORWARD),
    },
    "-": {
        _NUMBERS: _number(NUMBERS.subtract),
        **_move(-1),
        ("date", "date"): _subtract_midnight,
        ("date", _MOMENT): _subtract_midnight,
        (_MOMENT, "date"): _subtract_midnight,
        (_MOMENT, _MOMENT): _subtract_moments,
        ("time", "time"): _subtract_times,
    },
    "*": {_NUMBERS: _number(NUMBERS.multiply), **_SCALED, **_swapped(_SCALED)},
    "/": {
        _NUMBERS: _divide,
        (_DAYS, "number"): _shrink,
        (_DAYS, _DAYS): _ratio,
        (_MONTHS, "number"): lambda left, right: (
            _scale_months(left, NUMBERS.divide(Decimal(1), right)) if right else None
        ),
        (_MONTHS, _MONTHS): lambda left, right: _divide(
            Decimal(left.months), Decimal(right.months)
        ),
    },
    "**": {_NUMBERS: _number(NUMBERS.power)},
}
