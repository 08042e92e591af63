"""The query options of a SensorThings request (OData system query options)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.expressions import (
    Expression,
    Order,
    parse_filter,
    parse_orderby,
)

DEFAULT_TOP: Final = 100
MAX_TOP: Final = 10_000
MAX_SKIP: Final = 1_000_000
MAX_NAMES: Final = 40
MAX_EXPAND_DEPTH: Final = 5
MAX_EXPANDS: Final = 25
MAX_EXPAND_CHARS: Final = 8000
RESULT_FORMATS: Final = {
    "dataarray": "dataArray",
    "csv": "CSV",
    "geojson": "GeoJSON",
    "json": "",
}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What a request asks of a collection; `top` is bounded to MAX_TOP as the standard allows.

    `pairs` are the options as they were written, for the links to further pages.
    """

    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    filter: Expression | None = None
    orderby: tuple[Order, ...] = ()
    expand: tuple["Expand", ...] = ()
    select: tuple[str, ...] = ()
    resultFormat: str = ""  # noqa: N815 - the option's own name
    skiptoken: str = ""
    pairs: Pairs = ()

    def find_expand(self, name: str) -> "Expand | None":
        """The expansion of a navigation property, where it was asked for."""
        return next((expand for expand in self.expand if expand.name == name), None)


@dataclass(frozen=True, slots=True)
class Expand:
    """A navigation property to be written out, with options of its own."""

    name: str
    options: QueryOptions = QueryOptions()


def parse_options(pairs: Iterable[tuple[str, str]], *, single: bool = False) -> QueryOptions:
    """Options of a request; `single` entities take only `$expand` and `$select`.

    Raises RequestRefused (400) for an unknown or repeated option and for what cannot be read.
    """
    options = _parse(pairs, _SINGLE if single else frozenset(_READERS), 0)
    count = sum(1 for _ in _list_expands(options))
    if count > MAX_EXPANDS:
        raise bad_request("expand_too_large", f"At most {MAX_EXPANDS} expansions, not {count}.")
    return options


def _parse(pairs: Iterable[tuple[str, str]], names: frozenset[str], depth: int) -> QueryOptions:
    kept = tuple(pairs)
    found: dict[str, Any] = {}
    for name, text in kept:
        if name not in names:
            raise bad_request("unknown_option", f"{name[:40]} is not an option here.", option=name)
        key = name.removeprefix("$")
        if key in found:
            raise bad_request("repeated_option", f"{name} is given twice.", option=name)
        if "\x00" in text:
            raise bad_request("bad_option", f"{name} has a character that is none.", option=name)
        found[key] = _read_expand(text, depth) if key == "expand" else _READERS[name](text, name)
    return QueryOptions(**found, pairs=kept)


def _list_expands(options: QueryOptions) -> Iterator[Expand]:
    for expand in options.expand:
        yield expand
        yield from _list_expands(expand.options)


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


def _read_format(text: str, name: str) -> str:
    found = RESULT_FORMATS.get(text.lower())
    if found is None:
        raise bad_request("bad_option", f"{name} is dataArray, GeoJSON or CSV.", option=name)
    return found


def _read_token(text: str, name: str) -> str:
    if len(text) > 80:
        raise bad_request("bad_option", f"{name} is none of ours.", option=name)
    return text


# `$expand`: names, each with a way on (`Datastreams/Sensor`) or options in brackets.


def _read_expand(text: str, depth: int) -> tuple[Expand, ...]:
    if depth >= MAX_EXPAND_DEPTH:
        raise bad_request("expand_too_deep", f"$expand goes at most {MAX_EXPAND_DEPTH} deep.")
    if len(text) > MAX_EXPAND_CHARS:
        raise bad_request("expand_too_large", f"$expand has at most {MAX_EXPAND_CHARS} characters.")
    found: dict[str, Expand] = {}
    for part in split_outside(text, ","):
        expand = _read_one(part.strip(), depth)
        earlier = found.get(expand.name)
        found[expand.name] = _merge(earlier, expand) if earlier else expand
    return tuple(found.values())


def _read_one(text: str, depth: int) -> Expand:
    head, bracket, rest = text.partition("(")
    names = [name.strip() for name in head.split("/")]
    if not all(name.isascii() and name.isalpha() for name in names):
        raise _bad_expand(text)
    if len(names) + depth > MAX_EXPAND_DEPTH:
        raise bad_request("expand_too_deep", f"$expand goes at most {MAX_EXPAND_DEPTH} deep.")
    options = QueryOptions()
    if bracket:
        if not rest.endswith(")"):
            raise _bad_expand(text)
        pairs = (_read_pair(part) for part in split_outside(rest[:-1], ";"))
        options = _parse(pairs, _NESTED, depth + len(names))
    expand = Expand(names[-1], options)
    for name in reversed(names[:-1]):
        expand = Expand(name, QueryOptions(expand=(expand,)))
    return expand


def _read_pair(text: str) -> tuple[str, str]:
    name, equals, value = text.strip().partition("=")
    if not equals:
        raise _bad_expand(text)
    return name.strip(), value.strip()


def _merge(first: Expand, second: Expand) -> Expand:
    """`A/B,A/C` expands A once."""
    if first.options.pairs and second.options.pairs:
        raise bad_request("repeated_option", f"{first.name} is expanded twice.", option="$expand")
    kept = first.options if first.options.pairs else second.options
    merged: dict[str, Expand] = {}
    for expand in (*first.options.expand, *second.options.expand):
        earlier = merged.get(expand.name)
        merged[expand.name] = _merge(earlier, expand) if earlier else expand
    return Expand(first.name, replace(kept, expand=tuple(merged.values())))


def _bad_expand(text: str) -> RequestRefused:
    detail = f"{text[:60]!r} is no expansion such as Datastreams($select=name;$top=5)."
    return bad_request("bad_option", detail, option="$expand")


def split_outside(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside of brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")":
            depth -= 1
        elif sign == separator and not quoted and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    if quoted or depth:
        raise bad_request("bad_option", "A bracket or quote is not closed.", option="$expand")
    return [*parts, text[start:]]


_READERS: Final = {
    "$top": _read_top,
    "$skip": _read_skip,
    "$count": _read_count,
    "$filter": lambda text, _: parse_filter(text),
    "$orderby": lambda text, _: parse_orderby(text),
    "$expand": lambda text, _: _read_expand(text, 0),
    "$select": _read_names,
    "$resultFormat": _read_format,
    "$skiptoken": _read_token,
}
_SINGLE: Final = frozenset({"$expand", "$select"})
_NESTED: Final = frozenset(_READERS) - {"$resultFormat", "$skiptoken"}
