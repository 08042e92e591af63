"""History: what was measured, from the lake and the unsealed journal as one, each reading once.

The journal is read before the lake. A reading is trimmed from the journal only after the lake has
it, so none can be missed in between; those seen in both are told apart by the sealed mark the
lake's version carries.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from ipudong.store import batches, intervals, layout
from ipudong.store.batches import OBSERVATIONS, POSITIONS
from ipudong.store.engine import ENGINES, Engine
from ipudong.store.journal import Journal
from ipudong.store.lake import Lake
from ipudong.store.reading import Keys, Reader, within
from ipudong.store.snapshot import DAY_US

Instant = datetime | int

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(instant: Instant) -> int:
    """Microseconds since 1970 of an aware datetime (or of such a number itself)."""
    if isinstance(instant, datetime):
        if instant.tzinfo is None:
            raise ValueError("instants need a time zone")
        return (instant - _EPOCH) // timedelta(microseconds=1)
    return int(instant)


class History:
    """Reads of observations and positions. Safe to share between threads.

    Instants are aware datetimes or microseconds; ranges are [start, end); None leaves an end open,
    and None for the datastreams means all of them. Every read raises LakeMissing or LakeUnreadable
    when the lake is not there or cannot be read, rather than answer from the journal alone.
    """

    def __init__(self, lake: Lake, journal: Journal, engine: str | Engine = "duckdb") -> None:
        chosen: Engine = ENGINES[engine]() if isinstance(engine, str) else engine
        self._reader = Reader(lake, journal, chosen)

    def read(
        self, datastreams: Keys = None, start: Instant | None = None, end: Instant | None = None
    ) -> pa.Table:
        """Observations at once: a table of OBSERVATION_SCHEMA, sorted by datastream and time."""
        rows = self._reader.rows(self._plan(OBSERVATIONS, datastreams, start, end))
        return _as_batch_columns(rows, batches.OBSERVATION_SCHEMA)

    def read_positions(
        self, things: Keys = None, start: Instant | None = None, end: Instant | None = None
    ) -> pa.Table:
        """Positions at once: a table of POSITION_SCHEMA, sorted by thing and time."""
        rows = self._reader.rows(self._plan(POSITIONS, things, start, end))
        return _as_batch_columns(rows, batches.POSITION_SCHEMA)

    def latest(self, datastreams: Sequence[int], before: Instant | None = None) -> pa.Table:
        """The last observation of each datastream (before an instant), where there is one."""
        return _as_batch_columns(
            self._latest(OBSERVATIONS, datastreams, before), batches.OBSERVATION_SCHEMA
        )

    def latest_positions(self, things: Sequence[int], before: Instant | None = None) -> pa.Table:
        """The last position of each thing (before an instant), where there is one."""
        return _as_batch_columns(self._latest(POSITIONS, things, before), batches.POSITION_SCHEMA)

    def count_and_checksum(
        self, start: Instant | None = None, end: Instant | None = None
    ) -> tuple[int, int]:
        """How many observations there are, and layout.checksum of them, whatever their order."""
        part = self._plan(OBSERVATIONS, None, start, end)
        days = np.unique(batches.to_numpy(part.tail, "time") // DAY_US)
        if part.files is not None:
            days = np.union1d(days, part.files.days)
        count = total = 0
        for day in days.tolist():  # a day at a time, so that any lake fits in memory
            first, last = day * DAY_US, (day + 1) * DAY_US
            rows = self._reader.rows(
                self._reader.plan(
                    OBSERVATIONS,
                    None,
                    first if part.start_us is None else max(first, part.start_us),
                    last if part.end_us is None else min(last, part.end_us),
                )
            )
            count += rows.num_rows
            total += layout.checksum(rows)
        return count, total % 2**64

    def observations(
        self, datastreams: Keys = None, start: Instant | None = None, end: Instant | None = None
    ) -> Any:
        """An Ibis table (datastream, time, result, quality int16), unsorted. Give it to `run`.

        It stands for what was there when it was made: run it within minutes.
        """
        part = self._plan(OBSERVATIONS, datastreams, start, end)
        return self._reader.express(part).drop("arrival")

    def positions(
        self, things: Keys = None, start: Instant | None = None, end: Instant | None = None
    ) -> Any:
        """An Ibis table of positions (columns of POSITION_SCHEMA, status int64), unsorted."""
        return self._reader.express(self._plan(POSITIONS, things, start, end)).drop("arrival")

    def aggregate(
        self,
        datastreams: Keys,
        start: Instant,
        end: Instant,
        every: timedelta,
        offset: timedelta = timedelta(0),
    ) -> Any:
        """An Ibis table of intervals, sorted: datastream, time (its start), count, valid_count,
        min, mean, max, last; these four of valid readings only, null where there is none.

        `every` is whole seconds; intervals start at multiples of it plus `offset` since 1970 UTC
        (days of China: every=1 day, offset=-8 h). Whole days whose roll-up is up to date are taken
        from it, the rest from the readings; the answer is the same.
        """
        return intervals.aggregate(
            self._reader, datastreams, to_us(start), to_us(end), every, offset
        )

    def run(self, expression: Any) -> pa.Table:
        """The rows of an expression made by this history. Raises StaleExpression."""
        return self._reader.run(expression)

    def _plan(self, table: str, keys: Keys, start: Instant | None, end: Instant | None) -> Any:
        start_us = None if start is None else to_us(start)
        end_us = None if end is None else to_us(end)
        return self._reader.plan(table, keys, start_us, end_us)

    def _latest(self, table: str, keys: Sequence[int], before: Instant | None) -> pa.Table:
        """Newest days first, then ever more of them for whoever has been silent for long."""
        part = self._plan(table, keys, None, before)
        found = layout.keep_latest(part.tail, part.table)
        files, open_keys, look_back = part.files, part.keys, 2
        while files and len(open_keys):
            oldest = int(files.days.max()) - look_back
            rows = self._reader.scan(within(part, files.take(files.days > oldest), open_keys))
            found = layout.keep_latest(pa.concat_tables([found, rows]), part.table)
            # Settled is who was heard in the days read: a late journal row may be older than them.
            is_settled = batches.to_numpy(found, "time") >= (oldest + 1) * DAY_US
            is_settled &= ~layout.find_withdrawn(found)
            settled = batches.to_numpy(found, part.table.key)[is_settled]
            open_keys = np.setdiff1d(open_keys, settled)
            files = files.take(files.days <= oldest)
            look_back *= 4
        return layout.drop_withdrawn(found)


def _as_batch_columns(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    return rows.drop_columns(["arrival"]).cast(schema)
