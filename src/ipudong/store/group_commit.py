"""Group commit: many senders wait, one fsync serves them all.

The event loop gathers columns while a thread of its own makes the previous group durable. No Arrow
object is made per frame: what arrives during one fsync becomes one batch per kind of the next.
"""

import asyncio
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from ipudong.store import batches
from ipudong.store.errors import BacklogFull, CommitterClosed, InvalidBatch
from ipudong.store.journal import Journal

DEFAULT_BOUND_ROWS = 500_000

Columns = Sequence[Sequence[Any] | np.ndarray]
Waiter = tuple["asyncio.Future[None]", int]  # who waits, for how many rows


class _Gathered:
    """Columns of several submissions, end to end, and who waits for each."""

    __slots__ = ("columns", "waiters")

    def __init__(self, width: int) -> None:
        self.columns: list[list[Any]] = [[] for _ in range(width)]
        self.waiters: list[Waiter] = []


@dataclass(slots=True)
class _Group:
    """Everything one transaction will hold, in the order it came, by kind."""

    parts: dict[str, list[_Gathered | tuple[pa.RecordBatch, Waiter]]] = field(default_factory=dict)
    rows: int = 0

    def waiters(self) -> list["asyncio.Future[None]"]:
        found: list[asyncio.Future[None]] = []
        for part in (part for parts in self.parts.values() for part in parts):
            waiters = part.waiters if isinstance(part, _Gathered) else [part[1]]
            found.extend(future for future, _ in waiters)
        return found


@dataclass(frozen=True, slots=True)
class CommitStats:
    """What a group commit has done since it began."""

    commits: int
    submissions: int
    rows: int
    failures: int
    waiting_rows: int


