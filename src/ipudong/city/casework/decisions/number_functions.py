"""FEEL's functions on numbers (DMN 1.5, 10.3.4.5)."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Final

from ipudong.city.casework.decisions.values import (
    NUMBERS,
    Rows,
    Value,
    YearsMonths,
    finite,
    kind_of,
    to_number,
)

_MOST_SCALE: Final = 6111


def _rounded(mode: str) -> Callable[..., Value]:
    def apply(n: Value, scale: Value = None) -> Value:
        scale = Decimal(0) if scale is None else scale
        if not isinstance(n, Decimal) or not isinstance(scale, Decimal):
            return None
        if abs(scale) > _MOST_SCALE:
            return None
        places = int(scale)
        if -n.as_tuple().exponent <= places:  # type: ignore[operator]  # finite, so a number
            return n
        return finite(n.quantize(Decimal((0, (1,), -places)), rounding=mode, context=NUMBERS))

    return apply


def _decimal(n: Value, scale: Value) -> Value:
    return None if scale is None else _rounded(ROUND_HALF_EVEN)(n, scale)


def _number(text: Value, grouping: Value = None, point: Value = None) -> Value:
    """`number("1.234,5", ".", ",")`: the grouping sign goes, the decimal sign becomes a point."""
    if not isinstance(text, str) or grouping not in {None, " ", ",", "."}:
        return None
    if point not in {None, ",", "."} or (point is not None and point == grouping):
        return None
    text = text.replace(grouping, "") if grouping else text
    text = text.replace(point, ".") if point else text
    return to_number(text) if _is_plain(text) else None


def _is_plain(text: str) -> bool:
    return text.isascii() and "_" not in text and text.strip() == text and bool(text)


def _absolute(n: Value) -> Value:
    if isinstance(n, YearsMonths):
        return YearsMonths(abs(n.months))
    return abs(n) if kind_of(n) in {"number", "days and time duration"} else None


def _modulo(dividend: Value, divisor: Value) -> Value:
    """The sign of the divisor, as the specification has it."""
    if not _are_numbers(dividend, divisor) or not divisor:
        return None
    rest = finite(NUMBERS.remainder(dividend, divisor))
    if rest is None or not rest:
        return rest
    return NUMBERS.add(rest, divisor) if (rest < 0) != (divisor < 0) else rest


def _are_numbers(*values: Value) -> bool:
    return all(isinstance(value, Decimal) for value in values)


def _root(number: Value) -> Value:
    return NUMBERS.sqrt(number) if _are_numbers(number) and number >= 0 else None


def _logarithm(number: Value) -> Value:
    return NUMBERS.ln(number) if _are_numbers(number) and number > 0 else None


def _exponential(number: Value) -> Value:
    return finite(NUMBERS.exp(number)) if _are_numbers(number) else None


def _parity(rest: int) -> Callable[[Value], Value]:
    def apply(number: Value) -> Value:
        if not _are_numbers(number):
            return None
        found = NUMBERS.remainder(number, Decimal(2))
        return abs(found) == rest if found.is_finite() else None

    return apply


ROWS: Final[Rows] = {
    "number": (_number, "from, grouping separator, decimal separator"),
    "decimal": (_decimal, "n, scale"),
    "floor": (_rounded(ROUND_FLOOR), "n, scale"),
    "ceiling": (_rounded(ROUND_CEILING), "n, scale"),
    "round up": (_rounded(ROUND_UP), "n, scale"),
    "round down": (_rounded(ROUND_DOWN), "n, scale"),
    "round half up": (_rounded(ROUND_HALF_UP), "n, scale"),
    "round half down": (_rounded(ROUND_HALF_DOWN), "n, scale"),
    "abs": (_absolute, "n"),
    "modulo": (_modulo, "dividend, divisor"),
    "sqrt": (_root, "number"),
    "log": (_logarithm, "number"),
    "exp": (_exponential, "number"),
    "odd": (_parity(1), "number"),
    "even": (_parity(0), "number"),
}
