"""`POST /CreateObservations`: many observations as data arrays, read column by column.

SensorThings 1.1, 12.3: the answer has one address for each observation, in order, and "error" for
each that could not be taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.directory import Streams
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.sensorthings.instants import parse_plain_times
from ipudong.gateway.sensorthings.posting import (
    PROTOCOL,
    check_stream,
    read_result,
    read_stream,
    read_time,
    to_mapping,
)

MAX_ROWS: Final = 50_000
MAX_GROUPS: Final = 10_000
PLAIN_COMPONENTS: Final = frozenset({"phenomenonTime", "result", "resultTime"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Observations in the order they came; where `ok` is false the others mean nothing.

    `datastream` int32, `time_us` int64 UTC, `result` float64.
    """

    datastream: NDArray[np.int32]
    time_us: NDArray[np.int64]
    result: NDArray[np.float64]
    ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.datastream)


def is_plain(body: Any) -> bool:
    """Whether the arrays have no more than times and numbers."""
    return not isinstance(body, list) or all(
        not isinstance(group, dict)
        or not isinstance(group.get("components"), list)
        or PLAIN_COMPONENTS.issuperset(
            name for name in group["components"] if isinstance(name, str)
        )
        for group in body
    )


def read_data_arrays(body: Any, streams: Streams, now_us: int) -> Columns:
    """The columns of a CreateObservations document. Raises RequestRefused (400)."""
    if not isinstance(body, list) or not 0 < len(body) <= MAX_GROUPS:
        raise bad_request("bad_body", f"A list of 1 to {MAX_GROUPS} data arrays is expected.")
    groups = [_read_group(group, streams, now_us) for group in body]
    columns = Columns(
        *(np.concatenate([getattr(group, name) for group in groups]) for name in Columns.__slots__)
    )
    if not 0 < len(columns) <= MAX_ROWS:
        raise bad_request("bad_body", f"1 to {MAX_ROWS} observations are expected.")
    return columns


def _read_group(group: Any, streams: Streams, now_us: int) -> Columns:
    fields = to_mapping(group, "A data array")
    stream = check_stream(read_stream(fields), streams)
    names, rows = fields.get("components"), fields.get("dataArray")
    if not isinstance(names, list) or not isinstance(rows, list) or "result" not in names:
        raise bad_request("bad_body", "A data array has components with result, and dataArray.")
    if len(rows) > MAX_ROWS:
        raise bad_request("bad_body", f"1 to {MAX_ROWS} observations are expected.")
    if any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        raise bad_request("bad_body", "Each row has one value for each component.")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    results, fine = _read_results(columns[names.index("result")])
    if "phenomenonTime" in names:
        times, in_time = _read_times(columns[names.index("phenomenonTime")], now_us)
    else:
        times, in_time = np.full(len(rows), now_us, np.int64), np.ones(len(rows), np.bool_)
    return Columns(np.full(len(rows), stream, np.int32), times, results, fine & in_time)


def _read_results(values: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if set(map(type, values)) <= {int, float}:
        try:
            found = np.array(values, np.float64)
        except OverflowError:
            return _read_each_result(values)
        return found, np.isfinite(found)
    return _read_each_result(values)


def _read_each_result(values: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    found = []
    for value in values:
        try:
            found.append(read_result(value))
        except RequestRefused:
            found.append(math.nan)
    numbers = np.array(found, np.float64)
    return numbers, np.isfinite(numbers)


def _read_times(values: Sequence[Any], now_us: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    plain = parse_plain_times(values)
    if plain is not None:
        return plain, np.ones(len(plain), np.bool_)
    times, fine = np.zeros(len(values), np.int64), np.ones(len(values), np.bool_)
    for place, value in enumerate(values):
        try:
            times[place] = read_time(value, now_us)[0]
        except RequestRefused:
            fine[place] = False
    return times, fine


def add_columns(pipeline: Pipeline, columns: Columns) -> int:
    """Put what could be read into the batch that is being filled; how many those are.

    Raises RequestRefused (400) where that is none.
    """
    taken = int(columns.ok.sum())
    if not taken:
        raise bad_request("bad_result", "None has a number as its result and a time with its zone.")
    if taken < len(columns):
        figures.REJECTED.labels(PROTOCOL, "bad_observation").inc(len(columns) - taken)
    kept = slice(None) if taken == len(columns) else columns.ok
    pipeline.buffer.extend(
        columns.datastream[kept],
        columns.time_us[kept],
        columns.result[kept],
        np.zeros(taken, np.uint8),
        np.ones(taken, np.bool_),
    )
    return taken


def write_links(base: str, columns: Columns) -> bytes:
    """The addresses of the observations as a JSON list."""
    start, end = f"\"{base}/Observations('", "')\""
    keys = zip(columns.datastream.tolist(), columns.time_us.tolist(), strict=True)
    if columns.ok.all():
        links = [f"{start}{stream}-{time_us}{end}" for stream, time_us in keys]
    else:
        links = [
            f"{start}{stream}-{time_us}{end}" if ok else '"error"'
            for (stream, time_us), ok in zip(keys, columns.ok.tolist(), strict=True)
        ]
    return f"[{','.join(links)}]".encode()
