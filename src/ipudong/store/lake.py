"""The lake: sealed readings in Delta tables, one writer at a time, any number of readers.

Sealing is exactly once. The commit that brings readings into a table also carries the last journal
id they came from (a Delta application transaction), and the journal is trimmed only after that
commit is synced. A crash between any two steps leaves work that the next seal finishes or finds
done.
"""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
from deltalake.transaction import AddAction

from ipudong.store import batches, layout, rollups
from ipudong.store.batches import OBSERVATIONS
from ipudong.store.damage import Damage
from ipudong.store.delta import DeltaFolder, to_date, to_day
from ipudong.store.errors import (
    JournalCorrupt,
    LakeBusy,
    LakeMissing,
    LakeNotWritten,
)
from ipudong.store.journal import Journal
from ipudong.store.snapshot import DAY_US, Files, Snapshot
from ipudong.store.tables import (
    DAY,
    HOUR,
    MINUTE,
    READING_TABLES,
    ROLLUP_INTERVALS,
    TABLES,
)

LOG = logging.getLogger(__name__)

SEAL_ROWS = 2_000_000
LOCK_WAIT_S = 60.0
_READ_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SealReport:
    """What one seal did; `upto` is the last journal id trimmed, `is_drained` that none was left."""

    rows: int = 0
    upto: int = 0
    days: tuple[date, ...] = ()
    quarantined: tuple[int, ...] = ()
    is_drained: bool = True


@dataclass(frozen=True, slots=True)
class Retention:
    """Days each table keeps; None keeps for ever."""

    observations: int | None = None
    positions: int | None = None
    observations_minute: int | None = None
    observations_hour: int | None = None
    observations_day: int | None = None

    def __post_init__(self) -> None:
        # Late data makes a day's roll-ups be computed again, from what they are made of.
        raw, hour = self.observations, self.observations_hour
        if hour is not None and (raw is None or hour <= raw):
            raise ValueError("observations_hour must be kept longer than observations")


@dataclass(slots=True)
class _Taken:
    """Journal rows read for one seal."""

    tables: dict[str, list[tuple[int, pa.RecordBatch]]] = field(default_factory=dict)
    rows: int = 0
    upto: int = 0
    damaged: list[int] = field(default_factory=list)
    is_drained: bool = False


