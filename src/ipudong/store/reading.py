"""One read of the store: which files, which journal rows, and how to make one answer of them."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store import batches, layout
from ipudong.store.engine import Engine
from ipudong.store.journal import Journal
from ipudong.store.journal_tail import JournalTail
from ipudong.store.lake import Lake
from ipudong.store.quality import SOURCE_MASK, WITHDRAWN
from ipudong.store.snapshot import Files, Snapshot
from ipudong.store.tables import READING_TABLES, Table

Keys = Sequence[int] | NDArray[Any] | None

_EXPRESSIONS_KEPT = 512


@dataclass(frozen=True, slots=True)
class Part:
    """What one read needs: files of the lake (of one snapshot) and rows of the journal."""

    table: Table
    keys: NDArray[np.int64] | None
    start_us: int | None
    end_us: int | None
    files: Files | None
    tail: pa.Table
    snapshot: Snapshot | None

    def may_repeat(self) -> bool:
        """True when the same (key, time) may be there twice."""
        if not self.files:
            return False  # the journal's rows were made unique when they were picked
        if not self.files.is_unique():
            return True
        if not self.tail.num_rows:
            return False
        return int(batches.to_numpy(self.tail, "time").min()) <= int(self.files.time_max.max())


class Reader:
    """Plans reads and carries them out. Safe to share between threads."""

    def __init__(self, lake: Lake, journal: Journal, engine: Engine) -> None:
        self.lake = lake
        self._journal = journal
        self._tail = JournalTail(journal)
        self._engine = engine
        self._paths: OrderedDict[str, list[str]] = OrderedDict()
        self._lock = threading.Lock()

    def plan(self, name: str, keys: Keys, start_us: int | None, end_us: int | None) -> Part:
        """What a read of this table, of these keys in [start, end), needs.

        Raises LakeMissing or LakeUnreadable: the journal's rows alone would pass for all there is.
        """
        table = READING_TABLES[name]
        wanted = None if keys is None else np.unique(np.asarray(keys, dtype=np.int64))
        tail = self._tail.refresh()  # before the lake, see history
        self.lake.check(self._journal)
        snapshot = self.lake.snapshot(name)
        rows = tail.select(table, snapshot.sealed if snapshot else 0, wanted, start_us, end_us)
        files = snapshot.files.select(wanted, start_us, end_us) if snapshot else None
        return Part(table, wanted, start_us, end_us, files, rows, snapshot)

    def rows(self, part: Part) -> pa.Table:
        """The rows of a plan, sorted and unique, with arrival."""
        found = self.scan(part)
        if not part.tail.num_rows and not part.may_repeat() and _is_sorted(found, part.table):
            return layout.drop_withdrawn(found)
        rows = layout.unique(pa.concat_tables([found, part.tail]), part.table)
        return layout.drop_withdrawn(rows)

    def scan(self, part: Part) -> pa.Table:
        """The rows a plan's files hold, in file order, not yet unique."""
        columns = part.table.columns
        if not part.files or (part.keys is not None and not len(part.keys)):
            return columns.empty_table()
        return self._engine.scan(
            self._paths_of(part.table.name, part.files),
            columns,
            part.table.key,
            part.keys,
            part.start_us,
            part.end_us,
        )

    def express(self, part: Part) -> Any:
        """The plan as an Ibis table with the table's columns."""
        parts = []
        if part.files:
            parts.append(self._filter(self.refer(part.table, part.files), part))
        if part.tail.num_rows or not parts:
            parts.append(in_memory(part.tail))
        rows = parts[0] if len(parts) == 1 else ibis.union(*parts)
        rows = _newest(rows, part.table) if part.may_repeat() else rows
        return _standing(rows) if "quality" in part.table.columns.names else rows

    def refer(self, table: Table, files: Files) -> Any:
        """An unbound Ibis table that stands for these files."""
        name = f"{table.name}_{uuid4().hex}"
        with self._lock:
            self._paths[name] = self._paths_of(table.name, files)
            while len(self._paths) > _EXPRESSIONS_KEPT:
                self._paths.popitem(last=False)
        return ibis.table(ibis.Schema.from_pyarrow(_nullable(table.columns)), name=name)

    def run(self, expression: Any) -> pa.Table:
        """The rows of an expression over referred tables."""
        with self._lock:
            paths = dict(self._paths)
        return self._engine.run(expression, paths)

    def _filter(self, rows: Any, part: Part) -> Any:
        conditions = []
        if part.keys is not None:
            key = rows[part.table.key]
            # Bounds besides the list, because statistics prune by bounds.
            conditions.append(key.isin(part.keys.tolist()))
            if len(part.keys):
                conditions.append(key.between(int(part.keys[0]), int(part.keys[-1])))
        if part.start_us is not None:
            conditions.append(rows.time >= to_literal(part.start_us))
        if part.end_us is not None:
            conditions.append(rows.time < to_literal(part.end_us))
        return rows.filter(*conditions) if conditions else rows

    def _paths_of(self, table: str, files: Files) -> list[str]:
        root = self.lake.path_of(table)
        return [str(root / path) for path in files.paths]


def within(part: Part, files: Files, keys: NDArray[np.int64]) -> Part:
    """The same plan for fewer files and keys."""
    return replace(part, files=files, keys=keys)


def in_memory(rows: pa.Table) -> Any:
    """An Ibis table of these rows, with the types `refer` gives."""
    return ibis.memtable(rows.cast(_nullable(rows.schema)))


def _nullable(columns: pa.Schema) -> pa.Schema:
    """Ibis tells nullable types from others and unites only equal ones."""
    return pa.schema([field.with_nullable(True) for field in columns])


def to_literal(microseconds: int) -> Any:
    """The instant as an Ibis literal."""
    return ibis.literal(np.datetime64(microseconds, "us").item(), type="timestamp('UTC')")


def _newest(rows: Any, table: Table) -> Any:
    """Of equal (key, time) the row that arrived last."""
    others = [name for name in table.columns.names if name not in (table.key, "time")]
    grouped = rows.group_by([table.key, "time"])
    newest = grouped.agg(**{name: rows[name].argmax(rows.arrival) for name in others})
    return newest.select(*table.columns.names)


def _standing(rows: Any) -> Any:
    """The rows that were not withdrawn."""
    return rows.filter((rows.quality & SOURCE_MASK) != WITHDRAWN)


def _is_sorted(rows: pa.Table, table: Table) -> bool:
    keys, times = batches.to_numpy(rows, table.key), batches.to_numpy(rows, "time")
    steps = np.diff(keys)
    return bool(((steps > 0) | ((steps == 0) & (np.diff(times) > 0))).all())
