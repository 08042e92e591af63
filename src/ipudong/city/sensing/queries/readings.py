"""Readings of datastreams for charts, and how much of what was expected came."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.city.sensing.history import UTC_OFFSET, open_history
from ipudong.city.sensing.models import Datastream, Period
from ipudong.store.batches import to_numpy
from ipudong.store.history import History

WHOLE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one datastream, oldest first; times in microseconds UTC."""

    time_us: NDArray[np.int64]
    result: NDArray[np.float64]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Intervals of one datastream; statistics of valid readings, NaN where there is none."""

    time_us: NDArray[np.int64]
    count: NDArray[np.int64]
    valid_count: NDArray[np.int64]
    min: NDArray[np.float64]
    mean: NDArray[np.float64]
    max: NDArray[np.float64]
    last: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transmission:
    """How much of one datastream came. Rates are None where nothing was expected or came."""

    datastream: int
    expected: int
    received: int
    valid: int

    @property
    def transmission_rate(self) -> float | None:
        """Received of expected, at most 1."""
        return min(1.0, self.received / self.expected) if self.expected else None

    @property
    def valid_rate(self) -> float | None:
        """Valid of received."""
        return self.valid / self.received if self.received else None

    @property
    def effective_rate(self) -> float | None:
        """传输有效率: transmission rate times valid rate."""
        if self.transmission_rate is None:
            return None
        return self.transmission_rate * (self.valid_rate or 0.0)


def read_readings(
    datastreams: Sequence[int], start: datetime, end: datetime, *, history: History | None = None
) -> dict[int, Readings]:
    """Readings in [start, end) by datastream id; ids without any are left out."""
    table = (history or open_history()).read(list(datastreams), start, end)
    return {
        stream: Readings(*(to_numpy(part, name) for name in ("time", "result", "quality")))
        for stream, part in _by_stream(table)
    }


def read_aggregates(
    datastreams: Sequence[int],
    start: datetime,
    end: datetime,
    every: timedelta,
    *,
    history: History | None = None,
) -> dict[int, Aggregates]:
    """Intervals of `every` (whole seconds; days begin at the district's midnight) by id."""
    history = history or open_history()
    offset = -UTC_OFFSET if every >= WHOLE_DAY else timedelta(0)
    table = history.run(history.aggregate(list(datastreams), start, end, every, offset))
    columns = [name for name in Aggregates.__dataclass_fields__ if name != "time_us"]
    return {
        stream: Aggregates(to_numpy(part, "time"), *(to_numpy(part, name) for name in columns))
        for stream, part in _by_stream(table)
    }


def _by_stream(table: pa.Table) -> list[tuple[int, pa.Table]]:
    """Parts of a table that is sorted by datastream."""
    streams = to_numpy(table, "datastream")
    if not len(streams):
        return []
    starts = np.flatnonzero(np.append(True, streams[1:] != streams[:-1]))
    ends = np.append(starts[1:], len(streams))
    return [
        (int(streams[start]), table.slice(start, end - start))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def measure_transmission(
    streams: Collection[Datastream],
    start: datetime,
    end: datetime,
    *,
    history: History | None = None,
) -> list[Transmission]:
    """Expected, received and valid readings of each datastream in [start, end), in its order.

    A period datastream is expected once a period, an instant one once its thing's expected
    interval; nothing is expected before the thing was registered. Select `thing` with the streams.
    """
    ids = [stream.pk for stream in streams]
    days = read_aggregates(ids, start, end, WHOLE_DAY, history=history) if ids else {}
    result = []
    for stream in streams:
        got = days.get(stream.pk)
        received, valid = (int(got.count.sum()), int(got.valid_count.sum())) if got else (0, 0)
        result.append(Transmission(stream.pk, expect_readings(stream, start, end), received, valid))
    return result


def expect_readings(stream: Datastream, start: datetime, end: datetime) -> int:
    """How many readings a datastream should have in [start, end)."""
    step_s = Period(stream.period).length_s or stream.thing.expected_interval_s
    since = max(start, stream.thing.registered_at)
    if not step_s or since >= end:
        return 0
    return int((end - since).total_seconds() // step_s)
