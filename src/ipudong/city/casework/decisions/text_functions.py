"""FEEL's functions on strings (DMN 1.5, 10.3.4.3)."""

from decimal import Decimal
from typing import Final

from ipudong.city.casework.decisions.values import Rows, Value, show


def _are_texts(*values: Value) -> bool:
    return all(isinstance(value, str) for value in values)


def _string(value: Value = None) -> Value:
    return None if value is None else show(value)


def _substring(string: Value, start: Value, length: Value = None) -> Value:
    """Positions count from 1, or back from the end; 0 is none."""
    if not _are_texts(string) or not isinstance(start, Decimal) or int(start) == 0:
        return None
    if length is not None and (not isinstance(length, Decimal) or length < 1):
        return None
    first = int(start) - 1 if start > 0 else len(string) + int(start)
    if not 0 <= first < max(len(string), 1):
        return None
    return string[first:] if length is None else string[first : first + int(length)]


def _length(string: Value) -> Value:
    return Decimal(len(string)) if _are_texts(string) else None


def _upper(string: Value) -> Value:
    return string.upper() if _are_texts(string) else None


def _lower(string: Value) -> Value:
    return string.lower() if _are_texts(string) else None


def _before(string: Value, match: Value) -> Value:
    if not _are_texts(string, match):
        return None
    return string.partition(match)[0] if match and match in string else ""


def _after(string: Value, match: Value) -> Value:
    if not _are_texts(string, match):
        return None
    return string.partition(match)[2] if match else string


def _contains(string: Value, match: Value) -> Value:
    return match in string if _are_texts(string, match) else None


def _starts(string: Value, match: Value) -> Value:
    return string.startswith(match) if _are_texts(string, match) else None


def _ends(string: Value, match: Value) -> Value:
    return string.endswith(match) if _are_texts(string, match) else None


def _join(items: Value, delimiter: Value = None) -> Value:
    if not isinstance(items, list) or not _are_texts(delimiter or ""):
        return None
    texts = [item for item in items if item is not None]
    return (delimiter or "").join(texts) if _are_texts(*texts) else None


ROWS: Final[Rows] = {
    "string": (_string, "from"),
    "substring": (_substring, "string, start position, length"),
    "string length": (_length, "string"),
    "upper case": (_upper, "string"),
    "lower case": (_lower, "string"),
    "substring before": (_before, "string, match"),
    "substring after": (_after, "string, match"),
    "contains": (_contains, "string, match"),
    "starts with": (_starts, "string, match"),
    "ends with": (_ends, "string, match"),
    "string join": (_join, "list, delimiter"),
}
