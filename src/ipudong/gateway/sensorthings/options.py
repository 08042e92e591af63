"""The query options of a SensorThings request (OData system query options)."""

from collections.abc import Iterable
from dataclasses import dataclass

from ipudong.gateway.api.problems import bad_request, not_implemented
from ipudong.gateway.sensorthings.expressions import (
    Expression,
    Order,
    parse_filter,
    parse_orderby,
)

DEFAULT_TOP = 100
MAX_TOP = 1000
MAX_SKIP = 1_000_000
MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What a request asks of a collection; `top` is bounded to MAX_TOP as the standard allows."""

    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    filter: Expression | None = None
    orderby: tuple[Order, ...] = ()
    expand: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    is_top_given: bool = False


def parse_options(pairs: Iterable[tuple[str, str]], *, single: bool = False) -> QueryOptions:
    """Options of a request; `single` entities take only `$expand` and `$select`.

    Raises RequestRefused (400) for an unknown or repeated option and for what cannot be read.
    """
    readers = _SINGLE_READERS if single else _READERS
    found: dict[str, object] = {}
    for name, text in pairs:
        reader = readers.get(name)
        if reader is None:
            raise bad_request("unknown_option", f"{name[:40]} is not an option here.", option=name)
        key = name.removeprefix("$")
        if key in found:
            raise bad_request("repeated_option", f"{name} is given twice.", option=name)
        found[key] = reader(text, name)
    is_top_given = "top" in found
    return QueryOptions(**found, is_top_given=is_top_given)  # type: ignore[arg-type]


def _read_whole(text: str, name: str, highest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise bad_request("bad_option", f"{name} is a whole number from 0.", option=name)
    return min(int(text), highest)


def _read_top(text: str, name: str) -> int:
    return _read_whole(text, name, MAX_TOP)


def _read_skip(text: str, name: str) -> int:
    value = _read_whole(text, name, MAX_SKIP + 1)
    if value > MAX_SKIP:
        raise bad_request("bad_option", f"{name} is at most {MAX_SKIP}.", option=name)
    return value


def _read_count(text: str, name: str) -> bool:
    if text not in ("true", "false"):
        raise bad_request("bad_option", f"{name} is true or false.", option=name)
    return text == "true"


def _read_names(text: str, name: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if len(names) > MAX_NAMES or not all(names):
        raise bad_request("bad_option", f"{name} is 1 to {MAX_NAMES} names.", option=name)
    return tuple(dict.fromkeys(names))


def _read_expand(text: str, name: str) -> tuple[str, ...]:
    if any(mark in text for mark in "/("):
        raise not_implemented("deep_expand", "$expand goes one level deep, without options.")
    return _read_names(text, name)


_READERS = {
    "$top": _read_top,
    "$skip": _read_skip,
    "$count": _read_count,
    "$filter": lambda text, _: parse_filter(text),
    "$orderby": lambda text, _: parse_orderby(text),
    "$expand": _read_expand,
    "$select": _read_names,
}
_SINGLE_READERS = {name: _READERS[name] for name in ("$expand", "$select")}
