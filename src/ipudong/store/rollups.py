"""Roll-ups: what a minute, an hour, a day of readings comes to.

Withdrawn readings do not count. Only valid readings (quality.is_valid, and a number) enter min,
mean, max and last; `count` tells how many there were in all.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store import quality
from ipudong.store.batches import to_numpy
from ipudong.store.layout import drop_withdrawn
from ipudong.store.tables import ROLLUP_COLUMNS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def summarize(rows: pa.Table, interval_us: int, offset_us: int = 0) -> pa.Table:
    """Roll up readings (datastream, time, result, quality), sorted and unique, by interval.

    Intervals start at multiples of `interval_us` plus `offset_us` since 1970. The result has the
    columns of a roll-up table.
    """
    rows = drop_withdrawn(rows)
    results = to_numpy(rows, "result")
    valid = quality.is_valid(to_numpy(rows, "quality")) & ~np.isnan(results)
    counts = np.ones(len(results), dtype=np.int64)
    return _reduce(rows, interval_us, offset_us, counts, valid.astype(np.int64), [results] * 4)


def combine(rollup: pa.Table, interval_us: int, offset_us: int = 0) -> pa.Table:
    """Roll up a finer roll-up, sorted by datastream and time, into coarser intervals."""
    parts = [to_numpy(rollup, name) for name in ("min", "mean", "max", "last")]
    counts, valid = to_numpy(rollup, "count"), to_numpy(rollup, "valid_count")
    return _reduce(rollup, interval_us, offset_us, counts, valid, parts)


def _reduce(
    rows: pa.Table, interval_us: int, offset_us: int, counts: Ints, valid: Ints, parts: list[Floats]
) -> pa.Table:
    if not rows.num_rows:
        return ROLLUP_COLUMNS.empty_table()
    streams, times = to_numpy(rows, "datastream"), to_numpy(rows, "time")
    starts_at = (times - offset_us) // interval_us * interval_us + offset_us
    is_new = np.ones(len(times), dtype=bool)
    is_new[1:] = (streams[1:] != streams[:-1]) | (starts_at[1:] != starts_at[:-1])
    first = np.flatnonzero(is_new)
    lows, means, highs, lasts = parts
    has = valid > 0
    sums = np.add.reduceat(np.where(has, means, 0.0) * valid, first)
    valid_counts = np.add.reduceat(valid, first)
    last_at = np.maximum.reduceat(np.where(has, np.arange(len(times)), -1), first)
    none = valid_counts == 0
    columns = [
        pa.array(streams[first]),
        pa.array(starts_at[first]).cast(ROLLUP_COLUMNS.field("time").type),
        pa.array(np.add.reduceat(counts, first)),
        pa.array(valid_counts),
        pa.array(np.minimum.reduceat(np.where(has, lows, np.inf), first), mask=none),
        pa.array(sums / np.maximum(valid_counts, 1), mask=none),
        pa.array(np.maximum.reduceat(np.where(has, highs, -np.inf), first), mask=none),
        pa.array(lasts[last_at], mask=none),
    ]
    return pa.Table.from_arrays(columns, schema=ROLLUP_COLUMNS)
