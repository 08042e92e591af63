"""Observations out of the history: lake and journal as one; call these in a thread."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import ibis

from ipudong.city.sensing.clock import from_us, to_us
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Datastream, Period
from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings.conditions import orient
from ipudong.gateway.sensorthings.entities import Properties
from ipudong.gateway.sensorthings.expressions import Expression, Logical, Negation
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.reading import Page
from ipudong.store.batches import to_numpy
from ipudong.store.quality import is_valid

_COLUMNS: Final = {
    "phenomenonTime": "time",
    "resultTime": "time",
    "result": "result",
    "resultQuality": "quality",
    "id": "time",
    "@iot.id": "time",
    "Datastream/id": "datastream",
    "Datastream/@iot.id": "datastream",
}
_ORDERABLE: Final = frozenset(_COLUMNS)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """What a filter says of time at its top, [start, end): files outside are not opened."""

    start: datetime | None = None
    end: datetime | None = None


def read_observations(options: QueryOptions, base: str, datastream: int | None = None) -> Page:
    """One page of observations, of one datastream or of all, oldest first unless ordered."""
    if options.expand:
        raise RequestRefused(501, "expand_observations", "Follow the links of an observation.")
    history = open_history()
    window = find_window(options.filter)
    streams = None if datastream is None else [datastream]
    rows = history.observations(streams, window.start, window.end)
    if options.filter is not None:
        rows = rows.filter(_condition(options.filter, rows))
    count = None
    if options.count:
        count = int(history.run(rows.aggregate(n=rows.count())).column("n")[0].as_py())
    ordered = rows.order_by(_ordering(options, rows)).limit(options.top + 1, offset=options.skip)
    table = history.run(ordered)
    entities = _write_all(table.slice(0, options.top), base, options)
    return Page(entities, table.num_rows > options.top, count)


def get_observation(key: Key, base: str, options: QueryOptions) -> Properties:
    """One observation by its id `<datastream>-<microseconds>`. Raises RequestRefused (404)."""
    stream, time_us = split_id(key)
    table = open_history().read([stream], time_us, time_us + 1)
    if not table.num_rows:
        raise not_found("Observation", key)
    return _write_all(table, base, options)[0]


def make_id(datastream: int, time_us: int) -> str:
    """The id of an observation: a datastream has one reading at an instant."""
    return f"{datastream}-{time_us}"


def split_id(key: Key) -> tuple[int, int]:
    """Datastream and instant of an id. Raises RequestRefused (404)."""
    stream, _, time_us = str(key).partition("-")
    if not (stream.isdigit() and time_us.isdigit() and len(stream) < 10 and len(time_us) < 18):
        raise not_found("Observation", key)
    return int(stream), int(time_us)


def find_window(expression: Expression | None) -> Window:
    """The time bounds that hold whatever else the filter says."""
    start, end = _EARLIEST, _LATEST
    for part in _conjuncts(expression):
        if isinstance(part, Logical | Negation):
            continue
        path, operator, value = orient(part)
        if str(path) not in ("phenomenonTime", "resultTime") or not isinstance(value, datetime):
            continue
        value = min(max(value, _EARLIEST), _LATEST)
        if operator in ("gt", "ge", "eq"):
            start = max(start, value)
        if operator in ("lt", "le", "eq"):
            end = min(end, value + timedelta(microseconds=1))
    return Window(None if start == _EARLIEST else start, None if end == _LATEST else end)


def _conjuncts(expression: Expression | None) -> tuple[Expression, ...]:
    if expression is None:
        return ()
    if isinstance(expression, Logical) and expression.operator == "and":
        return expression.operands
    return (expression,)


def _condition(expression: Expression, rows: Any) -> Any:
    if isinstance(expression, Negation):
        return ~_condition(expression.operand, rows)
    if isinstance(expression, Logical):
        parts = [_condition(operand, rows) for operand in expression.operands]
        return ibis.and_(*parts) if expression.operator == "and" else ibis.or_(*parts)
    path, operator, value = orient(expression)
    name = str(path)
    if name in ("id", "@iot.id"):
        return _id_condition(rows, operator, value)
    column = rows[_find(name)]
    if isinstance(value, datetime) is not (_find(name) == "time") or not isinstance(
        value, datetime | int | float
    ):
        raise bad_request("bad_expression", f"{path} cannot be compared with {value!r}.")
    return _COMPARE[operator](column, ibis.literal(value) if name != "result" else float(value))  # type: ignore[arg-type]


def _id_condition(rows: Any, operator: str, value: Any) -> Any:
    if operator != "eq" or not isinstance(value, str):
        raise bad_request("bad_expression", "An observation's id is only equal to a text.")
    stream, time_us = split_id(value)
    return (rows.datastream == stream) & (rows.time == ibis.literal(from_us(time_us)))


_COMPARE: Final = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


def _find(name: str) -> str:
    column = _COLUMNS.get(name)
    if column is None:
        known = ", ".join(sorted(_COLUMNS))
        raise bad_request("unknown_property", f"{name} is none of: {known}.", property=name)
    return column


def _ordering(options: QueryOptions, rows: Any) -> list[Any]:
    """The order asked for; time and datastream come last, so that pages never overlap."""
    wanted = {_find(str(order.path)): order.descending for order in reversed(options.orderby)}
    wanted = dict(reversed(wanted.items()))
    for name in ("time", "datastream"):
        wanted.setdefault(name, False)
    return [rows[name].desc() if descending else rows[name] for name, descending in wanted.items()]


def _write_all(table: Any, base: str, options: QueryOptions) -> list[Properties]:
    streams = to_numpy(table, "datastream").tolist()
    times = to_numpy(table, "time").tolist()
    results = to_numpy(table, "result").tolist()
    marks = to_numpy(table, "quality").tolist()
    lengths = _period_lengths(set(streams))
    entities = [
        _write(base, *row, lengths.get(row[0], 0))
        for row in zip(streams, times, results, marks, strict=True)
    ]
    return [_select(entity, options) for entity in entities]


def _period_lengths(streams: set[int]) -> dict[int, int]:
    rows = Datastream.objects.filter(pk__in=streams).values_list("pk", "period")
    return {stream: Period(period).length_s for stream, period in rows}


def _write(
    base: str, stream: int, time_us: int, result: float, mark: int, length_s: int
) -> Properties:
    own_id = make_id(stream, time_us)
    link = f"{base}/Observations('{own_id}')"
    began = format_time(time_us)
    ended = format_time(time_us + length_s * 1_000_000)
    return {
        "@iot.id": own_id,
        "@iot.selfLink": link,
        "phenomenonTime": f"{began}/{ended}" if length_s else began,
        "resultTime": ended,
        "result": result if result == result else None,
        "resultQuality": {"mark": mark, "valid": bool(is_valid(mark))},
        "Datastream@iot.navigationLink": f"{link}/Datastream",
        "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
    }


def _select(entity: Properties, options: QueryOptions) -> Properties:
    if not options.select:
        return entity
    wanted = {"@iot.id" if name == "id" else name for name in options.select}
    unknown = sorted(wanted - {key.removesuffix("@iot.navigationLink") for key in entity})
    if unknown:
        raise bad_request("unknown_property", f"There is no {unknown[0]}.", property=unknown[0])
    return {k: v for k, v in entity.items() if k.removesuffix("@iot.navigationLink") in wanted}


def format_time(time_us: int) -> str:
    """An instant as the standard writes it."""
    moment = from_us(time_us)
    return moment.isoformat(timespec="auto").replace("+00:00", "Z")


def parse_time(text: str) -> int:
    """The beginning of a phenomenonTime, microseconds UTC. Raises RequestRefused (400)."""
    try:
        moment = datetime.fromisoformat(text.partition("/")[0])
    except ValueError as error:
        raise bad_request("bad_time", f"{text[:40]!r} is no ISO 8601 time.") from error
    if moment.tzinfo is None:
        raise bad_request("bad_time", "A time needs its zone, such as Z or +08:00.")
    return to_us(moment)
