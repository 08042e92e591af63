"""The journal: batches made durable before a device is acknowledged.

One row per batch, in an SQLite file of its own. `append` returns after fsync; ids grow and are
never reused, so "everything up to id N" is a statement that stays true. The worker seals rows into
the lake and trims them; the portal reads them until then. All three may be different processes.
"""

import shutil
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import pyarrow as pa

from ipudong.store import batches
from ipudong.store.errors import (
    InvalidBatch,
    JournalBusy,
    JournalCorrupt,
    JournalError,
    JournalFull,
    JournalReadOnly,
)

BUSY_TIMEOUT_S = 10.0
# Measured (bench/journal.py): 16 KiB pages with a checkpoint each 32 MiB keep large batches within
# twice the time of a bare append + fdatasync without costing the small ones anything.
_PAGE_BYTES = 16_384
_OPEN_TRIES, _OPEN_PAUSE_S = 20, 0.05
_CHECKPOINT_PAGES = 2_048
_CACHE_KIB = 65_536  # a batch of megabytes must not spill from the cache before it commits

_TABLES = """
CREATE TABLE IF NOT EXISTS batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    rows INTEGER NOT NULL,
    appended_at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS quarantined_batch (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    rows INTEGER NOT NULL,
    appended_at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    payload BLOB NOT NULL,
    reason TEXT NOT NULL
) STRICT;
"""
_COLUMNS = "id, kind, rows, appended_at, checksum, payload"


def checksum(kind: str, rows: int, payload: bytes) -> int:
    """CRC-32 over what a journal row must keep."""
    return zlib.crc32(payload, zlib.crc32(f"{kind}:{rows}".encode()))


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row as stored, and in which file; `appended_at` in microseconds UTC."""

    path: str
    id: int
    kind: str
    rows: int
    appended_at: int
    checksum: int
    payload: bytes

    def decode(self) -> pa.RecordBatch:
        """The batch, verified; raises JournalCorrupt with the row's id."""
        if checksum(self.kind, self.rows, self.payload) != self.checksum:
            raise JournalCorrupt(self.path, "checksum differs", self.id)
        try:
            batch = batches.decode(self.kind, self.payload)
        except InvalidBatch as error:
            raise JournalCorrupt(self.path, str(error), self.id) from error
        if batch.num_rows != self.rows:
            raise JournalCorrupt(self.path, f"{batch.num_rows} rows, {self.rows} said", self.id)
        return batch


@dataclass(frozen=True, slots=True)
class JournalStats:
    """How much waits in the journal to be sealed."""

    batches: int
    rows: int
    payload_bytes: int
    oldest_age_s: float | None
    head: int
    quarantined: int


class Journal(Protocol):
    """What the store asks of a journal; SQLite is one, PostgreSQL can be another.

    Ids must become visible in their order: who has read up to id N never finds a lesser one later.
    """

    def append(self, kind: str, batch_list: Sequence[pa.RecordBatch]) -> list[int]: ...
    def append_mixed(self, items: Sequence[tuple[str, pa.RecordBatch]]) -> list[int]: ...
    def read(self, after: int = 0, limit: int = 1000) -> list[Entry]: ...
    def first(self) -> int | None: ...
    def head(self) -> int: ...
    def trim(self, upto: int) -> int: ...
    def quarantine(self, row_id: int, reason: str) -> None: ...
    def renumber(self, above: int) -> int: ...
    def stats(self) -> JournalStats: ...
    def close(self) -> None: ...


def _now_us() -> int:
    return time.time_ns() // 1000


