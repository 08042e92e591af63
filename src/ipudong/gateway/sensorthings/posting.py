"""`POST /Observations` and `POST /CreateObservations`: durable before 201."""

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ipudong.city.sensing.directory import Streams
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.sensorthings.observations import make_id, parse_time
from ipudong.store.batches import MAX_TIME_US, MIN_TIME_US

PROTOCOL: Final = "sensorthings"
MAX_ROWS: Final = 10_000
_COMPONENTS: Final = ("phenomenonTime", "result")

Row = tuple[int, int, float]  # datastream, microseconds UTC, result


async def store(pipeline: Pipeline, rows: Sequence[Row]) -> list[str]:
    """Make rows durable and give their ids. Raises RequestRefused (503) when the journal cannot."""
    if pipeline.is_full:
        raise RequestRefused(503, "backlog_full", "Too much is waiting.", retry_after_s=1)
    figures.FRAMES.labels(PROTOCOL).inc()
    pipeline.buffer.append(
        array("i", [row[0] for row in rows]),
        array("q", [row[1] for row in rows]),
        [row[2] for row in rows],
        bytes(len(rows)),
        True,
    )
    try:
        await pipeline.wait_future()
    except Exception as error:
        raise RequestRefused(
            503, "not_stored", "The journal cannot take readings now.", retry_after_s=10
        ) from error
    figures.READINGS.labels(PROTOCOL).inc(len(rows))
    figures.ACKNOWLEDGED.labels(PROTOCOL).inc()
    return [make_id(stream, time_us) for stream, time_us, _ in rows]


def read_observation(
    body: Any, streams: Streams, now_us: int, datastream: int | None = None
) -> Row:
    """The row of an Observation. Raises RequestRefused (400)."""
    fields = _mapping(body, "An Observation")
    stream = datastream if datastream is not None else _read_stream(fields, streams)
    return (
        _check_stream(stream, streams),
        _read_time(fields.get("phenomenonTime"), now_us),
        _read_result(fields.get("result")),
    )


def read_data_arrays(body: Any, streams: Streams, now_us: int) -> list[Row]:
    """The rows of a CreateObservations document (SensorThings 1.1, 13.3). Raises RequestRefused."""
    if not isinstance(body, list):
        raise bad_request("bad_body", "A list of data arrays is expected.")
    rows = [row for group in body for row in _read_group(group, streams, now_us)]
    if not 0 < len(rows) <= MAX_ROWS:
        raise bad_request("bad_body", f"1 to {MAX_ROWS} observations are expected.")
    return rows


def _read_group(group: Any, streams: Streams, now_us: int) -> list[Row]:
    fields = _mapping(group, "A data array")
    stream = _check_stream(_read_stream(fields, streams), streams)
    names = fields.get("components")
    values = fields.get("dataArray")
    if not isinstance(names, list) or not isinstance(values, list) or "result" not in names:
        raise bad_request("bad_body", "A data array has components with result, and dataArray.")
    places = {name: names.index(name) for name in _COMPONENTS if name in names}
    rows = []
    for value in values:
        if not isinstance(value, list) or len(value) != len(names):
            raise bad_request("bad_body", "Each row has one value for each component.")
        at = value[places["phenomenonTime"]] if "phenomenonTime" in places else None
        rows.append((stream, _read_time(at, now_us), _read_result(value[places["result"]])))
    return rows


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise bad_request("bad_body", f"{what} is an object.")
    return value


def _read_stream(fields: Mapping[str, Any], streams: Streams) -> int:
    link = fields.get("Datastream")
    key = link.get("@iot.id") if isinstance(link, dict) else None
    if not isinstance(key, int) or isinstance(key, bool):
        raise bad_request("datastream_missing", 'Name one: "Datastream": {"@iot.id": 1}.')
    return key


def _check_stream(stream: int, streams: Streams) -> int:
    if not 0 < stream < streams.size or not streams.thing[stream]:
        raise bad_request("no_such_datastream", "There is no such datastream.", id=stream)
    return stream


def _read_time(text: Any, now_us: int) -> int:
    if text is None:
        return now_us
    if not isinstance(text, str):
        raise bad_request("bad_time", "phenomenonTime is an ISO 8601 text.")
    time_us = parse_time(text)
    if not MIN_TIME_US <= time_us <= MAX_TIME_US:
        raise bad_request("bad_time", "phenomenonTime is outside years 1 to 9999.")
    return time_us


def _read_result(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise bad_request("bad_result", "result is a number.")
    return float(value)
