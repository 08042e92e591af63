"""From the segments of a path to the entity or collection they name; use it in a thread."""

from typing import Any
from urllib.parse import urlencode

from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS, EntitySet, related_rows
from ipudong.gateway.sensorthings.observations import (
    get_observation,
    read_observations,
    split_id,
)
from ipudong.gateway.sensorthings.options import QueryOptions, parse_options
from ipudong.gateway.sensorthings.paths import Segment
from ipudong.gateway.sensorthings.reading import Page, get_row, read_page, write_entity

Segments = tuple[Segment, ...]
Body = dict[str, Any]


class Walk:
    """One request: the service root's address, the path as asked, and its query options."""

    def __init__(self, base: str, path: str, pairs: list[tuple[str, str]]) -> None:
        self._base = base
        self._address = f"{base}/{path.strip('/')}"
        self._pairs = pairs

    def read(self, segments: Segments) -> Body:
        """What the path names. Raises RequestRefused."""
        first, rest = segments[0], segments[1:]
        if first.name == OBSERVATIONS:
            return self._observations(segments)
        entity_set = SETS.get(first.name)
        if entity_set is None:
            raise _no_resource(first.name)
        if first.key is None:
            return self._page(entity_set, entity_set.rows(), rest)
        return self._entity(entity_set, get_row(entity_set, first.key), rest)

    def _entity(self, entity_set: EntitySet, row: Any, rest: Segments) -> Body:
        if not rest:
            return write_entity(entity_set, row, self._single(), self._base)
        step = rest[0]
        relation = entity_set.relations.get(step.name)
        if relation is None:
            raise _no_resource(step.name)
        if relation.target == OBSERVATIONS:
            return self._observations(rest, row.pk)
        target, rows = SETS[relation.target], related_rows(relation, row)
        if relation.to_many and step.key is None:
            return self._page(target, rows, rest[1:])
        found = rows.filter(pk=step.key).first() if relation.to_many else rows.first()
        if found is None:
            raise not_found(target.title, step.key)
        return self._entity(target, found, rest[1:])

    def _observations(self, segments: Segments, datastream: int | None = None) -> Body:
        key, rest = segments[0].key, segments[1:]
        if key is None:
            self._refuse_rest(rest)
            options = parse_options(self._pairs)
            return self._collection(read_observations(options, self._base, datastream), options)
        if not rest:
            return get_observation(key, self._base, self._single())
        stream = get_row(SETS["Datastreams"], split_id(key)[0])
        if rest[0].name == "Datastream":
            return self._entity(SETS["Datastreams"], stream, rest[1:])
        if rest[0].name == "FeatureOfInterest":
            features = SETS["FeaturesOfInterest"]
            return self._entity(features, get_row(features, stream.thing_id), rest[1:])
        raise _no_resource(rest[0].name)

    def _page(self, entity_set: EntitySet, rows: Any, rest: Segments) -> Body:
        self._refuse_rest(rest)
        options = parse_options(self._pairs)
        return self._collection(read_page(entity_set, rows, options, self._base), options)

    def _single(self) -> QueryOptions:
        return parse_options(self._pairs, single=True)

    def _refuse_rest(self, rest: Segments) -> None:
        if rest:
            raise bad_request("bad_path", "Name one entity before going on.")

    def _collection(self, page: Page, options: QueryOptions) -> Body:
        body: Body = {}
        if page.count is not None:
            body["@iot.count"] = page.count
        if page.has_more:
            kept = [(name, value) for name, value in self._pairs if name != "$skip"]
            query = urlencode([*kept, ("$skip", options.skip + options.top)], safe="$(),'/")
            body["@iot.nextLink"] = f"{self._address}?{query}"
        body["value"] = page.entities
        return body


def _no_resource(name: str) -> RequestRefused:
    return RequestRefused(404, "no_such_resource", f"There is no {name[:40]} here.")