class SqliteJournal:
    """A journal in one SQLite file (WAL, synchronous=FULL).

    Safe to share between threads. The file is opened at the first use and again after every error,
    so a full disk or a read-only mount heals without a restart. Every method raises JournalFull,
    JournalReadOnly, JournalBusy, JournalCorrupt or JournalError.
    """

    def __init__(self, path: Path | str, *, now_us: Callable[[], int] = _now_us) -> None:
        self.path = Path(path)
        self._now_us = now_us
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def append(self, kind: str, batch_list: Sequence[pa.RecordBatch]) -> list[int]:
        """Make these batches durable in one transaction; their ids, after fsync."""
        return self.append_mixed([(kind, batch) for batch in batch_list])

    def append_mixed(self, items: Sequence[tuple[str, pa.RecordBatch]]) -> list[int]:
        """Like `append`, for batches of several kinds in one transaction."""
        rows = [_to_row(kind, batches.validate(kind, batch), self._now_us) for kind, batch in items]
        with self._write() as connection:
            return [_insert(connection, row) for row in rows]

    def read(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """At most `limit` rows with a greater id, oldest first, not yet decoded."""
        query = f"SELECT {_COLUMNS} FROM batch WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
        with self._guarded() as connection:
            rows = connection.execute(query, (after, limit)).fetchall()
        return [Entry(str(self.path), *row) for row in rows]

    def first(self) -> int | None:
        """The oldest id still here, None when the journal is empty."""
        with self._guarded() as connection:
            return connection.execute("SELECT min(id) FROM batch").fetchone()[0]

    def head(self) -> int:
        """The greatest id ever given, trimmed or not; 0 before the first."""
        with self._guarded() as connection:
            return _head(connection)

    def trim(self, upto: int) -> int:
        """Forget the rows up to and including this id; how many there were."""
        with self._write() as connection:
            return connection.execute("DELETE FROM batch WHERE id <= ?", (upto,)).rowcount

    def quarantine(self, row_id: int, reason: str) -> None:
        """Set a damaged row aside, with its bytes, so that the rest goes on."""
        with self._write() as connection:
            copy = f"INSERT INTO quarantined_batch SELECT {_COLUMNS}, ? FROM batch WHERE id = ?"  # noqa: S608
            connection.execute(copy, (reason, row_id))
            connection.execute("DELETE FROM batch WHERE id = ?", (row_id,))

    def list_quarantined(self) -> list[tuple[int, str]]:
        """Ids and reasons of the rows set aside."""
        with self._guarded() as connection:
            return connection.execute(
                "SELECT id, reason FROM quarantined_batch ORDER BY id"
            ).fetchall()

    def renumber(self, above: int) -> int:
        """Move every row's id above this one, keeping their order; the new head.

        For a journal that is younger than its lake (the file was lost or put back from a copy):
        ids the lake has already sealed must not be given again.
        """
        with self._write() as connection:
            shift = above - (connection.execute("SELECT min(id) FROM batch").fetchone()[0] or 1) + 1
            if shift > 0:
                # SQLite checks uniqueness row by row: step over the old ids, then back.
                far = _head(connection) + shift
                connection.execute("UPDATE batch SET id = id + ?", (far,))
                connection.execute("UPDATE batch SET id = id - ?", (far - shift,))
                _set_head(connection, above)
            return _head(connection)

    def stats(self) -> JournalStats:
        """How many batches, rows and payload bytes wait, and how long the oldest has."""
        query = "SELECT count(*), total(rows), total(length(payload)), min(appended_at) FROM batch"
        with self._guarded() as connection:
            count, rows, size, oldest = connection.execute(query).fetchone()
            aside = connection.execute("SELECT count(*) FROM quarantined_batch").fetchone()[0]
            head = _head(connection)
        age_s = None if oldest is None else max(0.0, (self._now_us() - oldest) / 1e6)
        return JournalStats(count, int(rows), int(size), age_s, head, aside)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self.path)
                yield self._connection
            except sqlite3.Error as error:
                self._forget_connection()
                _raise_typed(self.path, error)
            except OSError as error:
                raise JournalReadOnly(self.path, str(error)) from error

    def _forget_connection(self) -> None:
        try:
            self.close()
        except sqlite3.Error:  # closing checkpoints, which a full disk refuses: nothing is lost
            self._connection = None


def _to_row(kind: str, batch: pa.RecordBatch, now_us: Callable[[], int]) -> tuple:
    payload = batches.encode(batch)
    return kind, batch.num_rows, now_us(), checksum(kind, batch.num_rows, payload), payload


def _insert(connection: sqlite3.Connection, row: tuple) -> int:
    query = "INSERT INTO batch (kind, rows, appended_at, checksum, payload) VALUES (?, ?, ?, ?, ?)"
    row_id = connection.execute(query, row).lastrowid
    assert row_id is not None  # noqa: S101 - an INSERT that did not raise has an id
    return row_id


def _head(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    return row[0] if row else 0


def _set_head(connection: sqlite3.Connection, at_least: int) -> None:
    top = connection.execute("SELECT coalesce(max(id), 0) FROM batch").fetchone()[0]
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'batch'")
    query = "INSERT INTO sqlite_sequence (name, seq) VALUES ('batch', ?)"
    connection.execute(query, (max(top, at_least),))


def _open(path: Path) -> sqlite3.Connection:
    """Open or make the file; two processes making it at once wait for each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(_OPEN_TRIES - 1):
        try:
            return _open_once(path)
        except sqlite3.OperationalError as error:
            if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
            time.sleep(_OPEN_PAUSE_S)  # the switch to WAL does not honor the busy time-out
    return _open_once(path)


def _open_once(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'batch'").fetchone():
            connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


_TYPED: dict[str, type[JournalError]] = {
    "SQLITE_FULL": JournalFull,
    "SQLITE_READONLY": JournalReadOnly,
    "SQLITE_CANTOPEN": JournalReadOnly,
    "SQLITE_PERM": JournalReadOnly,
    "SQLITE_BUSY": JournalBusy,
    "SQLITE_LOCKED": JournalBusy,
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def _raise_typed(path: Path, error: sqlite3.Error) -> NoReturn:
    name = getattr(error, "sqlite_errorname", "")
    reason = f"{name or type(error).__name__}: {error}"
    if name.startswith(_DAMAGED):
        raise JournalCorrupt(path, reason) from error
    if name.startswith("SQLITE_IOERR") and _free_bytes(path) < _PAGE_BYTES:
        raise JournalFull(path, reason) from error  # the WAL index could not grow
    for prefix, kind in _TYPED.items():
        if name.startswith(prefix):
            raise kind(path, reason) from error
    raise JournalError(path, reason) from error


def _free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return _PAGE_BYTES
