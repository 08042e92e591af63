"""From the segments of a path to what is written there; call these in the database's thread."""

from dataclasses import dataclass
from typing import Any

from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS, Relation, related_rows
from ipudong.gateway.sensorthings.paths import Key, Segment
from ipudong.gateway.sensorthings.writes.entity_writes import find_row

Segments = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of the database."""

    set_name: str
    row: Any


@dataclass(frozen=True, slots=True)
class Place:
    """A navigation property of an entity."""

    owner: Entity
    name: str
    relation: Relation


def get_entity(segments: Segments) -> Entity:
    """The entity a path ends on. Raises RequestRefused (404, 400)."""
    first = segments[0]
    if first.name not in SETS:
        raise no_resource(first.name)
    if first.key is None:
        raise bad_request("bad_path", "Name one entity by its id.")
    entity = Entity(first.name, _get(first.name, first.key))
    for segment in segments[1:]:
        entity = _step(entity, segment)
    return entity


def get_place(segments: Segments) -> Place:
    """The navigation property a path ends on. Raises RequestRefused (404, 400)."""
    owner, name = get_entity(segments[:-1]), segments[-1].name
    relation = SETS[owner.set_name].relations.get(name)
    if relation is None:
        raise no_resource(name)
    return Place(owner, name, relation)


def _step(entity: Entity, segment: Segment) -> Entity:
    relation = SETS[entity.set_name].relations.get(segment.name)
    if relation is None or relation.target == OBSERVATIONS:
        raise no_resource(segment.name)
    rows = related_rows(relation, entity.row)
    if relation.to_many and segment.key is None:
        raise bad_request("bad_path", "Name one entity by its id.")
    found = rows.filter(pk=segment.key).first() if relation.to_many else rows.first()
    if found is None:
        raise not_found(SETS[relation.target].title, segment.key)
    return Entity(relation.target, found)


def _get(set_name: str, key: Key) -> Any:
    row = find_row(set_name, key)
    if row is None:
        raise not_found(SETS[set_name].title, key)
    return row


def no_resource(name: str) -> RequestRefused:
    """The refusal of a path that leads nowhere."""
    return RequestRefused(404, "no_such_resource", f"There is no {name[:40]} here.")
