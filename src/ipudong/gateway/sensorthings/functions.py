"""The functions of `$filter` on Python values (SensorThings 1.1, 9.3.3.5.2).

Every function gives None for what it cannot work on; a condition of None is false. Distances and
lengths are in degrees, as geometries are in WGS 84 and as other servers of the standard answer.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from ipudong.gateway.sensorthings.signatures import ARITHMETIC, SIGNATURES
from ipudong.gateway.sensorthings.values import (
    Interval,
    end_of,
    kind_of,
    start_of,
    to_geometry,
    to_moment,
)

MIN_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
MAX_TIME: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
_RELATE_CHARS: Final = frozenset("TF*012")


def apply(name: str, arguments: list[Any], now: datetime) -> Any:
    """The value of a function or arithmetic operator; None where an argument is not of its kind."""
    if name in _CONSTANTS:
        return _CONSTANTS[name](now)
    if name in ARITHMETIC:
        return _calculate(name, *arguments)
    wanted = SIGNATURES[name].arguments
    values = [coerce(value, kind) for value, kind in zip(arguments, wanted, strict=False)]
    if any(value is None for value in values):
        return None
    try:
        return _FUNCTIONS[name](*values)
    except (ValueError, OverflowError, ArithmeticError):
        return None


def coerce(value: Any, kind: str) -> Any:
    """A value as its kind: written times and GeoJSON are read; None where it is not of the kind."""
    if kind == "time":
        return to_moment(value)
    if kind == "geometry":
        return to_geometry(value)
    return value if kind_of(value) == kind else None


def compare(operator: str, left: Any, right: Any) -> bool:
    """Whether `left operator right`; null equals only null, and has no order."""
    left, right = _align(left, right)
    if operator in ("eq", "ne"):
        return (left is right or _equal(left, right)) == (operator == "eq")
    if left is None or right is None:
        return False
    if isinstance(left, datetime | Interval):
        return _compare_moments(operator, left, right)
    return _ORDERS[operator](left, right)


def _align(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides as one kind; a side that cannot be of the other's kind is None."""
    kinds = (kind_of(left), kind_of(right))
    if kinds[0] == kinds[1]:
        return left, right
    for kind in ("time", "geometry"):
        if kind in kinds:
            return coerce(left, kind), coerce(right, kind)
    return (left, None) if left is None or right is None else (_Never(), None)


class _Never:
    """Equal to nothing: what stands in for a value of another kind."""


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, BaseGeometry) and isinstance(right, BaseGeometry):
        return bool(left.equals(right))
    return bool(left == right)


_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda left, right: not isinstance(left, _Never) and left > right,
    "ge": lambda left, right: not isinstance(left, _Never) and left >= right,
    "lt": lambda left, right: not isinstance(left, _Never) and left < right,
    "le": lambda left, right: not isinstance(left, _Never) and left <= right,
}


def _compare_moments(operator: str, left: Any, right: Any) -> bool:
    """Before and after; an interval is before what begins when it ends."""
    if operator == "gt":
        return _compare_moments("lt", right, left)
    if operator == "ge":
        return _compare_moments("le", right, left)
    if operator == "le":
        return start_of(left) <= start_of(right) and end_of(left) <= end_of(right)
    if isinstance(left, Interval):
        return left.end <= start_of(right) and left != right
    return bool(left < start_of(right))


def _calculate(operator: str, left: Any, right: Any) -> Any:
    kinds = (kind_of(left), kind_of(right))
    if "time" in kinds or "duration" in kinds:
        return _calculate_time(operator, to_moment(left) or left, to_moment(right) or right)
    if kinds != ("number", "number"):
        return None
    try:
        return _ARITHMETIC[operator](left, right)
    except ArithmeticError:
        return None


_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": lambda left, right: left / right,
    "mod": lambda left, right: math.fmod(left, right) if right else None,
}


def _calculate_time(operator: str, left: Any, right: Any) -> Any:
    if operator not in ("add", "sub"):
        return None
    try:
        if isinstance(left, Interval) and isinstance(right, timedelta):
            shift = right if operator == "add" else -right
            return Interval(left.start + shift, left.end + shift)
        return left + right if operator == "add" else left - right
    except (TypeError, OverflowError):
        return None


def _substring(text: str, start: float, length: float | None = None) -> str:
    begin = max(int(start), 0)
    return text[begin:] if length is None else text[begin : begin + max(int(length), 0)]


def _round(value: float) -> float:
    """To the nearest whole number, halves away from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _relate(left: BaseGeometry, right: BaseGeometry, pattern: str) -> bool:
    if len(pattern) != 9 or not set(pattern) <= _RELATE_CHARS:
        raise ValueError(pattern)
    return bool(left.relate_pattern(right, pattern))


def _during(left: Any, right: Any) -> bool:
    return start_of(left) >= start_of(right) and (
        end_of(left) < end_of(right) if left != right else True
    )


_CONSTANTS: Final[Mapping[str, Callable[[datetime], datetime]]] = {
    "now": lambda now: now,
    "mindatetime": lambda now: MIN_TIME,
    "maxdatetime": lambda now: MAX_TIME,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "substringof": lambda part, text: part in text,
    "endswith": lambda text, part: text.endswith(part),
    "startswith": lambda text, part: text.startswith(part),
    "length": len,
    "indexof": lambda text, part: text.find(part),
    "substring": _substring,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "concat": lambda left, right: left + right,
    **{
        name: lambda moment, name=name: getattr(start_of(moment), name)
        for name in ("year", "month", "day", "hour", "minute", "second")
    },
    "fractionalseconds": lambda moment: start_of(moment).microsecond / 1_000_000,
    "totaloffsetminutes": lambda moment: 0,  # instants are kept and written in UTC
    "date": lambda moment: start_of(moment).date(),
    "time": lambda moment: start_of(moment).time(),
    "round": _round,
    "floor": math.floor,
    "ceiling": math.ceil,
    "geo.distance": lambda left, right: left.distance(right),
    "geo.length": lambda line: line.length,
    "geo.intersects": lambda left, right: left.intersects(right),
    **{
        f"st_{name}": lambda left, right, name=name: bool(getattr(left, name)(right))
        for name in (
            "equals",
            "disjoint",
            "touches",
            "within",
            "overlaps",
            "crosses",
            "intersects",
            "contains",
        )
    },
    "st_relate": _relate,
    "before": lambda left, right: _compare_moments("lt", left, right),
    "after": lambda left, right: _compare_moments("gt", left, right),
    "meets": lambda left, right: end_of(left) == start_of(right) or end_of(right) == start_of(left),
    "during": _during,
    "overlaps": lambda left, right: (
        (start_of(left) < end_of(right) and start_of(right) < end_of(left))
        or start_of(left) == start_of(right)
    ),
    "starts": lambda left, right: start_of(left) == start_of(right),
    "finishes": lambda left, right: end_of(left) == end_of(right),
}