class GroupCommit:
    """The asyncio face of a journal. Use it from one event loop; `await close()` when done.

    Waiters get the journal's own error (JournalFull and so on) when their group failed; nothing of
    that group was kept, and the next one tries afresh. A submission that is not a batch of its kind
    gets InvalidBatch alone: its neighbours are committed.
    """

    def __init__(self, journal: Journal, *, bound_rows: int = DEFAULT_BOUND_ROWS) -> None:
        self._journal = journal
        self._bound_rows = bound_rows
        self._group = _Group()
        self._busy_rows = 0  # rows in the group the thread works on
        self._is_busy = False
        self._is_closed = False
        self._room: list[asyncio.Future[None]] = []
        self._work: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._commits = self._submissions = self._rows = self._failures = 0

    def submit(self, kind: str, *columns: Sequence[Any] | np.ndarray) -> "asyncio.Future[None]":
        """Hand in columns (schema order, equal lengths); the future resolves after fsync.

        The cheap way in: lists are copied, no Arrow object is made. Raises BacklogFull at once when
        the bound is reached (`await ready()` first), InvalidBatch when the lengths differ.
        """
        rows = len(columns[0])
        if len(columns) != len(batches.get_kind(kind).dtypes):
            raise InvalidBatch(kind, f"{len(columns)} columns given")
        for column in columns:
            if len(column) != rows:
                raise InvalidBatch(kind, "columns of unequal length")
        future = self._take_in(rows)
        parts = self._group.parts.setdefault(kind, [])
        if parts and isinstance(parts[-1], _Gathered):
            gathered = parts[-1]
        else:
            parts.append(gathered := _Gathered(len(columns)))
        for mine, column in zip(gathered.columns, columns, strict=True):
            mine.extend(column.tolist() if isinstance(column, np.ndarray) else column)
        gathered.waiters.append((future, rows))
        return future

    def submit_batch(self, kind: str, batch: pa.RecordBatch) -> "asyncio.Future[None]":
        """Hand in a ready batch; otherwise like `submit`."""
        batches.validate(kind, batch)
        future = self._take_in(batch.num_rows)
        self._group.parts.setdefault(kind, []).append((batch, (future, batch.num_rows)))
        return future

    async def commit(self, kind: str, batch: pa.RecordBatch) -> None:
        """Wait for room, hand the batch in, and return once it is durable."""
        await self.ready()
        await self.submit_batch(kind, batch)

    async def commit_columns(self, kind: str, *columns: Sequence[Any] | np.ndarray) -> None:
        """Like `commit`, from columns."""
        await self.ready()
        await self.submit(kind, *columns)

    async def ready(self) -> None:
        """Return once there is room below the bound: the back-pressure of a listener."""
        while self.waiting_rows >= self._bound_rows and not self._is_closed:
            room = asyncio.get_running_loop().create_future()
            self._room.append(room)
            await room

    @property
    def waiting_rows(self) -> int:
        """Rows handed in and not yet durable."""
        return self._group.rows + self._busy_rows

    def stats(self) -> CommitStats:
        """Counters since the beginning."""
        return CommitStats(
            self._commits, self._submissions, self._rows, self._failures, self.waiting_rows
        )

    async def close(self) -> None:
        """Commit what waits, then stop the thread. Later submissions raise CommitterClosed."""
        self._is_closed = True
        waiters = self._group.waiters()
        self._dispatch()
        while self.waiting_rows or self._is_busy:
            await asyncio.sleep(0.001)
        await asyncio.gather(*waiters, return_exceptions=True)
        self._release_room()
        if self._thread is not None:
            self._work.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _take_in(self, rows: int) -> "asyncio.Future[None]":
        if self._is_closed:
            raise CommitterClosed()
        if self.waiting_rows >= self._bound_rows:
            raise BacklogFull(self.waiting_rows, self._bound_rows)
        loop = self._loop or self._start()
        if not self._group.parts and not self._is_busy:
            loop.call_soon(self._dispatch)  # later in this tick: the other ready senders join
        self._group.rows += rows
        self._submissions += 1
        return loop.create_future()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()
        return self._loop

    def _dispatch(self) -> None:
        if self._is_busy or not self._group.parts:
            return
        group, self._group = self._group, _Group()
        self._is_busy, self._busy_rows = True, group.rows
        self._work.put(group)

    def _run(self) -> None:
        while (group := self._work.get()) is not None:
            outcome = self._make_durable(group)
            try:
                assert self._loop is not None  # noqa: S101 - the loop started this thread
                self._loop.call_soon_threadsafe(self._finish, group, *outcome)
            except RuntimeError:  # the loop is gone, and with it everyone who waited
                return

    def _make_durable(
        self, group: _Group
    ) -> tuple[Exception | None, dict["asyncio.Future[None]", Exception]]:
        refused: dict[asyncio.Future[None], Exception] = {}
        try:
            items = [(kind, _merge(kind, parts, refused)) for kind, parts in group.parts.items()]
            items = [(kind, batch) for kind, batch in items if batch.num_rows]
            if items:
                self._journal.append_mixed(items)
        except Exception as error:  # whoever waits must hear of any failure
            return error, refused
        return None, refused

    def _finish(
        self,
        group: _Group,
        error: Exception | None,
        refused: dict["asyncio.Future[None]", Exception],
    ) -> None:
        self._is_busy, self._busy_rows = False, 0
        self._commits += error is None
        self._failures += error is not None
        self._rows += group.rows if error is None else 0
        for future in group.waiters():
            if future.done():  # cancelled by whoever waited
                continue
            failure = refused.get(future, error)
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(failure)
        self._release_room()
        self._dispatch()

    def _release_room(self) -> None:
        room, self._room = self._room, []
        for future in room:
            if not future.done():
                future.set_result(None)


def _merge(
    kind: str,
    parts: list[_Gathered | tuple[pa.RecordBatch, Waiter]],
    refused: dict["asyncio.Future[None]", Exception],
) -> pa.RecordBatch:
    built: list[pa.RecordBatch] = []
    for part in parts:
        if isinstance(part, _Gathered):
            built.extend(_build(kind, part, refused))
        else:
            built.append(part[0])
    return batches.concat(kind, built)


def _build(
    kind: str, gathered: _Gathered, refused: dict["asyncio.Future[None]", Exception]
) -> list[pa.RecordBatch]:
    try:
        return [batches.build(kind, *gathered.columns)]
    except InvalidBatch:
        return _build_one_by_one(kind, gathered, refused)


def _build_one_by_one(
    kind: str, gathered: _Gathered, refused: dict["asyncio.Future[None]", Exception]
) -> list[pa.RecordBatch]:
    """Somebody's columns are wrong: find whose, so that only that sender hears of it."""
    built: list[pa.RecordBatch] = []
    start = 0
    for future, rows in gathered.waiters:
        columns = [column[start : start + rows] for column in gathered.columns]
        start += rows
        try:
            built.append(batches.build(kind, *columns))
        except InvalidBatch as error:
            refused[future] = error
    return built
