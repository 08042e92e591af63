"""From the segments of a path to what they name; use it in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings import multi, reading
from ipudong.gateway.sensorthings.answers import (
    Answer,
    to_csv,
    to_data_arrays,
    to_geo_json,
    to_json,
    to_value,
)
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS, EntitySet, related_rows
from ipudong.gateway.sensorthings.history_conditions import RELATIONS
from ipudong.gateway.sensorthings.observations import (
    get_observation,
    read_observations,
    related_keys,
)
from ipudong.gateway.sensorthings.options import QueryOptions, parse_options
from ipudong.gateway.sensorthings.paths import REF, VALUE, Key, Segment
from ipudong.gateway.sensorthings.vocabulary import find_kind
from ipudong.gateway.sensorthings.writing import Properties

Segments = tuple[Segment, ...]
_LAST: Final = frozenset({REF, VALUE})


@dataclass(slots=True)
class Walk:
    """One request: its context, the path as asked, and its query options."""

    context: Context
    path: str
    pairs: list[tuple[str, str]]

    def read(self, segments: Segments) -> Answer:
        """What the path names. Raises RequestRefused."""
        first, rest = segments[0], segments[1:]
        if first.name == OBSERVATIONS:
            return self._observations(segments)
        entity_set = SETS.get(first.name)
        if entity_set is None:
            raise no_resource(first.name)
        if first.key is None:
            return self._page(entity_set, entity_set.rows(), rest)
        return self._entity(entity_set, reading.get_row(entity_set, first.key), rest)

    # Entities of the database.

    def _entity(self, entity_set: EntitySet, row: Any, rest: Segments) -> Answer:
        if not rest or rest == (Segment(REF),):
            options = self._single(entity_set)
            [entity] = reading.write_entities(self.context, entity_set, [row], options)
            return to_json(_reference(entity) if rest else entity)
        step = rest[0]
        relation = entity_set.relations.get(step.name)
        if relation is None:
            [entity] = reading.write_entities(self.context, entity_set, [row], QueryOptions())
            return self._property(entity_set.name, entity, rest)
        if relation.target == OBSERVATIONS:
            return self._observations(rest, (entity_set.name, row.pk))
        target, rows = SETS[relation.target], related_rows(relation, row)
        if relation.to_many and step.key is None:
            return self._page(target, rows, rest[1:])
        found = (
            rows.filter(pk=_check_key(target, step)).first() if relation.to_many else rows.first()
        )
        if found is None:
            raise not_found(target.title, step.key)
        return self._entity(target, found, rest[1:])

    def _page(self, entity_set: EntitySet, rows: Any, rest: Segments) -> Answer:
        _refuse_rest(rest)
        options = parse_options(self.pairs)
        if rest:  # a reference is no more than the address
            options = replace(options, select=("@iot.selfLink",), expand=())
        page = reading.read_page(self.context, entity_set, rows, options)
        return self._collection(entity_set.name, page, options, bool(rest))

    def _property(self, name: str, entity: Properties, rest: Segments) -> Answer:
        """`Things(1)/name`, `Things(1)/properties/color/$value`."""
        kind = find_kind(name, rest[0].name)
        if kind is None or rest[0].key is not None:
            raise no_resource(rest[0].name)
        if self.pairs:
            raise bad_request("unknown_option", "A property takes no options.")
        is_bare = rest[-1].name == VALUE
        steps = [segment.name for segment in (rest[:-1] if is_bare else rest)]
        value: Any = entity
        for step in steps:
            key = "@iot.id" if step == "id" and value is entity else step
            if not isinstance(value, dict) or (key not in value and value is not entity):
                raise no_resource(step)
            value = value.get(key)
        if value is None or is_bare:
            return to_value(value)
        return to_json({steps[-1]: value})

    # Observations.

    def _observations(self, segments: Segments, owner: tuple[str, Any] | None = None) -> Answer:
        key, rest = segments[0].key, segments[1:]
        if key is None:
            _refuse_rest(rest)
            options = parse_options(self.pairs)
            page = self._read_observations(owner, options)
            return self._collection(OBSERVATIONS, page, options, bool(rest))
        entity = self._find_observation(key, owner)
        if not rest or rest == (Segment(REF),):
            return self._observation(entity, is_reference=bool(rest))
        target = RELATIONS.get(rest[0].name)
        if target is None:
            return self._property(OBSERVATIONS, entity, rest)
        [own_key] = related_keys([entity], rest[0].name)
        if own_key is None:
            raise not_found(SETS[target].title, None)
        entity_set = SETS[target]
        return self._entity(entity_set, reading.get_row(entity_set, own_key), rest[1:])

    def _observation(self, entity: Properties, *, is_reference: bool) -> Answer:
        options = parse_options(self.pairs, single=True)
        entities = [entity]
        reading.check_observations(options)
        reading.finish_observations(self.context, entities, options)
        return to_json(_reference(entities[0]) if is_reference else entities[0])

    def _find_observation(self, key: Key, owner: tuple[str, Any] | None) -> Properties:
        entity = (
            multi.get_observation(self.context, key)
            if multi.is_multi(key)
            else get_observation(self.context, key)
        )
        if owner is not None:
            name = {"Datastreams": "Datastream", "MultiDatastreams": "MultiDatastream"}.get(
                owner[0], "FeatureOfInterest"
            )
            if related_keys([entity], name) != [owner[1]]:
                raise not_found("Observation", key)
        return entity

    def _read_observations(self, owner: tuple[str, Any] | None, options: QueryOptions) -> Any:
        reading.check_observations(options)
        streams: Sequence[int] | None = None
        if owner is not None and owner[0] == "MultiDatastreams":
            page = multi.read_observations(self.context, owner[1], options)
        else:
            if owner is not None and owner[0] == "Datastreams":
                streams = [owner[1]]
            elif owner is not None:
                options = reading.of_feature(options, owner[1])
            page = read_observations(self.context, options, reading.list_keys, streams)
        if options.resultFormat != "dataArray":
            reading.finish_observations(self.context, page.entities, options)
        return page

    # Answers.

    def _single(self, entity_set: EntitySet) -> QueryOptions:
        options = parse_options(self.pairs, single=True)
        reading.check_options(entity_set, options)
        return options

    def _collection(
        self, name: str, page: Any, options: QueryOptions, is_reference: bool
    ) -> Answer:
        body: dict[str, Any] = {}
        if page.count is not None:
            body["@iot.count"] = page.count
        if page.has_more:
            body["@iot.nextLink"] = self._next_link(page, options)
        if is_reference:
            body["value"] = [_reference(entity) for entity in page.entities]
            return to_json(body)
        if options.resultFormat == "dataArray":
            if name != OBSERVATIONS or options.expand:
                raise bad_request(
                    "bad_option",
                    "dataArray is for Observations without $expand.",
                    option="$resultFormat",
                )
            return to_data_arrays(body, page.entities, options.select)
        if options.resultFormat == "CSV":
            return to_csv(page.entities)
        if options.resultFormat == "GeoJSON":
            return to_geo_json(name, body, page.entities)
        body["value"] = page.entities
        return to_json(body)

    def _next_link(self, page: Any, options: QueryOptions) -> str:
        dropped = {"$skip", "$skiptoken"}
        kept = [(name, value) for name, value in self.pairs if name not in dropped]
        onward = (
            ("$skiptoken", page.token) if page.token else ("$skip", str(options.skip + options.top))
        )
        query = urlencode([*kept, onward], safe="$(),'/;")
        return f"{self.context.base}/{self.path.strip('/')}?{query}"


def _check_key(target: EntitySet, step: Segment) -> Key | None:
    if isinstance(step.key, str) is not target.has_text_key:
        raise not_found(target.title, step.key)
    return step.key


def _reference(entity: Properties) -> Properties:
    return {"@iot.selfLink": entity["@iot.selfLink"]}


def _refuse_rest(rest: Segments) -> None:
    if rest and rest != (Segment(REF),):
        raise bad_request("bad_path", "Name one entity before going on.")


def no_resource(name: str) -> RequestRefused:
    """The refusal of a path that leads nowhere."""
    return RequestRefused(404, "no_such_resource", f"There is no {name[:40]} here.")
