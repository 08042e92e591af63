"""Observations of MultiDatastreams: the readings of their members at the same instants."""

from collections.abc import Sequence
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Datastream, MultiDatastream, Period
from ipudong.gateway.api.problems import bad_request, not_found
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.details import read_details, write_detail
from ipudong.gateway.sensorthings.evaluation import fold
from ipudong.gateway.sensorthings.expressions import list_paths
from ipudong.gateway.sensorthings.history_conditions import (
    MULTI,
    Translator,
    find_orders,
    find_window,
    split_id,
    unsupported,
)
from ipudong.gateway.sensorthings.instants import format_time
from ipudong.gateway.sensorthings.observations import ObservationPage, continue_after, make_token
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.writing import Properties
from ipudong.store.batches import to_numpy
from ipudong.store.quality import INVALID_MASK

_FILTERED: Final = frozenset({"phenomenonTime", "resultTime"})


def make_id(multi: int, time_us: int) -> str:
    """The id of an observation of a MultiDatastream."""
    return f"{MULTI}{multi}-{time_us}"


def is_multi(key: Key) -> bool:
    """Whether an id is one of a MultiDatastream's observations."""
    return isinstance(key, str) and key.startswith(MULTI)


def list_members(multi: int) -> list[Datastream]:
    """The columns of a MultiDatastream, in their order."""
    return list(Datastream.objects.filter(multi=multi).order_by("position", "pk"))


def get_observation(context: Context, key: Key) -> Properties:
    """One observation by its id `m<multi>-<microseconds>`. Raises RequestRefused (404)."""
    multi, time_us = split_id(str(key).removeprefix(MULTI))
    members = list_members(multi)
    if not members or not MultiDatastream.objects.filter(pk=multi).exists():
        raise not_found("Observation", key)
    table = open_history().read([member.pk for member in members], time_us, time_us + 1)
    found = _write(context, multi, members, table)
    if not found:
        raise not_found("Observation", key)
    return found[0]


def read_observations(context: Context, multi: int, options: QueryOptions) -> ObservationPage:
    """One page of a MultiDatastream's observations; filtered and ordered by their time."""
    wanted = None if options.filter is None else fold(options.filter, context.now)
    for part in [] if wanted is None else [wanted]:
        for path in list_paths(part):
            if str(path) not in _FILTERED:
                raise unsupported(path)
    members = list_members(multi)
    history, window = open_history(), find_window(wanted)
    rows = history.observations([member.pk for member in members] or [-1], window.start, window.end)
    if wanted is not None:
        rows = rows.filter(Translator(rows, _NoFacts()).condition(wanted))
    instants = rows.group_by("time").aggregate(datastream=rows.datastream.min())
    count = None
    if options.count:
        count = int(history.run(instants.aggregate(n=instants.count())).column("n")[0].as_py())
    orders = find_orders(options.orderby)
    if next(iter(orders)) != "time":
        raise bad_request("unsupported_order", "These observations are ordered by time only.")
    instants = continue_after(instants, options.skiptoken, orders)
    time = instants.time.desc() if orders["time"] else instants.time
    table = history.run(instants.order_by(time).limit(options.top + 1, offset=options.skip))
    has_more = table.num_rows > options.top
    table = table.slice(0, options.top)
    token = make_token(table) if has_more and table.num_rows else ""
    entities = _read_at(context, multi, members, to_numpy(table, "time"))
    return ObservationPage(entities, has_more, count, token)


def read_groups(
    context: Context, multis: Sequence[int], options: QueryOptions
) -> dict[int, ObservationPage]:
    """A page for each MultiDatastream."""
    return {multi: read_observations(context, multi, options) for multi in multis}


class _NoFacts:
    """A filter by time asks nothing of the database but how long readings stand for."""

    def list_streams(self, condition: Any) -> list[int]:
        return []

    def list_spans(self, condition: Any) -> list[Any]:
        return []

    def list_named(self, condition: Any) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        return {}, {}

    def list_instants(self, condition: Any) -> dict[int, list[int]]:
        return {}

    def list_lengths(self) -> dict[int, list[int]]:
        return {}


def _read_at(
    context: Context, multi: int, members: list[Datastream], times: np.ndarray
) -> list[Properties]:
    """The observations at these instants, in their order."""
    context.spend(len(times))
    if not len(times):
        return []
    first, last = int(times.min()), int(times.max())
    rows = open_history().observations([member.pk for member in members], first, last + 1)
    wanted = rows.filter(rows.time.isin([ibis.literal(from_us(at)) for at in times.tolist()]))
    by_id = {
        entity["@iot.id"]: entity
        for entity in _write(context, multi, members, open_history().run(wanted))
    }
    return [by_id[make_id(multi, at)] for at in times.tolist() if make_id(multi, at) in by_id]


def _write(
    context: Context, multi: int, members: list[Datastream], table: pa.Table
) -> list[Properties]:
    readings: dict[int, dict[int, tuple[float, int]]] = {}
    columns = (
        to_numpy(table, name).tolist() for name in ("datastream", "time", "result", "quality")
    )
    for stream, time_us, result, mark in zip(*columns, strict=True):
        readings.setdefault(time_us, {})[stream] = (result, mark)
    details = read_details([(m.pk, time_us) for time_us in readings for m in members])
    entities = []
    for time_us, row in readings.items():
        told = [details.get((member.pk, time_us)) for member in members]
        entity = _write_one(context.base, multi, members, time_us, row)
        for place, detail in enumerate(told):
            if detail is None:
                continue
            extra = write_detail(detail)
            if "result" in extra:
                entity["result"][place] = extra.pop("result")
            if place == 0:
                entity |= extra
        entities.append(entity)
    return entities


def _write_one(
    base: str,
    multi: int,
    members: list[Datastream],
    time_us: int,
    row: dict[int, tuple[float, int]],
) -> Properties:
    own_id = make_id(multi, time_us)
    link = f"{base}/Observations('{own_id}')"
    length_s = Period(members[0].period).length_s
    began, ended = format_time(time_us), format_time(time_us + length_s * 1_000_000)
    results = [row.get(member.pk, (None, 0))[0] for member in members]
    marks = [row.get(member.pk, (None, 0))[1] for member in members]
    return {
        "@iot.id": own_id,
        "@iot.selfLink": link,
        "phenomenonTime": f"{began}/{ended}" if length_s else began,
        "resultTime": ended,
        "result": [None if value is None or value != value else value for value in results],
        "resultQuality": {"mark": marks, "valid": [(mark & INVALID_MASK) == 0 for mark in marks]},
        "MultiDatastream@iot.navigationLink": f"{link}/MultiDatastream",
        "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
    }
