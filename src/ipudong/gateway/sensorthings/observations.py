"""Observations out of the history: lake and journal as one; call these in a thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from django.db.models import QuerySet

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Datastream, Period, Status
from ipudong.gateway.api.problems import bad_request, not_found
from ipudong.gateway.sensorthings import details, features
from ipudong.gateway.sensorthings.conditions import conjuncts
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.evaluation import fold
from ipudong.gateway.sensorthings.expressions import (
    Comparison,
    Expression,
    Logical,
    Path,
    list_paths,
)
from ipudong.gateway.sensorthings.history_conditions import (
    MULTI,
    Translator,
    find_orders,
    find_window,
    split_id,
    strip,
)
from ipudong.gateway.sensorthings.observation_writing import write_observations
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.writing import Properties
from ipudong.store import batches

# Ids of the rows of a set that fulfil a condition: (context, name of the set, condition).
Resolve = Callable[[Context, str, Expression], list[Any]]

_NONE: Final = [-1]


@dataclass(slots=True)
class ObservationPage:
    """Observations of one answer; `token` where the next page begins, for `$skiptoken`."""

    entities: list[Properties]
    has_more: bool = False
    count: int | None = None
    token: str = ""


class _Facts:
    """What a filter on observations asks of the database."""

    def __init__(self, context: Context, resolve: Resolve, streams: Sequence[int] | None) -> None:
        self._context = context
        self._resolve = resolve
        self._streams = streams

    def list_streams(self, condition: Expression) -> list[int]:
        return self._resolve(self._context, "Datastreams", condition)

    def list_spans(self, condition: Expression) -> list[tuple[features.Span, list[int]]]:
        found = self._resolve(self._context, "FeaturesOfInterest", condition)
        return list_observed(found)

    def list_named(
        self, condition: Expression
    ) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
        found = self._resolve(self._context, "FeaturesOfInterest", condition)
        return details.find_named(found, self._streams)

    def list_instants(self, condition: Expression) -> Mapping[int, list[int]]:
        return details.find_instants(condition, self._streams, self._context.now)

    def list_lengths(self) -> Mapping[int, list[int]]:
        rows = Datastream.objects.exclude(period=Period.INSTANT)
        if self._streams is not None:
            rows = rows.filter(pk__in=self._streams)
        found: dict[int, list[int]] = {}
        for stream, period in rows.values_list("pk", "period"):
            found.setdefault(Period(period).length_s, []).append(stream)
        return found


def list_observed(found: Sequence[int]) -> list[tuple[features.Span, list[int]]]:
    """When which datastreams were observing these features."""
    spans = features.list_feature_spans(found)
    owners: dict[int, list[int]] = {}
    rows = Datastream.objects.filter(thing__in={span.thing for span in spans}, multi=None)
    for stream, thing in rows.values_list("pk", "thing_id"):
        owners.setdefault(thing, []).append(stream)
    return [(span, owners.get(span.thing, [])) for span in spans]


@dataclass(slots=True)
class _Query:
    """The rows of a filter: an expression over the history."""

    context: Context
    options: QueryOptions
    resolve: Resolve
    streams: Sequence[int] | None = None
    rows: Any = field(init=False)

    def __post_init__(self) -> None:
        wanted = self.options.filter
        wanted = None if wanted is None else fold(wanted, self.context.now)
        rest = self._narrow(wanted)
        window = find_window(wanted)
        streams = self.streams if self.streams is None or len(self.streams) else _NONE
        self.rows = self.history.observations(streams, window.start, window.end)
        if self.streams is None:
            self.rows = _without_hidden(self.rows)
        if rest is not None:
            facts = _Facts(self.context, self.resolve, self.streams)
            self.rows = self.rows.filter(Translator(self.rows, facts).condition(rest))

    @property
    def history(self) -> Any:
        return open_history()

    def _narrow(self, wanted: Expression | None) -> Expression | None:
        """Take the datastreams that a filter names at its top out of it."""
        rest = []
        for part in conjuncts(wanted):
            paths = list(list_paths(part)) if isinstance(part, Comparison) else []
            if not paths or any(p.parts[0] != "Datastream" or len(p.parts) < 2 for p in paths):
                rest.append(part)
                continue
            found = self.resolve(self.context, "Datastreams", strip(part))
            known = found if self.streams is None else set(self.streams).intersection(found)
            self.streams = sorted(known)
        return None if not rest else rest[0] if len(rest) == 1 else Logical("and", tuple(rest))


def _without_hidden(rows: Any) -> Any:
    """Rows of datastreams that are shown: not deleted, retired, or columns of a MultiDatastream."""
    shown = set(list_shown().values_list("pk", flat=True))
    highest = max(shown, default=0)
    hidden = [pk for pk in range(1, highest + 1) if pk not in shown]
    rows = rows.filter(rows.datastream <= highest)
    return rows.filter(~rows.datastream.isin(hidden)) if hidden else rows


def list_shown() -> QuerySet[Datastream]:
    """The datastreams whose observations are shown one by one."""
    return Datastream.objects.filter(multi=None).exclude(thing__status=Status.RETIRED).order_by()


def read_observations(
    context: Context,
    options: QueryOptions,
    resolve: Resolve,
    streams: Sequence[int] | None = None,
) -> ObservationPage:
    """One page of observations, of some datastreams or of all, oldest first unless ordered."""
    query = _Query(context, options, resolve, streams)
    rows, orders = query.rows, find_orders(options.orderby)
    count = None
    if options.count:
        count = int(query.history.run(rows.aggregate(n=rows.count())).column("n")[0].as_py())
    is_by_time = next(iter(orders)) == "time"
    rows = continue_after(rows, options.skiptoken, orders) if is_by_time else rows
    ordering = [rows[name].desc() if down else rows[name] for name, down in orders.items()]
    table = query.history.run(rows.order_by(ordering).limit(options.top + 1, offset=options.skip))
    has_more = table.num_rows > options.top
    table = table.slice(0, options.top)
    context.spend(table.num_rows)
    token = make_token(table) if has_more and is_by_time and table.num_rows else ""
    return ObservationPage(write_observations(context, table), has_more, count, token)


def make_token(table: pa.Table) -> str:
    """Where a page by time ended: its last observation."""
    last = table.slice(table.num_rows - 1)
    return f"{batches.to_numpy(last, 'datastream')[0]}-{batches.to_numpy(last, 'time')[0]}"


def continue_after(rows: Any, token: str, orders: Mapping[str, bool]) -> Any:
    """The rows that come after the one a token names."""
    if not token:
        return rows
    if token.count("-") != 1 or not token.replace("-", "").isascii():
        raise bad_request("bad_option", "$skiptoken is none of ours.", option="$skiptoken")
    try:
        stream, time_us = split_id(token)
    except Exception as error:
        raise bad_request("bad_option", "$skiptoken is none of ours.") from error
    at = ibis.literal(from_us(time_us))
    beyond = rows.time < at if orders["time"] else rows.time > at
    further = rows.datastream < stream if orders["datastream"] else rows.datastream > stream
    return rows.filter(beyond | ((rows.time == at) & further))


def get_observation(context: Context, key: Key) -> Properties:
    """One observation by its id `<datastream>-<microseconds>`. Raises RequestRefused (404)."""
    stream, time_us = split_id(key)
    table = open_history().read([stream], time_us, time_us + 1)
    if not table.num_rows or not list_shown().filter(pk=stream).exists():
        raise not_found("Observation", key)
    return write_observations(context, table)[0]


def find_streams(context: Context, condition: Expression | None, *, resolve: Resolve) -> list[int]:
    """Datastreams of which an observation fulfils a condition (None: any observation)."""
    query = _Query(context, QueryOptions(filter=condition), resolve)
    found = query.rows.select("datastream").distinct()
    return [int(key) for key in batches.to_numpy(query.history.run(found), "datastream")]


# `$expand` of datastreams.


def read_groups(
    context: Context, streams: Sequence[int], options: QueryOptions, *, resolve: Resolve
) -> dict[int, ObservationPage]:
    """A page of observations for each datastream, by its id; one read for all of them."""
    if not streams:
        return {}
    if is_latest(options):
        return _read_latest(context, streams)
    query = _Query(context, options, resolve, list(streams))
    rows, orders = query.rows, find_orders(options.orderby)
    ordering = [rows[name].desc() if down else rows[name] for name, down in orders.items()]
    window = ibis.window(group_by=rows.datastream, order_by=ordering)
    # Places count from 0.
    rows = rows.mutate(place=ibis.row_number().over(window))
    counts = _count_groups(query) if options.count else {}
    rows = rows.filter(
        (rows.place >= options.skip) & (rows.place <= options.skip + options.top)
    ).order_by(["datastream", "place"])
    table = query.history.run(rows.limit(context.entities_left + 1))
    context.spend(table.num_rows)
    return _group(context, table, options, counts)


def _count_groups(query: _Query) -> dict[int, int]:
    rows = query.rows.group_by("datastream").aggregate(n=query.rows.count())
    table = query.history.run(rows)
    keys = batches.to_numpy(table, "datastream").tolist()
    return dict(zip(keys, table.column("n").to_pylist(), strict=True))


def _group(
    context: Context, table: pa.Table, options: QueryOptions, counts: Mapping[int, int]
) -> dict[int, ObservationPage]:
    groups = {stream: ObservationPage([], count=count) for stream, count in counts.items()}
    streams = batches.to_numpy(table, "datastream").tolist()
    for stream, entity in zip(streams, write_observations(context, table), strict=True):
        page = groups.setdefault(stream, ObservationPage([]))
        if len(page.entities) < options.top:
            page.entities.append(entity)
        else:
            page.has_more = True
    return groups


def is_latest(options: QueryOptions) -> bool:
    """Whether no more than the newest observation is asked for, which the live state has."""
    if options.top != 1 or options.skip or options.count or options.filter is not None:
        return False
    if len(options.orderby) != 1 or not options.orderby[0].descending:
        return False
    path = options.orderby[0].path
    return isinstance(path, Path) and path.parts in (("phenomenonTime",), ("resultTime",))


def _read_latest(context: Context, streams: Sequence[int]) -> dict[int, ObservationPage]:
    found = context.take_latest(np.unique(np.array(streams, np.int32)))
    context.spend(len(found))
    table = batches.observations(found.datastream, found.time_us, found.result, found.quality)
    written = write_observations(context, pa.Table.from_batches([table]))
    return {
        stream: ObservationPage([entity], has_more=False)
        for stream, entity in zip(found.datastream.tolist(), written, strict=True)
    }


def related_keys(entities: Sequence[Properties], name: str) -> list[Any]:
    """The key of the entity that each observation's navigation property leads to."""
    keys = [str(entity["@iot.id"]) for entity in entities]
    if name in ("Datastream", "MultiDatastream"):
        is_multi = name == "MultiDatastream"
        return [
            split_id(key.removeprefix(MULTI))[0] if key.startswith(MULTI) is is_multi else None
            for key in keys
        ]
    instants = [_instant_of(key) for key in keys]
    told = details.read_details(instants)
    found = features.find_features(
        [stream for stream, _ in instants], [time_us for _, time_us in instants]
    )
    return [
        (told[instant].feature_id if instant in told else None) or feature
        for instant, feature in zip(instants, found, strict=True)
    ]


def _instant_of(key: str) -> tuple[int, int]:
    """Datastream and instant; of a MultiDatastream's observation, of its first column."""
    if not key.startswith(MULTI):
        return split_id(key)
    multi, time_us = split_id(key.removeprefix(MULTI))
    members = Datastream.objects.filter(multi=multi).order_by("position", "pk")
    return members.values_list("pk", flat=True).first() or 0, time_us
