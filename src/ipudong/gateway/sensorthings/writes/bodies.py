"""Bodies as drafts: checked, bounded trees of what is to be written; no database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.writes.fields import Attributes, Field, bad_property
from ipudong.gateway.sensorthings.writes.shapes import SHAPES, Link, Shape

MAX_ENTITIES: Final = 1000
MAX_NESTING: Final = 8
ID: Final = "@iot.id"


@dataclass(frozen=True, slots=True)
class Ref:
    """An entity that is already there."""

    set_name: str
    key: Key


@dataclass(slots=True)
class Draft:
    """An entity to make or change; `links` holds Refs and Drafts by navigation property."""

    shape: Shape
    attributes: Attributes
    links: dict[str, list["Ref | Draft"]] = field(default_factory=dict)
    observations: list[Mapping[str, Any]] = field(default_factory=list)


class Budget:
    """How many entities one request may still make."""

    def __init__(self, entities: int = MAX_ENTITIES) -> None:
        self._left = entities

    def spend(self) -> None:
        """Count one. Raises RequestRefused (413)."""
        self._left -= 1
        if self._left < 0:
            detail = f"At most {MAX_ENTITIES} entities are made by one request."
            raise RequestRefused(413, "too_many_entities", detail)


def read_json(raw: bytes) -> Any:
    """The JSON of a body. Raises RequestRefused (400)."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise bad_request("bad_body", f"The body is not JSON: {error}.") from error
    if b"\\u0000" in raw:
        raise bad_request("bad_body", "Texts hold no NUL character.")
    return body


def read_new(
    set_name: str,
    body: Any,
    given: Collection[str] = (),
    budget: Budget | None = None,
    depth: int = 0,
) -> Draft:
    """The draft of a new entity; `given` names the links the path or parent says."""
    shape, budget = SHAPES[set_name], budget or Budget()
    fields = read_object(body, SETS[set_name].title)
    if depth > MAX_NESTING:
        raise bad_request("nested_too_deep", f"Entities are nested at most {MAX_NESTING} deep.")
    budget.spend()
    if ID in fields:
        raise bad_request("id_is_ours", "The server gives ids; leave @iot.id away.")
    draft = Draft(shape, _read_attributes(shape, fields, is_whole=True))
    for name, link in shape.links.items():
        children = _list_children(name, link, fields.get(name))
        if link.required and not children and name not in given:
            raise bad_request("property_missing", f"{name} is required.", property=name)
        if link.target == OBSERVATIONS:
            for child in children:
                budget.spend()
                draft.observations.append(child)
            continue
        draft.links[name] = [
            _read_child(name, link, child, budget, depth + 1) for child in children
        ]
    return draft


def read_change(set_name: str, body: Any, *, is_whole: bool) -> Draft:
    """The draft of a change: of all properties (PUT) or of those named (PATCH).

    Links in it lead to entities that are there: nothing is made by a change (9.3.4).
    """
    shape = SHAPES[set_name]
    fields = read_object(body, SETS[set_name].title)
    draft = Draft(shape, _read_attributes(shape, fields, is_whole=is_whole))
    for name, link in shape.links.items():
        if name not in fields or link.target == OBSERVATIONS:
            continue
        children = _list_children(name, link, fields[name])
        for child in children:
            if ID not in child:
                raise bad_request("no_deep_update", f"{name} names entities by @iot.id here.")
        draft.links[name] = [read_ref(link.target, child) for child in children]
    return draft


def _read_attributes(shape: Shape, fields: Mapping[str, Any], *, is_whole: bool) -> Attributes:
    _refuse_unknown(shape, fields)
    attributes: Attributes = {}
    for part in shape.fields:
        if part.name in fields:
            attributes |= _read_part(part, fields[part.name])
        elif is_whole and part.required:
            raise bad_request("property_missing", f"{part.name} is required.", property=part.name)
        elif is_whole:
            attributes |= part.blank
    return attributes


def _read_part(part: Field, value: Any) -> Attributes:
    if value is None and part.required:
        raise bad_request("property_missing", f"{part.name} is required.", property=part.name)
    if value is None and not part.required:
        return dict(part.blank)
    return part.read(part.name, value)


def _refuse_unknown(shape: Shape, fields: Mapping[str, Any]) -> None:
    """Control information (`@iot.`) that a client sends back is passed over."""
    for name in fields:
        if name not in shape.parts and name not in shape.links and "@iot." not in name:
            raise bad_request("unknown_property", f"There is no {name[:60]}.", property=name[:60])


def _read_child(name: str, link: Link, child: Any, budget: Budget, depth: int) -> Ref | Draft:
    if ID in child:
        return read_ref(link.target, child)
    return read_new(link.target, child, (link.inverse,), budget, depth)


def _list_children(name: str, link: Link, value: Any) -> list[Any]:
    if value is None:
        return []
    children = value if link.to_many else [value]
    if not isinstance(children, list):
        raise bad_property(name, "is a list of entities")
    if not all(isinstance(child, dict) for child in children):
        raise bad_property(name, "is an entity" if not link.to_many else "is a list of entities")
    return children


def read_ref(set_name: str, fields: Mapping[str, Any]) -> Ref:
    """The entity an `@iot.id` names. Raises RequestRefused (400)."""
    key = fields[ID]
    wants_text = SETS[set_name].has_text_key
    if isinstance(key, bool) or not isinstance(key, str if wants_text else int):
        raise bad_property(ID, "is a text" if wants_text else "is a whole number")
    return Ref(set_name, key)


def read_object(body: Any, what: str) -> Mapping[str, Any]:
    """A JSON object. Raises RequestRefused (400)."""
    if not isinstance(body, dict):
        raise bad_request("bad_body", f"{what} is an object.")
    return body