class Lake:
    """The tables under one folder.

    `utc_offset` places the day roll-up's midnight (whole hours; default China Standard Time).
    `at_step` is told the name of each step of a write before the next begins.
    """

    def __init__(
        self,
        root: Path | str,
        *,
        utc_offset: timedelta = timedelta(hours=8),
        at_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        if utc_offset % timedelta(hours=1):
            raise ValueError("utc_offset must be whole hours")
        self.root = Path(root)
        self.utc_offset = utc_offset
        self._at_step = at_step
        self._is_repaired = False
        self._folders = {
            name: DeltaFolder(self.root / name, table, at_step) for name, table in TABLES.items()
        }

    def snapshot(self, table: str) -> Snapshot | None:
        """The newest version of a table; None before the first write. Raises LakeTooNew."""
        return self._folders[table].snapshot()

    def path_of(self, table: str) -> Path:
        """The folder of a table; the paths of a snapshot's files start there."""
        return self._folders[table].root

    def check(self, journal: Journal) -> None:
        """Raises LakeMissing when the lake that the journal was sealed into is not there.

        Beginning another one would hide the readings of the first when it comes back.
        """
        if not self.root.is_dir() and journal.head() and journal.first() != 1:
            raise LakeMissing(self.root)

    def seal(self, journal: Journal, *, max_rows: int = SEAL_ROWS) -> SealReport:
        """Move the oldest journal rows (about `max_rows` readings) into the lake, exactly once.

        Damaged journal rows are set aside and named in the report. Raises LakeBusy, LakeTooNew,
        LakeMissing, LakeNotWritten or a journal error; whatever was not finished is done by the
        next seal.
        """
        self.check(journal)
        with self._writing():
            self._align(journal)
            taken = _take(journal, max_rows)
            self._at_step("read")
            days: set[date] = set()
            for kind, entries in taken.tables.items():
                days |= self._seal_table(kind, entries, taken.upto)
            for kind in READING_TABLES:  # an earlier seal may have died before its sync
                self._folders[kind].sync_log()
            self._at_step("synced")
            if taken.upto:
                journal.trim(taken.upto)
            self._at_step("trimmed")
        return SealReport(
            taken.rows, taken.upto, tuple(sorted(days)), tuple(taken.damaged), taken.is_drained
        )

    def compact(self, table: str, day: date) -> int:
        """Rewrite a day into few sorted files without repeats; how many files it replaced."""
        if not self.root.is_dir():
            return 0
        with self._writing():
            return self._compact(self._folders[table], to_day(day))

    def compact_due(self, *, max_files: int = 16, settled_before: date | None = None) -> list[date]:
        """Compact days in more than `max_files` files, and settled days in more than one.

        A day with an unreadable file is left as it is; LakeUnreadable names it once the others are
        done.
        """
        if not self.root.is_dir():
            return []
        compacted: list[date] = []
        damage = Damage()
        with self._writing():
            for name in READING_TABLES:
                folder = self._folders[name]
                for day in layout.list_due(self._files(name), max_files, settled_before):
                    with damage.noting(day):
                        self._compact(folder, day)
                        compacted.append(to_date(day))
        damage.tell()
        return compacted

    def roll_up(self) -> list[date]:
        """Bring minute, hour and day roll-ups up to date; the days computed (again).

        A day with an unreadable file keeps the roll-ups it had; LakeUnreadable names it once the
        others are done, and the next call tries it again.
        """
        if not self.root.is_dir():
            return []
        damage = Damage()
        with self._writing():
            source = self._folders[OBSERVATIONS].snapshot()
            if source is None:
                return []
            changed = {name: self._list_changed(name, source) for name in (MINUTE, HOUR, DAY)}
            self._roll_up_readings(source, changed, damage)
            self._roll_up_days(source, changed[DAY], damage)
        damage.tell()
        return [to_date(day) for day in sorted(set().union(*changed.values()))]

    def retain(self, policy: Retention, today: date) -> dict[str, int]:
        """Take days out of the tables that are older than the policy keeps; files by table."""
        if not self.root.is_dir():
            return {}
        removed: dict[str, int] = {}
        with self._writing():
            for name, folder in self._folders.items():
                kept_days = getattr(policy, name)
                if kept_days is not None:
                    removed[name] = _drop_before(folder, to_day(today) - kept_days)
        return removed

    def vacuum(self, *, keep_hours: int = 24) -> int:
        """Delete files that no version of the last hours uses; how many.

        A reader holding an older version than that fails, so keep an hour at least in service.
        """
        if not self.root.is_dir():
            return 0
        with self._writing():
            return sum(folder.vacuum(keep_hours) for folder in self._folders.values())

    def read_day(self, table: str, day: date) -> pa.Table:
        """All rows of a day, sorted by key and time, without repeats."""
        folder = self._folders[table]
        return _read_unique(folder, self._files(table).of_day(to_day(day)))

    def list_changed_days(self, since: int, source: Snapshot) -> set[int] | None:
        """Days (numbers since 1970) whose observations changed after version `since`.

        Days that retention has already cut into do not count: their roll-ups are all there is.
        None when the table's log no longer tells.
        """
        days = self._folders[OBSERVATIONS].list_changed_days(since, source.version)
        horizon = source.transactions.get("retained")
        if days is None or horizon is None:
            return days
        return {day for day in days if day >= horizon}

    def _files(self, table: str) -> Files:
        snapshot = self.snapshot(table)
        assert snapshot is not None  # noqa: S101 - writers make all tables first
        return snapshot.files

    def _align(self, journal: Journal) -> None:
        """A journal that is younger than the lake must not give ids the lake calls sealed."""
        sealed = max(self._sealed(kind) for kind in READING_TABLES)
        if (head := journal.head()) < sealed:
            LOG.warning("lake: journal is at %s but %s is sealed; renumbering it", head, sealed)
            journal.renumber(sealed)

    def _sealed(self, kind: str) -> int:
        snapshot = self.snapshot(kind)
        return snapshot.sealed if snapshot else 0

    def _seal_table(
        self, kind: str, entries: list[tuple[int, pa.RecordBatch]], upto: int
    ) -> set[date]:
        sealed = self._sealed(kind)
        fresh = [(row_id, batch) for row_id, batch in entries if row_id > sealed]
        if not fresh:
            return set()
        folder = self._folders[kind]
        rows = layout.unique(layout.to_table(folder.table, fresh), folder.table)
        added = [add for part in layout.split_by_day(rows) for add in folder.write(part)]
        self._at_step(f"wrote {kind}")
        folder.commit(added, marks={"journal": upto})
        self._at_step(f"sealed {kind}")
        return {date.fromisoformat(str(add.partition_values["day"])) for add in added}

    def _compact(self, folder: DeltaFolder, day: int) -> int:
        snapshot = folder.snapshot()
        files = snapshot.files.of_day(day) if snapshot else None
        if files is None or len(files) < 2:
            return 0
        rows = layout.with_day(_read_unique(folder, files))
        parts = layout.split_by_rows(rows, folder.table)
        added = [add for part in parts for add in folder.write(part)]
        self._at_step(f"wrote {folder.table.name}")
        folder.commit(added, files, is_data_change=False)
        return len(files)

    def _list_changed(self, rollup: str, source: Snapshot) -> set[int]:
        """Days with readings the roll-up has not seen and the lake still has whole."""
        snapshot = self.snapshot(rollup)
        done = snapshot.transactions.get(OBSERVATIONS, -1) if snapshot else -1
        days = self.list_changed_days(done, source)
        present = set(np.unique(source.files.days).tolist())
        return present if days is None else days & present

    def _roll_up_readings(
        self, source: Snapshot, changed: dict[str, set[int]], damage: Damage
    ) -> None:
        added: dict[str, list[AddAction]] = {MINUTE: [], HOUR: []}
        for day in sorted(changed[MINUTE] | changed[HOUR]):
            with damage.noting(day):
                rows = _read_unique(self._folders[OBSERVATIONS], source.files.of_day(day))
                for name in (MINUTE, HOUR):
                    if day in changed[name]:
                        interval_us = ROLLUP_INTERVALS[name] // timedelta(microseconds=1)
                        summary = layout.with_day(rollups.summarize(rows, interval_us))
                        added[name] += self._folders[name].write(summary)
        for name in (MINUTE, HOUR):
            self._replace(name, changed[name] - damage.days, added[name], source, damage)

    def _roll_up_days(self, source: Snapshot, changed: set[int], damage: Damage) -> None:
        """Local days straddle the partitions: each changed day touches one or two of them."""
        offset_us = -(self.utc_offset // timedelta(microseconds=1)) % DAY_US
        starts = changed | ({day - 1 for day in changed} if offset_us else set())
        hours = self._files(HOUR)
        added: list[AddAction] = []
        for day in sorted(starts):
            near = hours.take((hours.days == day) | (hours.days == day + 1))
            with damage.noting(day):
                rows = (
                    self._folders[HOUR]
                    .read(near)
                    .sort_by([("datastream", "ascending"), ("time", "ascending")])
                )
                summary = layout.with_day(rollups.combine(rows, DAY_US, offset_us))
                mine = batches.to_numpy(summary, "time") // DAY_US == day
                added += self._folders[DAY].write(summary.filter(pa.array(mine)))
        self._replace(DAY, starts - damage.days, added, source, damage)

    def _replace(
        self,
        name: str,
        days: set[int],
        added: list[AddAction],
        source: Snapshot,
        damage: Damage,
    ) -> None:
        snapshot = self.snapshot(name)
        assert snapshot is not None  # noqa: S101 - writers make all tables first
        if not days and (damage.days or snapshot.transactions.get(OBSERVATIONS) == source.version):
            return
        # Without the mark the next pass computes these days again, and those it could not read.
        marks = {} if damage.days else {OBSERVATIONS: source.version}
        old = snapshot.files.take(np.isin(snapshot.files.days, list(days)))
        self._at_step(f"wrote {name}")
        self._folders[name].commit([add for add in added if _day_of(add) in days], old, marks=marks)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lake's one writing lock; a killed holder lets go of it by dying."""
        with self._open_lock() as lock:
            _wait_for(lock.fileno())
            if not self._is_repaired:
                for folder in self._folders.values():
                    folder.repair()
                    folder.create()
                self._is_repaired = True
            yield

    def _open_lock(self) -> TextIO:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            return (self.root / ".writer.lock").open("w")
        except OSError as error:
            raise LakeNotWritten(".writer.lock", str(error)) from error


def _day_of(added: AddAction) -> int:
    return to_day(date.fromisoformat(str(added.partition_values["day"])))


def _wait_for(lock: int) -> None:
    give_up_at = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise LakeBusy(waited_s=LOCK_WAIT_S) from None
            time.sleep(0.02)


def _take(journal: Journal, max_rows: int) -> _Taken:
    taken = _Taken()
    while taken.rows < max_rows:
        entries = journal.read(taken.upto, _READ_AT_ONCE)
        if not entries:
            taken.is_drained = True
            break
        for entry in entries:
            taken.upto = entry.id
            try:
                batch = entry.decode()
            except JournalCorrupt as error:
                LOG.error("lake: journal row %s is damaged and set aside: %s", entry.id, error)
                journal.quarantine(entry.id, str(error))
                taken.damaged.append(entry.id)
                continue
            taken.tables.setdefault(entry.kind, []).append((entry.id, batch))
            taken.rows += batch.num_rows
    return taken


def _drop_before(folder: DeltaFolder, horizon: int) -> int:
    snapshot = folder.snapshot()
    assert snapshot is not None  # noqa: S101 - writers make all tables first
    old = snapshot.files.take(snapshot.files.days < horizon)
    if len(old):
        before = snapshot.transactions.get("retained", horizon)
        folder.commit((), old, marks={"retained": max(horizon, before)})
    return len(old)


def _read_unique(folder: DeltaFolder, files: Files) -> pa.Table:
    rows = folder.read(files)
    return rows if len(files) < 2 else layout.unique(rows, folder.table)
