"""Group commit: one fsync for many, nobody pays for a neighbor."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from ipudong.store import batches
from ipudong.store.errors import BacklogFull, CommitterClosed, InvalidBatch, JournalFull
from ipudong.store.group_commit import GroupCommit
from ipudong.store.journal import SqliteJournal


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


def stored(journal: SqliteJournal, kind: str = "observations") -> list[tuple]:
    found = [entry.decode() for entry in journal.read() if entry.kind == kind]
    key = batches.get_kind(kind).key
    return [(row[key], row.get("result")) for row in batches.concat(kind, found).to_pylist()]


class ObstinateJournal(SqliteJournal):
    """Holds or fails every append until told otherwise."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_go = threading.Event()
        self.failure: Exception | None = None

    def append_mixed(self, items):
        self.may_go.wait(10)
        if self.failure:
            raise self.failure
        return super().append_mixed(items)


@pytest.fixture
def obstinate(tmp_path: Path):
    journal = ObstinateJournal(tmp_path / "obstinate.sqlite3")
    yield journal
    journal.close()


async def test_many_senders_share_few_commits_and_every_reading_is_there(journal) -> None:
    group = GroupCommit(journal)

    async def send(stream: int) -> None:
        for turn in range(20):
            await group.commit_columns("observations", [stream] * 8, range(8), [turn] * 8, [0] * 8)

    await asyncio.gather(*(send(stream) for stream in range(100)))
    await group.close()
    stats = group.stats()
    assert (stats.submissions, stats.rows, stats.failures) == (2000, 16_000, 0)
    assert stats.commits <= 100
    assert sum(entry.rows for entry in journal.read()) == 16_000


async def test_what_is_acknowledged_can_be_read_by_another_at_once(journal) -> None:
    group = GroupCommit(journal)
    await group.commit("observations", batches.observations([5], [1], [2.5]))
    other = SqliteJournal(journal.path)
    assert stored(other) == [(5, 2.5)]
    other.close()
    await group.close()


async def test_lists_arrays_and_batches_of_both_kinds_keep_their_order(journal) -> None:
    group = GroupCommit(journal)
    futures = [
        group.submit("observations", [1], [1], [1.0], [0]),
        group.submit_batch("observations", batches.observations([2], [1], [2.0])),
        group.submit("observations", np.array([3]), np.array([1]), np.array([3.0]), np.array([0])),
        group.submit_batch("positions", batches.positions([9], [1], [121.0], [31.0])),
    ]
    await asyncio.gather(*futures)
    await group.close()
    assert stored(journal) == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert stored(journal, "positions") == [(9, None)]
    assert group.stats().commits == 1


async def test_wrong_values_are_refused_to_their_sender_alone(journal) -> None:
    group = GroupCommit(journal)
    good = group.submit("observations", [1], [1], [1.0], [0])
    bad = group.submit("observations", [2, 2], [1, 2], [1.0, "x"], [0, 0])
    fine = group.submit("observations", [3], [1], [3.0], [0])
    with pytest.raises(InvalidBatch):
        group.submit("observations", [1], [1, 2], [1.0], [0])
    with pytest.raises(InvalidBatch):
        group.submit("rumors", [1], [1], [1.0], [0])
    await asyncio.gather(good, fine)
    with pytest.raises(InvalidBatch):
        await bad
    await group.close()
    assert stored(journal) == [(1, 1.0), (3, 3.0)]


async def test_a_disk_error_reaches_who_waited_and_the_next_commit_works(obstinate) -> None:
    group = GroupCommit(obstinate)
    obstinate.may_go.set()
    obstinate.failure = JournalFull(obstinate.path, "no room")
    futures = [group.submit("observations", [n], [1], [1.0], [0]) for n in range(3)]
    failures = await asyncio.gather(*futures, return_exceptions=True)
    assert all(isinstance(failure, JournalFull) for failure in failures)
    obstinate.failure = None
    await group.commit_columns("observations", [7], [1], [7.0], [0])
    await group.close()
    assert stored(obstinate) == [(7, 7.0)]
    assert (group.stats().failures, group.waiting_rows) == (1, 0)


async def test_a_full_backlog_makes_senders_wait_and_then_lets_them_in(obstinate) -> None:
    group = GroupCommit(obstinate, bound_rows=4)
    first = group.submit("observations", [1] * 4, range(4), [1.0] * 4, [0] * 4)
    with pytest.raises(BacklogFull):
        group.submit("observations", [2], [1], [1.0], [0])
    waiting = asyncio.create_task(group.commit_columns("observations", [3], [1], [3.0], [0]))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert group.waiting_rows == 4
    obstinate.may_go.set()
    await first
    await waiting
    await group.close()
    assert sum(entry.rows for entry in obstinate.read()) == 5


async def test_one_who_stops_waiting_does_not_disturb_the_others(obstinate) -> None:
    group = GroupCommit(obstinate)
    leaving = asyncio.create_task(group.commit_columns("observations", [1], [1], [1.0], [0]))
    staying = asyncio.create_task(group.commit_columns("observations", [2], [1], [2.0], [0]))
    await asyncio.sleep(0.05)
    leaving.cancel()
    obstinate.may_go.set()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await group.close()
    assert (2, 2.0) in stored(obstinate)


async def test_closing_commits_what_waits_and_refuses_what_comes_after(obstinate) -> None:
    group = GroupCommit(obstinate)
    futures = [group.submit("observations", [1], [1], [1.0], [0])]
    await asyncio.sleep(0.02)  # the first is with the thread, the second still gathers
    futures.append(group.submit("observations", [2], [1], [2.0], [0]))
    obstinate.may_go.set()
    await group.close()
    assert all(future.done() for future in futures)
    with pytest.raises(CommitterClosed):
        group.submit("observations", [3], [1], [3.0], [0])
    assert len(stored(obstinate)) == 2
