"""FEEL's values as Python's, how they are equal, ordered and shown (DMN 1.5, clause 10.3.2).

null is None, boolean is bool, number is Decimal with 34 digits, string is str, date, time and
date and time are those of `datetime`, days and time duration is timedelta, years and months
duration is `YearsMonths`, list is list, context is dict with str keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any, Final

from ipudong.city.casework.decisions.errors import DecisionError

Value = Any
Rows = Mapping[str, tuple[Callable[..., Value], str]]
"""Built-in functions by name: what they do and the names of their parameters."""
NUMBERS: Final = Context(prec=34, Emin=-6143, Emax=6144, traps=[])
MAX_ITEMS: Final = 10_000
MAX_TEXT: Final = 100_000
MAX_NESTING: Final = 50


@dataclass(frozen=True, order=True, slots=True)
class YearsMonths:
    """A years and months duration, held in months; negative ones are allowed."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if self.months < 0 else "") + "P" + text


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; a bound of None is open-ended."""

    start: Value
    end: Value
    start_closed: bool = True
    end_closed: bool = True

    def contains(self, value: Value) -> bool | None:
        """Whether `value` lies inside; None where it cannot be compared with a bound."""
        low = True if self.start is None else order(self.start, value)
        high = True if self.end is None else order(value, self.end)
        if low is None or high is None or value is None:
            return None
        after = low is True or low < 0 or (low == 0 and self.start_closed)
        before = high is True or high < 0 or (high == 0 and self.end_closed)
        return after and before


@dataclass(frozen=True, slots=True)
class Function:
    """Something that can be invoked: a built-in, a knowledge model or a function of a model."""

    name: str
    parameters: tuple[str, ...]
    body: Callable[..., Value]
    required: int
    variadic: bool = False


def kind_of(value: Value) -> str:
    """The FEEL name of the type of a value."""
    for name, types in _KINDS:
        if isinstance(value, types):
            return name
    return "Any"


_KINDS: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("Null", (type(None),)),
    ("boolean", (bool,)),
    ("number", (Decimal,)),
    ("string", (str,)),
    ("date and time", (datetime,)),
    ("date", (date,)),
    ("time", (time,)),
    ("days and time duration", (timedelta,)),
    ("years and months duration", (YearsMonths,)),
    ("list", (list,)),
    ("context", (dict,)),
    ("range", (Range,)),
    ("function", (Function,)),
)
_ORDERED: Final = frozenset(
    {
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)


def order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None where the two cannot be ordered (another type, or only one has a zone)."""
    kind = kind_of(left)
    if kind not in _ORDERED or kind != kind_of(right):
        return None
    if isinstance(left, datetime | time) and _is_placed(left) != _is_placed(right):
        return None
    return (left > right) - (left < right)


def _is_placed(value: datetime | time) -> bool:
    return value.utcoffset() is not None or (isinstance(value, time) and value.tzinfo is not None)


def equal(left: Value, right: Value) -> bool | None:
    """FEEL equality: null equals only null, different types give null."""
    if left is None or right is None:
        return left is None and right is None
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind == "list":
        return len(left) == len(right) and all(map(equal, left, right))
    if kind == "context":
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def to_feel(value: object, nesting: int = 0) -> Value:
    """A plain Python value as FEEL holds it; `DecisionError` for what has no counterpart."""
    if nesting > MAX_NESTING:
        raise DecisionError("too_deep")
    if value is None or isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, int | float | Decimal):
        return to_number(str(value))
    if isinstance(value, Mapping):
        return {str(key): to_feel(item, nesting + 1) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        return [to_feel(item, nesting + 1) for item in value]
    raise DecisionError("unknown_type", type=type(value).__name__)


_AS_THEY_ARE: Final = (bool, str, date, time, timedelta, YearsMonths, Range, Function)


def to_number(text: str) -> Decimal | None:
    """The number a text says, rounded to 34 digits; None if it says none or overflows."""
    return finite(NUMBERS.create_decimal(text))


def finite(number: Decimal) -> Decimal | None:
    """The number, or null for what overflowed or is undefined."""
    return number if number.is_finite() else None


def plain(value: Value) -> object:
    """A FEEL value as JSON can hold it: whole numbers as int, others as float, times as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | str) else show(value)


def show(value: Value) -> str:
    """A value as FEEL writes it; strings inside lists and contexts in quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        return _show_duration(value)
    if isinstance(value, list):
        return "[" + ", ".join(_show_inner(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_show_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Range):
        return _show_range(value)
    return _show_plain(value)


def _show_plain(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, date | time):
        return _show_moment(value)
    return str(value) if isinstance(value, YearsMonths) else f"function {value.name}"


def _show_moment(value: date | time) -> str:
    zone = getattr(getattr(value, "tzinfo", None), "key", "")
    if zone and isinstance(value, time | datetime):
        return value.replace(tzinfo=None).isoformat() + "@" + zone
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _show_inner(value: Value) -> str:
    return '"' + value.replace('"', '\\"') + '"' if isinstance(value, str) else show(value)


def _show_range(value: Range) -> str:
    if value.start is None:
        return ("<=" if value.end_closed else "<") + _show_inner(value.end)
    if value.end is None:
        return (">=" if value.start_closed else ">") + _show_inner(value.start)
    ends = ("[" if value.start_closed else "("), ("]" if value.end_closed else ")")
    return f"{ends[0]}{_show_inner(value.start)}..{_show_inner(value.end)}{ends[1]}"


def _show_duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    parts = f"{hours}H" if hours else ""
    parts += f"{minutes}M" if minutes else ""
    parts += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}" + (f"T{parts}" if parts else "") if days or parts else "PT0S"


def bounded(value: Value) -> Value:
    """The value; `DecisionError` where a list or a text outgrew its bound."""
    if isinstance(value, list) and len(value) > MAX_ITEMS:
        raise DecisionError("too_many_items", most=MAX_ITEMS)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise DecisionError("text_too_long", most=MAX_TEXT)
    return value
