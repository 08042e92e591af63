"""The ingest pipeline: durable first, acknowledged afterwards."""

import asyncio
from array import array

import numpy as np
import pytest

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.gateway.columns import FIXED, Columns, Positions
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.tests.doubles import NOW_US, RecordingCommitter, judge_nothing
from ipudong.store.errors import JournalFull
from ipudong.store.group_commit import GroupCommit
from ipudong.store.journal import SqliteJournal
from ipudong.store.quality import OUT_OF_RANGE


def offer(pipeline: Pipeline, *results: float, datastream: int = 1) -> "asyncio.Future[None]":
    count = len(results)
    pipeline.buffer.append(
        array("i", [datastream] * count), array("q", [NOW_US] * count), results, bytes(count), True
    )
    return pipeline.wait_future()


@pytest.fixture
def committer() -> RecordingCommitter:
    return RecordingCommitter()


@pytest.fixture
def followed() -> list[tuple[list[float], int]]:
    return []


@pytest.fixture
async def pipeline(committer: RecordingCommitter, followed: list) -> Pipeline:
    def follow(columns: Columns, changes) -> None:
        followed.append((columns.result.tolist(), len(changes)))

    return Pipeline(
        committer, judge=judge_nothing, followers=[follow], now_us=lambda: NOW_US, bound_rows=10
    )


async def test_frames_of_one_tick_share_one_commit(pipeline, committer) -> None:
    await asyncio.gather(*(offer(pipeline, value) for value in (1.0, 2.0, 3.0)))
    assert [batch.num_rows for batch in committer.batches] == [3]


async def test_nobody_is_told_before_the_journal_is_durable(pipeline, committer, followed) -> None:
    committer.hold = asyncio.Event()
    waiting = offer(pipeline, 1.0)
    await asyncio.sleep(0.02)
    assert not waiting.done()
    assert followed == []
    committer.hold.set()
    await waiting
    assert followed == [([1.0], 0)]


async def test_what_arrives_during_a_commit_becomes_the_next_batch(pipeline, committer) -> None:
    committer.hold = asyncio.Event()
    first = offer(pipeline, 1.0)
    await asyncio.sleep(0.01)
    later = [offer(pipeline, value) for value in (2.0, 3.0)]
    committer.hold.set()
    await asyncio.gather(first, *later)
    assert [batch.num_rows for batch in committer.batches] == [1, 2]


async def test_a_refused_batch_is_not_followed_and_the_next_one_recovers(
    pipeline, committer, followed
) -> None:
    committer.error = JournalFull("journal.sqlite3", "database or disk is full")
    with pytest.raises(JournalFull):
        await offer(pipeline, 1.0)
    assert followed == []
    assert isinstance(pipeline.last_error, JournalFull)
    committer.error = None
    await offer(pipeline, 2.0)
    assert pipeline.last_error is None
    assert followed == [([2.0], 0)]


async def test_an_alarm_found_in_a_refused_batch_is_told_with_the_next(committer, followed) -> None:
    def judge(columns: Columns, now_us: int) -> Changes:
        event = AlarmEvent(1, 1, NOW_US, NOW_US, 9.0, 9.0)
        return Changes(raised=(event,) if columns.result[0] > 8 else ())

    told = []
    pipeline = Pipeline(
        committer, judge=judge, followers=[lambda _, c: told.extend(c)], now_us=lambda: NOW_US
    )
    committer.error = JournalFull("journal.sqlite3", "full")
    with pytest.raises(JournalFull):
        await offer(pipeline, 9.0)
    assert told == []
    committer.error = None
    await offer(pipeline, 1.0)
    assert [len(changes.raised) for changes in told] == [1]


async def test_the_judge_sees_whole_batches_and_its_marks_are_kept(committer) -> None:
    seen = []

    def judge(columns: Columns, now_us: int) -> Changes:
        seen.append(len(columns))
        columns.quality = columns.quality | np.uint8(OUT_OF_RANGE)
        return Changes()

    pipeline = Pipeline(committer, judge=judge, now_us=lambda: NOW_US)
    await asyncio.gather(offer(pipeline, 1.0, 2.0), offer(pipeline, 3.0))
    assert seen == [3]
    assert {row["quality"] for row in committer.rows()} == {OUT_OF_RANGE}


