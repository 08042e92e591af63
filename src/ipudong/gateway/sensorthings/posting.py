"""Plain observations, one by one: a number, a time, a datastream; durable before 201.

What says more (a result that is no number, parameters, a feature of its own) is not plain, and
goes the way of `writes`.
"""

import math
from array import array
from collections.abc import Mapping
from typing import Any, Final

from ipudong.city.sensing.directory import Streams
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.sensorthings.instants import parse_span
from ipudong.store.batches import MAX_TIME_US, MIN_TIME_US

PROTOCOL: Final = "sensorthings"
_PLAIN: Final = frozenset({"result", "phenomenonTime", "resultTime", "Datastream"})

Row = tuple[int, int, float]  # datastream, microseconds UTC, result


def check_room(pipeline: Pipeline) -> None:
    """Raises RequestRefused (503) when too much is waiting for the journal."""
    if pipeline.is_full:
        raise RequestRefused(503, "backlog_full", "Too much is waiting.", retry_after_s=1)


def add_row(pipeline: Pipeline, row: Row) -> None:
    """Put a reading into the batch that is being filled."""
    stream, time_us, result = row
    pipeline.buffer.append(
        array("i", (stream,)), array("q", (time_us,)), (result,), b"\x00", clock_ok=True
    )


async def commit(pipeline: Pipeline, rows: int) -> None:
    """Return once what was put in is durable. Raises RequestRefused (503)."""
    figures.FRAMES.labels(PROTOCOL).inc()
    try:
        await pipeline.wait_future()
    except Exception as error:
        raise RequestRefused(
            503, "not_stored", "The journal cannot take readings now.", retry_after_s=10
        ) from error
    figures.READINGS.labels(PROTOCOL).inc(rows)
    figures.ACKNOWLEDGED.labels(PROTOCOL).inc()


def find_plain_row(
    body: Any, streams: Streams, now_us: int, datastream: int | None = None
) -> Row | None:
    """The row of an Observation; None where it says more than a row can keep.

    Raises RequestRefused (400).
    """
    fields = to_mapping(body, "An Observation")
    if not _PLAIN.issuperset(fields) and any(
        fields[name] is not None for name in fields.keys() - _PLAIN
    ):
        return None
    link = fields.get("Datastream")
    if datastream is None and isinstance(link, dict) and "@iot.id" not in link:
        return None  # a datastream to be made with it
    stream = datastream if datastream is not None else read_stream(fields)
    if not is_known(stream, streams):
        return None  # one made a moment ago, or none
    time_us, end_us = read_time(fields.get("phenomenonTime"), now_us)
    if time_us < streams.plain_from_us[stream]:
        return None
    length_us = int(streams.length_us[stream])
    if end_us is not None and end_us - time_us != length_us:
        return None
    result_time = fields.get("resultTime")
    if result_time is not None and read_time(result_time, now_us)[0] != time_us + length_us:
        return None
    result = fields.get("result")
    if isinstance(result, str | bool | list | dict):
        return None
    return stream, time_us, read_result(result)


def to_mapping(value: Any, what: str) -> Mapping[str, Any]:
    """A JSON object. Raises RequestRefused (400)."""
    if not isinstance(value, dict):
        raise bad_request("bad_body", f"{what} is an object.")
    return value


def read_stream(fields: Mapping[str, Any]) -> int:
    """The id of the datastream an entity names. Raises RequestRefused (400)."""
    link = fields.get("Datastream")
    key = link.get("@iot.id") if isinstance(link, dict) else None
    if not isinstance(key, int) or isinstance(key, bool):
        raise bad_request("datastream_missing", 'Name one: "Datastream": {"@iot.id": 1}.')
    return key


def check_stream(stream: int, streams: Streams) -> int:
    """The id itself when there is such a datastream. Raises RequestRefused (400)."""
    if not is_known(stream, streams):
        raise bad_request("no_such_datastream", "There is no such datastream.", id=stream)
    return stream


def is_known(stream: int, streams: Streams) -> bool:
    """Whether the directory has this datastream."""
    return 0 < stream < streams.size and bool(streams.thing[stream])


def read_time(text: Any, now_us: int) -> tuple[int, int | None]:
    """Beginning and end of a time; now where none is given. Raises RequestRefused (400)."""
    if text is None:
        return now_us, None
    if not isinstance(text, str):
        raise bad_request("bad_time", "A time is an ISO 8601 text.")
    span = parse_span(text)
    if not MIN_TIME_US <= span[0] <= MAX_TIME_US:
        raise bad_request("bad_time", "The time is outside years 1 to 9999.")
    return span


def read_result(value: Any) -> float:
    """A finite number. Raises RequestRefused (400)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_request("bad_result", "result is a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise bad_request("bad_result", "result is a finite number.")
    return number
