"""The unsealed end of the journal, decoded once and kept while it is unsealed."""

import logging
import threading
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store import batches, layout
from ipudong.store.errors import JournalCorrupt
from ipudong.store.journal import Entry, Journal
from ipudong.store.tables import READING_TABLES, Table

LOG = logging.getLogger(__name__)

_READ_AT_ONCE = 64
_MERGE_BELOW_ROWS = 4_000_000


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Consecutive journal rows of one kind as one table."""

    last_id: int
    rows: pa.Table
    keys: NDArray[np.int32]
    times: NDArray[np.int64]
    arrivals: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tail:
    """The journal as it was at one moment."""

    chunks: dict[str, tuple[_Chunk, ...]]

    def select(
        self,
        table: Table,
        sealed: int,
        keys: NDArray[np.int64] | None,
        start_us: int | None,
        end_us: int | None,
    ) -> pa.Table:
        """Rows not sealed yet, of these keys in [start, end): sorted, unique, with arrival."""
        parts = [
            _pick(chunk, sealed, keys, start_us, end_us)
            for chunk in self.chunks.get(table.name, ())
            if chunk.last_id > sealed
        ]
        parts = [part for part in parts if part.num_rows]
        if not parts:
            return table.columns.empty_table()
        return layout.unique(pa.concat_tables(parts).combine_chunks(), table)


class JournalTail:
    """Follows a journal from where it was last read. Safe to share between threads.

    Rows are kept in chunks that merge as they grow alike, so there are few of them however small
    the commits, and no row is copied more than a logarithmic number of times.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._last_id = 0
        self._tail = Tail({})

    def refresh(self) -> Tail:
        """The journal as it is now. Read it before the lake: then nothing is missed between."""
        with self._lock:
            entries = self._read_new()
            first = self._journal.first()
            self._tail = Tail(
                {
                    name: _drop_trimmed(
                        _append(self._tail.chunks.get(name, ()), table, entries), first
                    )
                    for name, table in READING_TABLES.items()
                }
            )
            return self._tail

    def _read_new(self) -> list[Entry]:
        entries: list[Entry] = []
        while found := self._journal.read(self._last_id, _READ_AT_ONCE):
            entries += found
            self._last_id = found[-1].id
        return entries


def _append(chunks: tuple[_Chunk, ...], table: Table, entries: list[Entry]) -> tuple[_Chunk, ...]:
    decoded = [(entry.id, _decode(entry)) for entry in entries if entry.kind == table.name]
    whole = [(row_id, batch) for row_id, batch in decoded if batch is not None]
    if not whole:
        return chunks
    return _merge((*chunks, _chunk(whole[-1][0], layout.to_table(table, whole), table.key)), table)


def _decode(entry: Entry) -> pa.RecordBatch | None:
    try:
        return entry.decode()
    except JournalCorrupt as error:  # the next seal sets it aside
        LOG.error("history: journal row %s is damaged and left out: %s", entry.id, error)
        return None


def _chunk(last_id: int, rows: pa.Table, key: str) -> _Chunk:
    rows = rows.combine_chunks()
    columns = (batches.to_numpy(rows, name) for name in (key, "time", "arrival"))
    return _Chunk(last_id, rows, *columns)


def _merge(chunks: tuple[_Chunk, ...], table: Table) -> tuple[_Chunk, ...]:
    while len(chunks) > 1 and _should_merge(chunks[-2], chunks[-1]):
        rows = pa.concat_tables([chunks[-2].rows, chunks[-1].rows])
        chunks = (*chunks[:-2], _chunk(chunks[-1].last_id, rows, table.key))
    return chunks


def _should_merge(left: _Chunk, right: _Chunk) -> bool:
    both = left.rows.num_rows + right.rows.num_rows
    return both < _MERGE_BELOW_ROWS and left.rows.num_rows < 2 * right.rows.num_rows


def _drop_trimmed(chunks: tuple[_Chunk, ...], first: int | None) -> tuple[_Chunk, ...]:
    if first is None:
        return ()
    return tuple(chunk for chunk in chunks if chunk.last_id >= first)


def _pick(
    chunk: _Chunk,
    sealed: int,
    keys: NDArray[np.int64] | None,
    start_us: int | None,
    end_us: int | None,
) -> pa.Table:
    chosen = chunk.arrivals > sealed
    if start_us is not None:
        chosen &= chunk.times >= start_us
    if end_us is not None:
        chosen &= chunk.times < end_us
    if keys is not None:
        chosen &= np.isin(chunk.keys, keys)
    return chunk.rows if chosen.all() else chunk.rows.filter(pa.array(chosen))
