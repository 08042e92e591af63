"""Entities of the database as SensorThings writes them; call these in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet

from ipudong.gateway.api.problems import bad_request, not_found, not_implemented
from ipudong.gateway.sensorthings.conditions import to_condition, to_ordering
from ipudong.gateway.sensorthings.entities import (
    OBSERVATIONS,
    SETS,
    EntitySet,
    Properties,
    related_rows,
)
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.paths import Key, format_key

EXPANDED_TOP = 100


@dataclass(frozen=True, slots=True)
class Page:
    """The entities of one answer; `count` where it was asked for."""

    entities: list[Properties]
    has_more: bool
    count: int | None = None


def read_page(entity_set: EntitySet, rows: QuerySet[Any], options: QueryOptions, base: str) -> Page:
    """One page of a collection. `base` is the service root's address."""
    _check_names(entity_set, options)
    if options.filter is not None:
        rows = rows.filter(to_condition(options.filter, entity_set.columns))
    count = rows.count() if options.count else None
    rows = rows.order_by(*to_ordering(options.orderby, entity_set.columns))
    found = list(rows[options.skip : options.skip + options.top + 1])
    entities = [write_entity(entity_set, row, options, base) for row in found[: options.top]]
    return Page(entities, len(found) > options.top, count)


def get_row(entity_set: EntitySet, key: Key) -> Any:
    """The row of one entity. Raises RequestRefused (404)."""
    if isinstance(key, str) is not entity_set.has_text_key:
        raise not_found(entity_set.title, key)
    row = entity_set.rows().filter(pk=key).first()
    if row is None:
        raise not_found(entity_set.title, key)
    return row


def write_entity(entity_set: EntitySet, row: Any, options: QueryOptions, base: str) -> Properties:
    """One entity with its control information, its links, and what was expanded."""
    _check_names(entity_set, options)
    own_path = path_of(entity_set, row.pk)
    entity: Properties = {"@iot.id": row.pk, "@iot.selfLink": f"{base}/{own_path}"}
    entity |= entity_set.write(row)
    for name in entity_set.relations:
        entity[f"{name}@iot.navigationLink"] = f"{base}/{own_path}/{name}"
    for name in options.expand:
        del entity[f"{name}@iot.navigationLink"]
        entity |= _expand(entity_set, row, name, base)
    return _select(entity, options)


def path_of(entity_set: EntitySet, key: Key) -> str:
    """The path of one entity below the service root, ready for an address."""
    key_text = quote(format_key(key), safe="'")
    return f"{entity_set.name}({key_text})"


def _expand(entity_set: EntitySet, row: Any, name: str, base: str) -> Properties:
    relation = entity_set.relations[name]
    target = SETS[relation.target]
    rows = related_rows(relation, row)
    if not relation.to_many:
        found = rows.first()
        return {name: found and write_entity(target, found, QueryOptions(), base)}
    page = read_page(target, rows, replace(QueryOptions(), top=EXPANDED_TOP), base)
    expanded: Properties = {name: page.entities}
    if page.has_more:
        link = f"{base}/{path_of(entity_set, row.pk)}/{name}?$skip={EXPANDED_TOP}"
        expanded[f"{name}@iot.nextLink"] = link
    return expanded


def _check_names(entity_set: EntitySet, options: QueryOptions) -> None:
    for name in options.expand:
        if name not in entity_set.relations:
            raise bad_request("unknown_property", f"{name} cannot be expanded.", property=name)
        if name == OBSERVATIONS:
            raise not_implemented(
                "expand_observations", "Observations are not expanded yet: follow their link."
            )


def _select(entity: Properties, options: QueryOptions) -> Properties:
    if not options.select:
        return entity
    return {key: entity[key] for key in _selected(list(entity), options)}


def _selected(keys: Sequence[str], options: QueryOptions) -> list[str]:
    wanted = {"@iot.id" if name == "id" else name for name in options.select}
    plain = {key.partition("@iot.navigationLink")[0] or key for key in keys}
    unknown = sorted(wanted - plain - set(options.expand))
    if unknown:
        raise bad_request("unknown_property", f"There is no {unknown[0]}.", property=unknown[0])
    return [
        key
        for key in keys
        if key in wanted
        or key in options.expand
        or key.removesuffix("@iot.navigationLink") in wanted
    ]
