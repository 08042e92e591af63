"""Entities of the database as SensorThings writes them; call these in a thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.db.models import QuerySet

from ipudong.gateway.api.problems import bad_request, not_found
from ipudong.gateway.sensorthings import multi, observations, shelf
from ipudong.gateway.sensorthings.conditions import (
    Selection,
    refuse_observations,
    select_rows,
)
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.entities import (
    OBSERVATIONS,
    SETS,
    EntitySet,
    Relation,
)
from ipudong.gateway.sensorthings.evaluation import fold, holds, list_values
from ipudong.gateway.sensorthings.expressions import (
    Comparison,
    Expression,
    Literal,
    Logical,
    Order,
    Path,
    list_paths,
)
from ipudong.gateway.sensorthings.history_conditions import RELATIONS
from ipudong.gateway.sensorthings.options import MAX_TOP, Expand, QueryOptions
from ipudong.gateway.sensorthings.paths import Key, format_key
from ipudong.gateway.sensorthings.related import Group, read_groups
from ipudong.gateway.sensorthings.selecting import check_select, select_properties
from ipudong.gateway.sensorthings.sorting import sort_key
from ipudong.gateway.sensorthings.writing import Properties

CHUNK: Final = 500
MAX_OWNERS: Final = 50


@dataclass(frozen=True, slots=True)
class Page:
    """The entities of one answer; `count` where it was asked for."""

    entities: list[Any]  # Properties, or JSON text as orjson.Fragment
    has_more: bool
    count: int | None = None
    token: str = ""  # where the next page begins, for `$skiptoken`


def read_page(
    context: Context, entity_set: EntitySet, rows: QuerySet[Any], options: QueryOptions
) -> Page:
    """One page of a collection."""
    check_options(entity_set, options)
    selection = select(context, entity_set, rows, options)
    if selection.rest is not None or selection.orders:
        return _read_scanned(context, entity_set, selection, options)
    count = selection.rows.count() if options.count else None
    if shelf.can_serve(entity_set.name, options):
        kept = shelf.write_page(context, entity_set.name, selection.rows, options)
        if kept is not None:
            return Page(*kept, count)
    if not options.top and not count:
        return Page([], selection.rows[options.skip :].exists(), count)
    found = list(selection.rows[options.skip : options.skip + options.top + 1])
    page = found[: options.top]
    context.spend(len(page))
    entities = write_entities(context, entity_set, page, options)
    return Page(entities, len(found) > options.top, count)


def select(
    context: Context, entity_set: EntitySet, rows: QuerySet[Any], options: QueryOptions
) -> Selection:
    """The rows of a filter and order, and what of these is left to be decided."""
    wanted = None if options.filter is None else fold(options.filter, context.now)
    find_streams = partial(observations.find_streams, context, resolve=list_keys)
    selection = select_rows(rows, entity_set, wanted, options.orderby, find_streams)
    for left_over in (selection.rest, *(order.path for order in selection.orders)):
        if left_over is not None:
            refuse_observations(entity_set, left_over)
    return selection


def list_keys(context: Context, name: str, wanted: Expression) -> list[Any]:
    """Keys of the entities of a set that fulfil a condition."""
    entity_set = SETS[name]
    selection = select(context, entity_set, entity_set.rows(), QueryOptions(filter=wanted))
    if selection.rest is None:
        return list(selection.rows.order_by().values_list("pk", flat=True))
    return [row.pk for row in _scan(context, entity_set, selection)]


def get_row(entity_set: EntitySet, key: Key) -> Any:
    """The row of one entity. Raises RequestRefused (404)."""
    if isinstance(key, str) is not entity_set.has_text_key:
        raise not_found(entity_set.title, key)
    row = entity_set.rows().filter(pk=key).first()
    if row is None:
        raise not_found(entity_set.title, key)
    return row


def check_options(entity_set: EntitySet, options: QueryOptions) -> None:
    """Refuse (400) what cannot be selected or expanded, also where no entity is there."""
    check_select(entity_set.name, frozenset(entity_set.relations), options)
    for expand in options.expand:
        relation = entity_set.relations.get(expand.name)
        if relation is None:
            raise _not_expandable(expand.name)
        if relation.target == OBSERVATIONS:
            check_observations(expand.options)
        else:
            check_options(SETS[relation.target], expand.options)


def check_observations(options: QueryOptions) -> None:
    """The same for observations."""
    check_select(OBSERVATIONS, frozenset(RELATIONS), options)
    for expand in options.expand:
        target = RELATIONS.get(expand.name)
        if target is None:
            raise _not_expandable(expand.name)
        check_options(SETS[target], expand.options)


def _not_expandable(name: str) -> Exception:
    return bad_request("unknown_property", f"{name[:60]} cannot be expanded.", property=name[:80])


# What the database cannot decide: entities are written and tried one by one.


def _read_scanned(
    context: Context, entity_set: EntitySet, selection: Selection, options: QueryOptions
) -> Page:
    needed = None if options.count or selection.orders else options.skip + options.top + 1
    found = _scan(context, entity_set, selection, needed)
    page = found[options.skip : options.skip + options.top]
    context.spend(len(page))
    entities = write_entities(context, entity_set, page, options)
    has_more = len(found) > options.skip + options.top
    return Page(entities, has_more, len(found) if options.count else None)


def _scan(
    context: Context, entity_set: EntitySet, selection: Selection, needed: int | None = None
) -> list[Any]:
    """The rows that fulfil what is left over, at most the first `needed`."""
    found: list[tuple[Any, Properties]] = []
    for rows in _chunks(selection.rows):
        context.spend_candidates(len(rows))
        found += keep_rows(context, entity_set, rows, selection)
        if needed is not None and len(found) >= needed:
            break
    for order in reversed(selection.orders):
        found.sort(
            key=lambda pair: sort_key(_first_value(order, pair[1], context)),
            reverse=order.descending,
        )
    return [row for row, _ in found]


def keep_rows(
    context: Context, entity_set: EntitySet, rows: list[Any], selection: Selection
) -> list[tuple[Any, Properties]]:
    """Those of some rows that fulfil what is left over, with themselves as written."""
    options = QueryOptions(expand=_list_needed(entity_set, selection))
    entities = write_entities(context, entity_set, rows, options)
    wanted = selection.rest
    return [
        (row, entity)
        for row, entity in zip(rows, entities, strict=True)
        if wanted is None or holds(wanted, entity, context.now)
    ]


def _first_value(order: Order, entity: Properties, context: Context) -> Any:
    return next(iter(list_values(order.path, entity, context.now)), None)


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for row in rows.iterator(chunk_size=CHUNK):
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some


def _list_needed(entity_set: EntitySet, selection: Selection) -> tuple[Expand, ...]:
    """The related entities that the rest of a filter or order looks at, as expansions."""
    parts = [] if selection.rest is None else [selection.rest]
    steps = [
        path.parts
        for part in (*parts, *(order.path for order in selection.orders))
        for path in list_paths(part)
    ]
    return _to_expands(entity_set, steps)


def _to_expands(entity_set: EntitySet, steps: Sequence[tuple[str, ...]]) -> tuple[Expand, ...]:
    by_name: dict[str, list[tuple[str, ...]]] = {}
    for step in steps:
        if step and step[0] in entity_set.relations:
            by_name.setdefault(step[0], []).append(step[1:])
    return tuple(
        Expand(
            name,
            QueryOptions(
                top=10 * MAX_TOP,
                expand=_to_expands(SETS[entity_set.relations[name].target], rest),
            ),
        )
        for name, rest in by_name.items()
    )


# Writing.


def write_entities(
    context: Context, entity_set: EntitySet, rows: Sequence[Any], options: QueryOptions
) -> list[Properties]:
    """Entities with their control information, their links, and what was expanded."""
    entities = _write_own(context.base, entity_set, rows)
    for expand in options.expand:
        link = f"{expand.name}@iot.navigationLink"
        for entity in entities:
            del entity[link]
        relation = entity_set.relations[expand.name]
        if relation.target == OBSERVATIONS:
            attach_observations(context, entity_set, rows, entities, relation, expand)
        else:
            _attach(context, rows, entities, relation, expand)
    return select_properties(entities, options)


def _write_own(base: str, entity_set: EntitySet, rows: Sequence[Any]) -> list[Properties]:
    write, names = entity_set.write, tuple(entity_set.relations)
    links = [(f"{name}@iot.navigationLink", f"/{name}") for name in names]
    entities = []
    for row in rows:
        own = f"{base}/{path_of(entity_set, row.pk)}"
        entity: Properties = {"@iot.id": row.pk, "@iot.selfLink": own}
        entity.update(write(row))
        for key, step in links:
            entity[key] = own + step
        entities.append(entity)
    return entities


def path_of(entity_set: EntitySet, key: Key) -> str:
    """The path of one entity below the service root, ready for an address."""
    if isinstance(key, int):
        return f"{entity_set.name}({key})"
    return f"{entity_set.name}({quote(format_key(key), safe=chr(39))})"


def _attach(
    context: Context,
    rows: Sequence[Any],
    entities: list[Properties],
    relation: Relation,
    expand: Expand,
) -> None:
    """Write the entities a relation leads to into those it starts from."""
    options = expand.options if relation.to_many else replace(expand.options, top=1, skip=0)
    target = SETS[relation.target]
    keys = [getattr(row, relation.own_field) for row in rows]
    groups = _read_related(context, relation, target, keys, options)
    related = [row for group in groups.values() for row in group.rows]
    written = iter(write_entities(context, target, related, options))
    by_key = {key: [next(written) for _ in group.rows] for key, group in groups.items()}
    for key, entity in zip(keys, entities, strict=True):
        found = by_key.get(key, [])
        if not relation.to_many:
            entity[expand.name] = found[0] if found else None
            continue
        group = groups.get(key) or Group()
        if options.count:
            entity[f"{expand.name}@iot.count"] = group.count
        entity[expand.name] = found
        if group.has_more:
            entity[f"{expand.name}@iot.nextLink"] = next_link(entity, expand)


def _read_related(
    context: Context,
    relation: Relation,
    target: EntitySet,
    keys: Sequence[Any],
    options: QueryOptions,
) -> dict[Any, Group]:
    selection = select(context, target, target.rows(), options)
    if selection.rest is None and not selection.orders:
        return read_groups(context, relation, selection.rows, keys, options)

    def keep(rows: list[Any]) -> list[Any]:
        kept = []
        for at in range(0, len(rows), CHUNK):
            some = rows[at : at + CHUNK]
            context.spend_candidates(len(some))
            kept += keep_rows(context, target, some, selection)
        for order in reversed(selection.orders):
            kept.sort(
                key=lambda pair: sort_key(_first_value(order, pair[1], context)),
                reverse=order.descending,
            )
        return [row for row, _ in kept]

    return read_groups(context, relation, selection.rows, keys, options, keep)


def next_link(entity: Properties, expand: Expand, token: str = "") -> str:
    """Where the rest of an expansion is."""
    kept = [pair for pair in expand.options.pairs if pair[0] != "$skip"]
    onward = ("$skip", str(expand.options.skip + expand.options.top))
    query = urlencode([*kept, ("$skiptoken", token) if token else onward], safe="$(),'/;")
    return f"{entity['@iot.selfLink']}/{expand.name}?{query}"


def attach_observations(
    context: Context,
    entity_set: EntitySet,
    rows: Sequence[Any],
    entities: list[Properties],
    relation: Relation,
    expand: Expand,
) -> None:
    """Write the observations of datastreams into them."""
    streams = [row.pk for row in rows]
    groups = _read_observed(context, entity_set, streams, expand.options)
    for stream, entity in zip(streams, entities, strict=True):
        group = groups.get(stream)
        found = [] if group is None else group.entities
        if expand.options.count:
            entity[f"{expand.name}@iot.count"] = 0 if group is None else group.count
        entity[expand.name] = found
        if group is not None and group.has_more:
            entity[f"{expand.name}@iot.nextLink"] = next_link(entity, expand)
    if expand.options.expand or expand.options.select:
        for stream in streams:
            group = groups.get(stream)
            if group is not None:
                finish_observations(context, group.entities, expand.options)


def _read_observed(
    context: Context, entity_set: EntitySet, keys: Sequence[int], options: QueryOptions
) -> dict[int, observations.ObservationPage]:
    if entity_set.name == "Datastreams":
        return observations.read_groups(context, keys, options, resolve=list_keys)
    if len(keys) > MAX_OWNERS:
        raise bad_request(
            "expand_too_large",
            f"Observations of at most {MAX_OWNERS} {entity_set.name} are expanded at once.",
        )
    if entity_set.name == "MultiDatastreams":
        return multi.read_groups(context, keys, options)
    return {
        key: observations.read_observations(context, of_feature(options, key), list_keys)
        for key in keys
    }


def of_feature(options: QueryOptions, key: int) -> QueryOptions:
    """The same options, for observations of one feature of interest."""
    own = Comparison("eq", Path(("FeatureOfInterest", "id")), Literal(key))
    wanted = own if options.filter is None else Logical("and", (own, options.filter))
    return replace(options, filter=wanted)


def finish_observations(
    context: Context, entities: list[Properties], options: QueryOptions
) -> None:
    """Expand and select within observations, in place."""
    for expand in options.expand:
        _attach_to_observations(context, entities, expand)
    if options.select:
        entities[:] = select_properties(entities, options)


def _attach_to_observations(context: Context, entities: list[Properties], expand: Expand) -> None:
    target = SETS[RELATIONS[expand.name]]
    keys = observations.related_keys(entities, expand.name)
    rows = target.rows().filter(pk__in={key for key in keys if key is not None})
    found = list(rows)
    context.spend(len(found))
    written = write_entities(context, target, found, expand.options)
    by_key = dict(zip([row.pk for row in found], written, strict=True))
    for entity, key in zip(entities, keys, strict=True):
        entity.pop(f"{expand.name}@iot.navigationLink", None)
        entity[expand.name] = by_key.get(key)
