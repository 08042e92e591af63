"""Arguments of tasks, as a SWE Common DataRecord describes them (OGC 08-094r1 in JSON)."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ipudong.city.sensing.errors import SensingError

MAX_FIELDS: Final = 50
MAX_TEXT: Final = 4000


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


_KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "Boolean": lambda value: isinstance(value, bool),
    "Category": _is_text,
    "Count": _is_count,
    "Quantity": _is_number,
    "Text": _is_text,
    "Time": _is_time,
}


def check_description(description: Any) -> None:
    """Raises SensingError `bad_tasking_parameters` where this is no DataRecord of simple fields.

    An empty object describes an act without arguments.
    """
    if description == {}:
        return
    if not isinstance(description, dict) or description.get("type") != "DataRecord":
        raise _bad_description("taskingParameters is a DataRecord")
    fields = description.get("field")
    if not isinstance(fields, list) or len(fields) > MAX_FIELDS:
        raise _bad_description(f"field is a list of at most {MAX_FIELDS}")
    names = [_check_field(field) for field in fields]
    if len(set(names)) != len(names):
        raise _bad_description("two fields have one name")


def _check_field(field: Any) -> str:
    if not isinstance(field, dict) or field.get("type") not in _KINDS:
        raise _bad_description("a field has one of these types: " + ", ".join(_KINDS))
    name = field.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]{1,60}", name):
        raise _bad_description("a field has a name of letters, digits, _ . -")
    constraint = field.get("constraint", {})
    if not isinstance(constraint, dict) or not all(
        isinstance(constraint.get(part, []), list) for part in ("value", "interval")
    ):
        raise _bad_description(f"constraint of {name} has value and interval as lists")
    for pair in constraint.get("interval", []):
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair))):
            raise _bad_description(f"an interval of {name} is two numbers")
    return name


def check_arguments(description: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Raises SensingError `bad_task` for an argument that is missing, unknown or not allowed."""
    fields = {field["name"]: field for field in description.get("field", [])}
    unknown = sorted(set(arguments) - set(fields))
    if unknown:
        raise SensingError("bad_task", argument=unknown[0], reason="not described")
    for name, field in fields.items():
        if name not in arguments:
            if field.get("optional"):
                continue
            raise SensingError("bad_task", argument=name, reason="missing")
        if not _KINDS[field["type"]](arguments[name]):
            raise SensingError("bad_task", argument=name, reason=f"no {field['type']}")
        if not _is_allowed(field.get("constraint", {}), arguments[name]):
            raise SensingError("bad_task", argument=name, reason="not allowed")


def _is_allowed(constraint: Mapping[str, Any], value: Any) -> bool:
    values, intervals = constraint.get("value", []), constraint.get("interval", [])
    if not values and not intervals:
        return True
    if value in values:
        return True
    return _is_number(value) and any(low <= value <= high for low, high in intervals)


def _bad_description(reason: str) -> SensingError:
    return SensingError("bad_tasking_parameters", reason=reason)
