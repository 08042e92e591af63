"""One Delta table on local disk, written so that what was committed survives a power cut.

delta-rs commits atomically but syncs nothing. Here the data files are written and synced first,
then the commit names them, then the commit is synced. A torn last commit can therefore only be one
that nobody was told of, and is taken back when the next writer comes (`repair`).
"""

import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from ipudong.store import data_files, durability
from ipudong.store.errors import LakeNotWritten, LakeTooNew, LakeUnreadable
from ipudong.store.snapshot import Files, Snapshot, files_from_actions
from ipudong.store.tables import SCHEMA_VERSION, Table

LOG = logging.getLogger(__name__)

CHECKPOINT_EVERY = 50
_VERSION_KEY = "ipudong.schemaVersion"
_CONFIGURATION = {
    _VERSION_KEY: str(SCHEMA_VERSION),
    "delta.logRetentionDuration": "interval 7 days",
}
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Marks the store leaves in its tables; a snapshot carries their versions.
MARKS = ("journal", "observations", "retained")


def to_date(day: int) -> date:
    """The date of a day number since 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def to_day(day: date) -> int:
    """The day number since 1970-01-01 of a date."""
    return day.toordinal() - _EPOCH_ORDINAL


class DeltaFolder:
    """One table of the lake in its folder. Reading is safe between threads; write under a lock."""

    def __init__(
        self, root: Path, table: Table, at_step: Callable[[str], None] = lambda _: None
    ) -> None:
        self.root = root
        self.table = table
        self._at_step = at_step
        self._synced = -1  # the last version whose commit this process has synced
        self._log = root / "_delta_log"
        self._lock = threading.RLock()
        self._delta: DeltaTable | None = None
        self._snapshot: Snapshot | None = None
        self._log_changed_at = -1
        self._changed_days: dict[int, frozenset[int]] = {}

    def exists(self) -> bool:
        """True once the table was made."""
        return self._log.is_dir() and any(self._log.glob("*.json"))

    def create(self) -> None:
        """Make the table if it is not there, durably."""
        if self.exists():
            return
        DeltaTable.create(
            self.root,
            self.table.schema,
            mode="ignore",
            partition_by=["day"],
            name=self.table.name,
            configuration=_CONFIGURATION,
            raise_if_key_not_exists=False,
        )
        durability.sync_files(self._log.glob("*.json"), self.root)
        durability.sync(self.root.parent)

    def snapshot(self) -> Snapshot | None:
        """The newest version, None while the table does not exist. Cheap when nothing changed.

        Raises LakeTooNew when a newer iPudong has written the table, LakeUnreadable when what was
        there is gone or cannot be read.
        """
        with self._lock:
            try:
                if not self._is_fresh():
                    self._refresh()
            except (DeltaError, OSError) as error:
                raise LakeUnreadable(self.table.name, str(error)) from error
            return self._snapshot

    def write(self, rows: pa.Table) -> list[AddAction]:
        """Write sorted rows of one day into a new file, not yet synced nor part of the table.

        The rows have the table's columns and `day`, one value throughout.
        """
        if not rows.num_rows:
            return []
        day = rows.column("day")[0].as_py()
        relative = f"day={day.isoformat()}/{uuid.uuid4().hex}.parquet"
        path = self.root / relative
        try:
            path.parent.mkdir(exist_ok=True)  # but never the lake itself, if it was moved away
            data_files.write(rows.select(self.table.columns.names), path)
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            raise LakeNotWritten(self.table.name, str(error)) from error
        stats = json.dumps(data_files.stats(rows, self.table.key))
        now_ms = time.time_ns() // 1_000_000
        return [AddAction(relative, path.stat().st_size, {"day": str(day)}, now_ms, True, stats)]

    def commit(
        self,
        added: Iterable[AddAction] = (),
        removed: Files | None = None,
        *,
        marks: Mapping[str, int] | None = None,
        is_data_change: bool = True,
    ) -> int:
        """Make added files part of the table and removed ones not, durably; the new version.

        `marks` are set in the same commit, which is what makes sealing exactly once.
        """
        added = list(added)
        actions: list[AddAction | RemoveAction] = [_marked(add, is_data_change) for add in added]
        actions += _removals(removed, is_data_change) if removed is not None else []
        transactions = [Transaction(name, version) for name, version in (marks or {}).items()]
        with self._lock:
            try:
                durability.sync_files((self.root / add.path for add in added), self.root)
                self._get_delta().create_write_transaction(
                    actions,
                    "append",
                    self.table.schema,
                    ["day"],
                    commit_properties=CommitProperties(app_transactions=transactions),
                    post_commithook_properties=_NO_HOOKS,
                )
            except (DeltaError, OSError) as error:
                raise LakeNotWritten(self.table.name, str(error)) from error
            self._at_step(f"committed {self.table.name}")
            self.sync_log()
            return self._checkpoint_sometimes()

    def sync_log(self) -> None:
        """fsync every commit this process has not, and the folder that names them."""
        with self._lock:
            last = self._get_delta().version()
            commits = [self._commit_path(version) for version in range(self._synced + 1, last + 1)]
            durability.sync_files((path for path in commits if path.exists()), self.root)
            self._synced = last

    def list_changed_days(self, since: int, upto: int) -> set[int] | None:
        """Days that got rows in the versions (since, upto]; None when the log forgot them."""
        days: set[int] = set()
        for version in range(since + 1, upto + 1):
            if version not in self._changed_days:  # a commit never changes
                try:
                    text = self._commit_path(version).read_text()
                except FileNotFoundError:
                    return None
                self._changed_days[version] = _changed_days(text)
            days |= self._changed_days[version]
        return days

    def read(self, files: Files) -> pa.Table:
        """All rows of these files, in their order. Raises LakeUnreadable, which names the file."""
        schema = self.table.columns
        parts = [self._read_file(str(path)) for path in files.paths]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _read_file(self, path: str) -> pa.Table:
        try:
            return pq.read_table(
                str(self.root / path), partitioning=None, schema=self.table.columns
            )
        except (pa.ArrowException, OSError) as error:
            raise LakeUnreadable(self.table.name, f"{path}: {error}") from error

    def vacuum(self, keep_hours: int) -> int:
        """Delete files no version of the last hours uses; how many. Also trims the log."""
        with self._lock:
            delta = self._get_delta()
            gone = delta.vacuum(
                retention_hours=keep_hours,
                dry_run=False,
                enforce_retention_duration=False,
                full=True,
                post_commithook_properties=_NO_HOOKS,
            )
            self.sync_log()
            delta.cleanup_metadata()
        for folder in self.root.glob("day=*"):
            if not any(folder.iterdir()):
                folder.rmdir()
        durability.sync(self.root)
        return len(gone)

    def repair(self) -> list[str]:
        """Take back what a power cut left half-written at the end of the log; its names."""
        torn = [path for path in self._list_last_commit() if not _is_whole_commit(path)]
        pointer = self._log / "_last_checkpoint"
        torn += [
            path for path in self._log.glob("*.checkpoint.parquet") if not data_files.is_whole(path)
        ]
        if pointer.exists() and (torn or not _is_json(pointer)):
            torn.append(pointer)
        for path in torn:
            LOG.warning("lake: taking back half-written %s of table %s", path.name, self.table.name)
            path.unlink()
        return [path.name for path in torn]

    def _get_delta(self) -> DeltaTable:
        self.snapshot()
        if self._delta is None:
            raise LakeNotWritten(self.table.name, "the table was not made")
        return self._delta

    def _is_fresh(self) -> bool:
        if self._snapshot is None:
            return False
        # Two signs, because a folder's time is coarse and an old log may have been trimmed.
        if self._commit_path(self._snapshot.version + 1).exists():
            return False
        return self._log.stat().st_mtime_ns == self._log_changed_at

    def _refresh(self) -> None:
        if not self.exists():
            return
        changed_at = self._log.stat().st_mtime_ns
        if self._delta is None:
            delta = DeltaTable(self.root)
            self._check_version(delta)
            self._delta = delta
        else:
            self._delta.update_incremental()
        actions = pa.table(self._delta.get_add_actions(flatten=True))
        marks = {mark: self._delta.transaction_version(mark) for mark in MARKS}
        self._snapshot = Snapshot(
            self._delta.version(),
            files_from_actions(actions, self.table.key),
            {mark: version for mark, version in marks.items() if version is not None},
        )
        self._log_changed_at = changed_at

    def _check_version(self, delta: DeltaTable) -> None:
        found = int(delta.metadata().configuration.get(_VERSION_KEY) or 0)
        if found > SCHEMA_VERSION:
            raise LakeTooNew(self.table.name, found, SCHEMA_VERSION)

    def _checkpoint_sometimes(self) -> int:
        snapshot = self.snapshot()
        assert snapshot is not None  # noqa: S101 - something was just committed
        if snapshot.version % CHECKPOINT_EVERY == 0:
            self._get_delta().create_checkpoint()
            written = self._log.glob(f"{snapshot.version:020d}.checkpoint*")
            durability.sync_files([*written, self._log / "_last_checkpoint"], self.root)
        return snapshot.version

    def _commit_path(self, version: int) -> Path:
        return self._log / f"{version:020d}.json"

    def _list_last_commit(self) -> list[Path]:
        return sorted(self._log.glob("*.json"))[-1:]


def _marked(add: AddAction, is_data_change: bool) -> AddAction:
    return AddAction(
        add.path, add.size, add.partition_values, add.modification_time, is_data_change, add.stats
    )


def _removals(files: Files, is_data_change: bool) -> list[RemoveAction]:
    now_ms = time.time_ns() // 1_000_000
    return [
        RemoveAction(str(path), is_data_change, now_ms, int(size), {"day": str(to_date(int(day)))})
        for path, size, day in zip(files.paths, files.sizes, files.days, strict=True)
    ]


def _changed_days(commit: str) -> frozenset[int]:
    actions = (json.loads(line) for line in commit.splitlines() if line.strip())
    adds = (action["add"] for action in actions if "add" in action)
    return frozenset(
        to_day(date.fromisoformat(add["partitionValues"]["day"]))
        for add in adds
        if add["dataChange"]
    )


def _is_whole_commit(path: Path) -> bool:
    lines = path.read_bytes().splitlines()
    try:
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines)
    except ValueError:
        return False


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except ValueError:
        return False
