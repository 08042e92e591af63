"""Item definitions: what an input may be, and the plain types behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Meter, Scope, holds
from ipudong.city.casework.decisions.moments import (
    parse_date,
    parse_date_and_time,
    parse_duration,
    parse_time,
)
from ipudong.city.casework.decisions.nodes import Tests
from ipudong.city.casework.decisions.values import Value, kind_of, show, to_number

_OLD_NAMES: Final = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "day time duration": "days and time duration",
    "year month duration": "years and months duration",
}
PLAIN: Final = frozenset(
    {
        "string",
        "number",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "Any",
    }
)
# A form's JSON has dates as text; an input declared as a date is read from it.
_READ: Final = {
    "number": to_number,
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_and_time,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
}


@dataclass(frozen=True, slots=True)
class ItemType:
    """An item definition: a plain type or components, perhaps many, perhaps only some values."""

    name: str
    base: str = "Any"
    components: Mapping[str, "ItemType"] = field(default_factory=dict)
    allowed: Tests | None = None
    allowed_text: str = ""
    is_collection: bool = False

    def list_names(self) -> Iterator[str]:
        """Names of components, also of those within."""
        for name, component in self.components.items():
            yield name
            yield from component.list_names()


def plain_name(reference: str) -> str:
    """`feel:number`, `tck:tLoan`, `dateTime` by their bare names of today."""
    name = reference.rpartition(":")[2] if ":" in reference else reference
    return _OLD_NAMES.get(name.strip(), name.strip())


def accept(value: Value, kind: ItemType, name: str) -> Value:
    """The value as the type holds it.

    Null is always accepted: a form's field may be empty. `DecisionError("wrong_type")` or
    `("not_allowed")` names the input.
    """
    if value is None:
        return None
    if kind.is_collection:
        items = value if isinstance(value, list) else [value]
        return [_accept_one(item, kind, name) for item in items]
    return _accept_one(value, kind, name)


def _accept_one(value: Value, kind: ItemType, name: str) -> Value:
    if kind.components:
        return _accept_context(value, kind, name)
    value = _read(value, kind, name)
    if value is None or kind.allowed is None or holds(kind.allowed, value, Scope({}, Meter())):
        return value
    raise DecisionError("not_allowed", name=name, value=show(value), allowed=kind.allowed_text)


def _accept_context(value: Value, kind: ItemType, name: str) -> Value:
    if not isinstance(value, dict):
        raise DecisionError("wrong_type", name=name, expected="context", found=kind_of(value))
    known = {
        key: accept(value.get(key), component, f"{name}.{key}")
        for key, component in kind.components.items()
    }
    return {**value, **known}


def _read(value: Value, kind: ItemType, name: str) -> Value:
    if kind.base == "Any" or kind_of(value) == kind.base:
        return value
    read = _READ.get(kind.base)
    found = read(value) if read and isinstance(value, str) and value else None
    if value == "" and read:
        return None
    if found is None or kind_of(found) != kind.base:
        raise DecisionError("wrong_type", name=name, expected=kind.base, found=kind_of(value))
    return found
