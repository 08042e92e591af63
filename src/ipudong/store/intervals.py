"""Aggregates over intervals, from roll-ups where they are up to date and readings elsewhere."""

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from ipudong.store import batches, quality
from ipudong.store.batches import OBSERVATIONS
from ipudong.store.lake import Lake
from ipudong.store.reading import Part, Reader, to_literal
from ipudong.store.snapshot import DAY_US, Files, Snapshot
from ipudong.store.tables import DAY, ROLLUP_COLUMNS, ROLLUP_INTERVALS, ROLLUP_TABLES

_US = timedelta(microseconds=1)
Range = tuple[int, int]


def aggregate(
    reader: Reader, keys: Any, start_us: int, end_us: int, every: timedelta, offset: timedelta
) -> Any:
    """See History.aggregate."""
    if (
        every < timedelta(seconds=1)
        or every % timedelta(seconds=1)
        or offset % timedelta(seconds=1)
    ):
        raise ValueError("intervals and offsets are whole seconds")
    part = reader.plan(OBSERVATIONS, keys, start_us, end_us)
    rollup = _choose_rollup(every, offset, reader.lake.utc_offset)
    snapshot = reader.lake.snapshot(rollup) if rollup else None
    parts = []
    ranges = [(start_us, end_us)]
    if rollup and snapshot and part.snapshot:
        shift_us = _shift_us(reader, rollup)
        clean = _list_clean_days(reader.lake, snapshot, part, part.snapshot, shift_us)
        ranges = _without(start_us, end_us, clean, shift_us)
        files = snapshot.files.take(np.isin(snapshot.files.days, clean))
        files = files.select(part.keys, None, None)
        if len(files):
            parts.append(_from_rollup(reader, rollup, part, files))
    if ranges or not parts:
        parts.append(_from_readings(reader, part, ranges))
    every_s, offset_s = every // timedelta(seconds=1), offset // timedelta(seconds=1)
    return _into_intervals(ibis.union(*parts) if len(parts) > 1 else parts[0], every_s, offset_s)


def _choose_rollup(every: timedelta, offset: timedelta, utc_offset: timedelta) -> str | None:
    """The coarsest roll-up whose intervals the wanted ones are made of."""
    coarse_first = sorted(ROLLUP_INTERVALS, key=ROLLUP_INTERVALS.__getitem__, reverse=True)
    for name in coarse_first:
        grain = ROLLUP_INTERVALS[name]
        shift = offset + utc_offset if name == DAY else offset
        if not every % grain and not shift % grain:
            return name
    return None


def _shift_us(reader: Reader, rollup: str) -> int:
    """How long after UTC midnight the roll-up's whole days begin."""
    return -(reader.lake.utc_offset // _US) % DAY_US if rollup == DAY else 0


def _list_clean_days(
    lake: Lake, rollup: Snapshot, part: Part, source: Snapshot, shift_us: int
) -> NDArray[np.int64]:
    """Partition days of the roll-up that lie in the range and miss none of its readings."""
    assert part.start_us is not None  # noqa: S101 - aggregates have both ends
    assert part.end_us is not None  # noqa: S101
    days = np.unique(rollup.files.days)
    starts = days * DAY_US + shift_us
    days = days[(starts >= part.start_us) & (starts + DAY_US <= part.end_us)]
    if not len(days):
        return days
    changed = lake.list_changed_days(rollup.transactions.get(OBSERVATIONS, -1), source)
    if changed is None:
        return days[:0]
    dirty = np.array(sorted(changed), dtype=np.int64)
    dirty = np.union1d(dirty, batches.to_numpy(part.tail, "time") // DAY_US)
    straddles = np.isin(days + 1, dirty) & bool(shift_us)
    return days[~np.isin(days, dirty) & ~straddles]


def _without(start_us: int, end_us: int, clean: NDArray[np.int64], shift_us: int) -> list[Range]:
    """The range less the clean days."""
    ranges: list[Range] = []
    for day in clean.tolist():
        day_us = day * DAY_US + shift_us
        if day_us > start_us:
            ranges.append((start_us, day_us))
        start_us = day_us + DAY_US
    return [*ranges, (start_us, end_us)] if start_us < end_us else ranges


def _from_rollup(reader: Reader, rollup: str, part: Part, files: Files) -> Any:
    table = ROLLUP_TABLES[rollup]
    rows = reader.refer(table, files)
    return rows if part.keys is None else rows.filter(rows.datastream.isin(part.keys.tolist()))


def _from_readings(reader: Reader, part: Part, ranges: list[Range]) -> Any:
    """Each reading as the roll-up of itself."""
    rows = reader.express(part)
    if ranges != [(part.start_us, part.end_us)]:
        rows = rows.filter(
            reduce(
                or_,
                [
                    (rows.time >= to_literal(start)) & (rows.time < to_literal(end))
                    for start, end in ranges
                ],
            )
        )
    is_valid = ((rows.quality & quality.INVALID_MASK) == 0) & ~rows.result.isnan()
    valid_result = ibis.ifelse(is_valid, rows.result, ibis.null("float64"))
    return rows.select(
        "datastream",
        "time",
        count=ibis.literal(1, type="int64"),
        valid_count=is_valid.cast("int64"),
        **dict.fromkeys(("min", "mean", "max", "last"), valid_result),
    )


def _into_intervals(rows: Any, every_s: int, offset_s: int) -> Any:
    seconds = rows.time.epoch_seconds().cast("int64") - offset_s
    # Rounded down by the remainder: division differs between engines for times before 1970.
    start_s = seconds - (seconds % every_s + every_s) % every_s + offset_s
    rows = rows.mutate(start=start_s.as_timestamp("s").cast("timestamp('UTC')"))
    weighted = (rows["mean"] * rows.valid_count).sum()
    summed = rows.group_by("datastream", time="start").agg(
        count=rows["count"].sum().cast("int64"),
        valid_count=rows.valid_count.sum().cast("int64"),
        min=rows["min"].min(),
        mean=weighted / rows.valid_count.sum().nullif(0),
        max=rows["max"].max(),
        last=rows["last"].argmax(rows.time, where=rows.valid_count > 0),
    )
    return summed.select(*ROLLUP_COLUMNS.names).order_by("datastream", "time")