async def test_a_full_pipeline_says_so_and_calls_back_when_there_is_room(
    pipeline, committer
) -> None:
    committer.hold = asyncio.Event()
    waiting = offer(pipeline, *[1.0] * 10)
    assert pipeline.is_full
    called = asyncio.Event()
    pipeline.on_room(called.set)
    committer.hold.set()
    await waiting
    await asyncio.wait_for(called.wait(), 1)
    assert not pipeline.is_full


async def test_a_follower_that_fails_harms_neither_the_sender_nor_the_next_batch(committer) -> None:
    def fail(columns: Columns, changes) -> None:
        raise ValueError("broken follower")

    pipeline = Pipeline(committer, judge=judge_nothing, followers=[fail], now_us=lambda: NOW_US)
    await offer(pipeline, 1.0)
    await offer(pipeline, 2.0)
    assert len(committer.batches) == 2


async def test_a_wait_without_readings_is_answered_without_a_commit(pipeline, committer) -> None:
    await asyncio.wait_for(pipeline.wait_future(), 1)
    assert committer.batches == []


async def test_rows_reach_the_real_journal_as_they_were_sent(tmp_path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    commit = GroupCommit(journal)
    pipeline = Pipeline(commit, judge=judge_nothing, now_us=lambda: NOW_US)
    await asyncio.gather(offer(pipeline, 1.5, 2.5), offer(pipeline, 3.5, datastream=7))
    await pipeline.drain()
    await commit.close()
    rows = [row for entry in journal.read() for row in entry.decode().to_pylist()]
    journal.close()
    assert [(row["datastream"], row["result"]) for row in rows] == [(1, 1.5), (1, 2.5), (7, 3.5)]


def place(pipeline: Pipeline, *lons: float, thing: int = 7) -> "asyncio.Future[None]":
    count = len(lons)
    unknown = np.full(count, np.nan)
    pipeline.positions.extend(
        Positions(
            np.full(count, thing, np.int32),
            np.full(count, NOW_US, np.int64),
            np.array(lons),
            np.full(count, 31.2),
            unknown,
            unknown,
            unknown,
            np.full(count, FIXED, np.uint32),
        )
    )
    return pipeline.wait_future()


async def test_positions_and_readings_of_one_tick_are_one_journal_transaction(tmp_path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    committer = GroupCommit(journal)
    seen: list[tuple[str, int]] = []
    pipeline = Pipeline(
        committer,
        judge=judge_nothing,
        followers=[lambda columns, _: seen.append(("readings", len(columns)))],
        position_followers=[lambda positions: seen.append(("positions", len(positions)))],
        now_us=lambda: NOW_US,
    )
    await asyncio.gather(
        offer(pipeline, 1.0), place(pipeline, 121.5, 121.6), place(pipeline, 121.7)
    )
    entries = journal.read()
    assert [(entry.kind, entry.rows) for entry in entries] == [
        ("observations", 1),
        ("positions", 3),
    ]
    assert committer.stats().commits == 1
    assert entries[1].decode().column("lon").to_pylist() == [121.5, 121.6, 121.7]
    assert seen == [("readings", 1), ("positions", 3)]
    await committer.close()
    journal.close()


async def test_positions_alone_are_judged_and_what_is_found_is_told(committer) -> None:
    told = []
    event = AlarmEvent(1, 0, NOW_US, NOW_US, 9.0, 9.0, thing=7)
    pipeline = Pipeline(
        committer,
        judge=judge_nothing,
        judge_positions=lambda positions, now_us: Changes(raised=(event,)),
        followers=[lambda columns, changes: told.extend(changes)],
        now_us=lambda: NOW_US,
    )
    await place(pipeline, 121.5)
    assert [changes.raised for changes in told] == [(event,)]


async def test_a_refused_transaction_tells_both_kinds_of_senders(pipeline, committer) -> None:
    committer.error = JournalFull("journal.sqlite3", "full")
    outcomes = await asyncio.gather(
        offer(pipeline, 1.0), place(pipeline, 121.5), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [JournalFull, JournalFull]
