"""From frames to durable readings: one batch per commit, acknowledged only after fsync.

While the journal makes one batch durable, the frames that arrive meanwhile gather as columns and
become the next batch. Nothing is done per frame that can be done per batch: quality checks and
rules look at whole columns.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import pyarrow as pa
import structlog

from ipudong.city.sensing.changes import Changes
from ipudong.gateway import figures
from ipudong.gateway.columns import ColumnBuffer, Columns, PositionBuffer, Positions
from ipudong.store import batches

log = structlog.get_logger()

DEFAULT_BOUND_ROWS = 200_000

Done = Callable[[Exception | None], None]
# Sets the batch's quality column and says what the rules found; now_us is the time of receipt.
Judge = Callable[[Columns, int], Changes]
PositionJudge = Callable[[Positions, int], Changes]
Follower = Callable[[Columns, Sequence[Changes]], None]
PositionFollower = Callable[[Positions], None]

MAX_UNTOLD = 1000


class Committer(Protocol):
    """What the pipeline asks of `store.group_commit.GroupCommit`."""

    def submit_batch(self, kind: str, batch: pa.RecordBatch) -> "asyncio.Future[None]": ...


@dataclass(slots=True)
class _Judged:
    """One commit: what was taken in, judged."""

    columns: Columns
    positions: Positions | None


@dataclass(slots=True)
class _Group:
    buffer: ColumnBuffer = field(default_factory=ColumnBuffer)
    positions: PositionBuffer = field(default_factory=PositionBuffer)
    waiting: list[Done] = field(default_factory=list)


class Pipeline:
    """Gathers readings, has them judged, makes them durable, then tells who waits.

    `followers` (live state, alarms) see each batch only after it is durable. What the rules found
    in a batch the journal refused is told with the next one: the rules have seen it and would not
    find it again when the device sends again. Readings and positions taken in together are durable
    together. `now_us` is the wall clock. Use it from one loop.
    """

    def __init__(
        self,
        committer: Committer,
        *,
        judge: Judge,
        judge_positions: PositionJudge | None = None,
        followers: Sequence[Follower] = (),
        position_followers: Sequence[PositionFollower] = (),
        now_us: Callable[[], int],
        bound_rows: int = DEFAULT_BOUND_ROWS,
    ) -> None:
        self._committer = committer
        self._judge = judge
        self._judge_positions = judge_positions
        self._followers = tuple(followers)
        self._position_followers = tuple(position_followers)
        self._now_us = now_us
        self._bound_rows = bound_rows
        self._group = _Group()
        self._busy_rows = 0
        self._is_busy = False
        self._is_scheduled = False
        self._untold: list[Changes] = []
        self._room: list[Callable[[], None]] = []
        self._sources: list[Callable[[], None]] = []
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()
        self.last_error: Exception | None = None

    @property
    def buffer(self) -> ColumnBuffer:
        """Where the readings of a frame go; call `wait` after filling it."""
        return self._group.buffer

    @property
    def positions(self) -> PositionBuffer:
        """Where positions go; call `wait` after filling it."""
        return self._group.positions

    @property
    def waiting_rows(self) -> int:
        """Rows taken in and not yet durable."""
        return _count_rows(self._group) + self._busy_rows

    @property
    def is_full(self) -> bool:
        """Senders must pause: `on_room` calls them back."""
        # Asked for every read of every connection: without the detour over `waiting_rows`.
        group = self._group
        rows = len(group.buffer.datastreams) + len(group.positions)
        return rows + self._busy_rows >= self._bound_rows

    def wait(self, done: Done) -> None:
        """Have `done(error)` called once all that is in the buffer is durable, or was refused."""
        group = self._group
        group.waiting.append(done)
        if not self._is_busy and not self._is_scheduled:
            self._is_scheduled = True
            self._idle.clear()
            # Later in this tick: the other senders that are ready join the same batch.
            asyncio.get_running_loop().call_soon(self._flush)

    def wait_future(self) -> "asyncio.Future[None]":
        """Like `wait`, as a future."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def settle(error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self.wait(settle)
        return future

    def add_source(self, fill: Callable[[], None]) -> None:
        """Have `fill` put what it gathered into the buffers right before each commit: for doors
        that decode a whole commit's frames at once. It must not raise."""
        self._sources.append(fill)

    def on_room(self, resume: Callable[[], None]) -> None:
        """Have `resume` called once there is room again."""
        self._room.append(resume)

    async def drain(self) -> None:
        """Return once everything taken in so far is durable or was refused."""
        await self._idle.wait()

    def _flush(self) -> None:
        self._is_scheduled = False
        if self._is_busy:
            return
        if self._group.waiting:
            for fill in self._sources:
                fill()
        group, self._group = self._group, _Group()
        if not group.waiting:
            self._idle.set()
            return
        self._is_busy, self._busy_rows = True, _count_rows(group)
        if self._busy_rows:
            self._commit(group)
        else:
            self._finish(group, None)

    def _commit(self, group: _Group) -> None:
        started = time.perf_counter()
        try:
            judged = self._judge_group(group, self._now_us())
            durable = self._submit(judged)
        except Exception as error:  # nothing of this batch was kept, and nobody is told it was
            self._finish_commit(group, None, started, error)
            return
        durable.add_done_callback(
            lambda future: self._finish_commit(group, judged, started, future.exception())
        )

    def _judge_group(self, group: _Group, now_us: int) -> _Judged:
        columns, positions = group.buffer.to_columns(), None
        if len(columns):
            self._note_changes(self._judge(columns, now_us))
        if len(group.positions):
            positions = group.positions.to_positions()
            if self._judge_positions is not None:
                self._note_changes(self._judge_positions(positions, now_us))
        return _Judged(columns, positions)

    def _note_changes(self, changes: Changes) -> None:
        if changes and len(self._untold) < MAX_UNTOLD:
            self._untold.append(changes)

    def _submit(self, judged: _Judged) -> "asyncio.Future[Any]":
        """Both kinds are handed in within one turn: the journal takes them in one transaction."""
        ready = []
        if len(judged.columns):
            ready.append((batches.OBSERVATIONS, judged.columns.to_batch()))
        if judged.positions is not None:
            ready.append((batches.POSITIONS, judged.positions.to_batch()))
        futures = [self._committer.submit_batch(kind, batch) for kind, batch in ready]
        return futures[0] if len(futures) == 1 else asyncio.gather(*futures)

    def _finish_commit(
        self, group: _Group, judged: _Judged | None, started: float, error: BaseException | None
    ) -> None:
        failure = error if error is None or isinstance(error, Exception) else RuntimeError(error)
        self._count(self._busy_rows, started, failure)
        self._finish(group, failure)
        if failure is None and judged is not None:
            self._follow(judged)

    def _finish(self, group: _Group, failure: Exception | None) -> None:
        for done in group.waiting:
            try:
                done(failure)
            except Exception:  # one waiter's trouble is not another's
                figures.FAILED_STEPS.labels("acknowledge").inc()
                log.exception("acknowledge_failed")
        self._is_busy, self._busy_rows = False, 0
        self._release_room()
        self._flush()

    def _count(self, rows: int, started: float, error: Exception | None) -> None:
        figures.COMMITS.labels("failed" if error else "durable").inc()
        figures.JOURNAL_OK.set(error is None)
        if error is None:
            figures.COMMIT_SECONDS.observe(time.perf_counter() - started)
            figures.COMMIT_ROWS.observe(rows)
        if (error is None) != (self.last_error is None):
            log.warning("journal_state_changed", error=str(error) if error else None)
        self.last_error = error

    def _follow(self, judged: _Judged) -> None:
        untold, self._untold = self._untold, []
        steps = [partial(follower, judged.columns, untold) for follower in self._followers]
        if judged.positions is not None:
            steps += [partial(follow, judged.positions) for follow in self._position_followers]
        for step in steps:
            try:
                step()
            except Exception:  # the readings are durable whatever becomes of the live state
                figures.FAILED_STEPS.labels("follow").inc()
                log.exception("follower_failed")

    def _release_room(self) -> None:
        if self._room and self.waiting_rows < self._bound_rows // 2:
            room, self._room = self._room, []
            for resume in room:
                resume()


def _count_rows(group: _Group) -> int:
    return len(group.buffer) + len(group.positions)
