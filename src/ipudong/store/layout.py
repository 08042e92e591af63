"""How rows lie in the lake: sorted, without repeats, by day, in files that do not overlap."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store import batches
from ipudong.store.delta import to_day
from ipudong.store.quality import is_withdrawn
from ipudong.store.snapshot import DAY_US, Files
from ipudong.store.tables import Table

FILE_ROWS = 8_000_000


def to_table(table: Table, entries: Sequence[tuple[int, pa.RecordBatch]]) -> pa.Table:
    """Journal batches, each with its row id, as rows of the table: `arrival` too, no `day`."""
    rows = pa.Table.from_batches([batch for _, batch in entries])
    counts = [batch.num_rows for _, batch in entries]
    arrival = np.repeat(np.array([row_id for row_id, _ in entries], dtype=np.int64), counts)
    return rows.append_column("arrival", pa.array(arrival)).cast(table.columns)


def unique(rows: pa.Table, table: Table) -> pa.Table:
    """Sorted by key and time; of equal ones the last arrived (then the last given) is kept."""
    keys, times = batches.to_numpy(rows, table.key), batches.to_numpy(rows, "time")
    arrivals = batches.to_numpy(rows, "arrival")
    # The sort is stable: rows that come in the order they arrived need not be sorted by it.
    if (arrivals[1:] >= arrivals[:-1]).all():
        order = _order(keys, times)
    else:
        order = np.lexsort((arrivals, times, keys))
    keys, times = keys[order], times[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (keys[1:] != keys[:-1]) | (times[1:] != times[:-1])
    return rows.take(pa.array(order[is_last]))


def _order(keys: NDArray[np.int32], times: NDArray[np.int64]) -> NDArray[np.intp]:
    """The stable order by key, then time; as one number where both fit, which sorts faster."""
    if not len(keys):
        return np.array([], dtype=np.intp)
    first_key, first_time = int(keys.min()), int(times.min())
    span = int(times.max()) - first_time + 1
    if (int(keys.max()) - first_key + 1) * span > np.iinfo(np.int64).max:
        return np.lexsort((times, keys))
    both = (keys.astype(np.int64) - first_key) * span + (times - first_time)
    return np.argsort(both, kind="stable")


def with_day(rows: pa.Table) -> pa.Table:
    """The rows with their partition: the UTC day of `time`."""
    days = (batches.to_numpy(rows, "time") // DAY_US).astype(np.int32)
    return rows.append_column("day", pa.array(days).view(pa.date32()))


def split_by_day(rows: pa.Table) -> Iterator[pa.Table]:
    """The rows of each day, in their order."""
    rows = with_day(rows)
    days = rows.column("day").combine_chunks().view(pa.int32()).to_numpy()
    if (days[1:] < days[:-1]).any():
        order = np.argsort(days, kind="stable")
        rows, days = rows.take(pa.array(order)), days[order]
    starts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        yield rows.slice(start, end - start)


def split_by_rows(rows: pa.Table, table: Table) -> Iterator[pa.Table]:
    """Parts of about FILE_ROWS that never split a key, so that the files stay disjoint."""
    keys = batches.to_numpy(rows, table.key)
    start = 0
    while start < len(keys):
        end = min(start + FILE_ROWS, len(keys))
        end = int(np.searchsorted(keys, keys[end - 1], "right"))
        yield rows.slice(start, end - start)
        start = end


def list_due(files: Files, max_files: int, settled_before: date | None) -> list[int]:
    """Day numbers in more than `max_files` files, and settled days in more than one."""
    days, counts = np.unique(files.days, return_counts=True)
    is_due = counts > max_files
    if settled_before is not None:
        is_due |= (counts > 1) & (days < to_day(settled_before))
    return days[is_due].tolist()


def keep_latest(rows: pa.Table, table: Table) -> pa.Table:
    """Of each key the row of the greatest time; of equal times the one that arrived last.

    Withdrawn rows are kept besides: an older copy of what they withdraw may come yet.
    """
    rows = unique(rows, table)
    gone = find_withdrawn(rows)
    standing = np.flatnonzero(~gone)
    keys = batches.to_numpy(rows, table.key)[standing]
    is_last = np.ones(len(keys), dtype=bool)
    is_last[:-1] = keys[1:] != keys[:-1]
    is_kept = gone
    is_kept[standing[is_last]] = True
    return rows.filter(pa.array(is_kept))


def find_withdrawn(rows: pa.Table) -> NDArray[np.bool_]:
    """Where an observation was deleted; positions never are."""
    if "quality" not in rows.column_names:
        return np.zeros(rows.num_rows, dtype=bool)
    return is_withdrawn(batches.to_numpy(rows, "quality"))


def drop_withdrawn(rows: pa.Table) -> pa.Table:
    """Unique rows without those that were deleted."""
    gone = find_withdrawn(rows)
    return rows.filter(pa.array(~gone)) if gone.any() else rows


def checksum(rows: pa.Table) -> int:
    """A 64-bit sum over (datastream, time, result) of each row, the same in any order.

    Each row is mixed by splitmix64 before it is added, so that no two errors cancel out.
    """
    results = batches.to_numpy(rows, "result") + 0.0  # -0.0 becomes 0.0
    results = np.where(np.isnan(results), np.nan, results)  # one NaN of the many
    mixed = _mix(batches.to_numpy(rows, "datastream").astype(np.int64).view(np.uint64))
    mixed = _mix(mixed ^ batches.to_numpy(rows, "time").view(np.uint64))
    mixed = _mix(mixed ^ results.view(np.uint64))
    return int(mixed.sum(dtype=np.uint64))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
