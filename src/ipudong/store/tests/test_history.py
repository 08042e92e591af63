"""History answers from lake and journal as if they were one table without repeats."""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import hypothesis.strategies as st
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from ipudong.store import batches, layout, quality
from ipudong.store.errors import LakeMissing, LakeUnreadable, StaleExpression
from ipudong.store.history import History, to_us
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NEW_YEAR_US = to_us(NEW_YEAR)
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


class Store:
    """A lake, its journal and a history over them."""

    def __init__(self, place: Path) -> None:
        self.journal = SqliteJournal(place / "journal.sqlite3")
        self.lake = Lake(place / "lake")
        self.history = History(self.lake, self.journal)

    def put(self, streams, minutes, results, marks=0) -> None:
        times = NEW_YEAR_US + np.asarray(minutes, dtype=np.int64) * MINUTE_US
        self.journal.append("observations", [batches.observations(streams, times, results, marks)])

    def seal(self) -> None:
        self.lake.seal(self.journal)


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path)
    yield store
    store.journal.close()


def as_dict(rows: pa.Table) -> dict[tuple[int, int], float]:
    keys = batches.to_numpy(rows, "datastream").tolist()
    minutes = ((batches.to_numpy(rows, "time") - NEW_YEAR_US) // MINUTE_US).tolist()
    found = dict(
        zip(zip(keys, minutes, strict=True), rows.column("result").to_pylist(), strict=True)
    )
    assert len(found) == rows.num_rows, "a reading came twice"
    return found


def test_an_empty_store_answers_with_no_rows(store: Store) -> None:
    assert store.history.read().schema.equals(batches.OBSERVATION_SCHEMA)
    assert store.history.read([1], NEW_YEAR).num_rows == 0
    assert store.history.run(store.history.observations([1])).num_rows == 0
    assert store.history.latest([1]).num_rows == 0
    assert store.history.count_and_checksum() == (0, 0)
    every = timedelta(hours=1)
    empty = store.history.aggregate([1], NEW_YEAR, NEW_YEAR + every, every)
    assert store.history.run(empty).num_rows == 0


def test_range_and_datastreams_are_honored_in_both_halves(store: Store) -> None:
    store.put([1, 2, 3], [0, 0, 0], [1.0, 2.0, 3.0])
    store.put([1, 2, 3], [1440, 1440, 1440], [4.0, 5.0, 6.0])
    store.seal()
    store.put([1, 2, 3], [1441, 1441, 1441], [7.0, 8.0, 9.0])
    start, end = NEW_YEAR + timedelta(days=1), NEW_YEAR_US + 1441 * MINUTE_US
    expected = {(1, 1440): 4.0, (3, 1440): 6.0}
    assert as_dict(store.history.read([3, 1], start, end)) == expected
    expression = store.history.observations([3, 1], start, end)
    assert as_dict(store.history.run(expression)) == expected
    assert store.history.read([], start, end).num_rows == 0
    assert store.history.run(store.history.observations([])).num_rows == 0


def test_quality_comes_back_as_it_went_in(store: Store) -> None:
    marks = np.arange(256, dtype=np.uint8)
    store.put(marks.astype(np.int32), np.zeros(256), np.zeros(256), marks)
    store.seal()
    rows = store.history.read()
    assert rows.schema.equals(batches.OBSERVATION_SCHEMA)
    standing = [mark for mark in range(256) if mark & 0x0F != quality.WITHDRAWN]
    assert rows.column("quality").to_pylist() == standing


def test_positions_are_read_like_observations(store: Store) -> None:
    first = batches.positions([1], [NEW_YEAR_US], [121.0], [31.0], status=[2**32 - 1])
    store.journal.append("positions", [first])
    store.seal()
    moved = batches.positions([1, 2], [NEW_YEAR_US + 1, NEW_YEAR_US], [121.1, 122.0], [31.1, 32.0])
    store.journal.append("positions", [moved])
    rows = store.history.read_positions()
    assert rows.schema.equals(batches.POSITION_SCHEMA)
    assert rows.column("lon").to_pylist() == [121.0, 121.1, 122.0]
    assert rows.column("status").to_pylist()[0] == 2**32 - 1
    assert store.history.latest_positions([1]).column("lon").to_pylist() == [121.1]
    assert store.history.run(store.history.positions([2])).num_rows == 1


def test_latest_finds_the_silent_the_late_and_none_after_the_instant(store: Store) -> None:
    store.put([1, 2, 3], [0, 0, 400 * 1440], [1.0, 2.0, 3.0])
    store.put([1], [100 * 1440], [1.5])
    store.seal()
    store.put([1, 4], [5, 7], [9.0, 4.0])  # late: the lake knows a later one of datastream 1
    latest = as_dict(store.history.latest([1, 2, 3, 4, 99]))
    assert latest == {(1, 144000): 1.5, (2, 0): 2.0, (3, 576000): 3.0, (4, 7): 4.0}
    before = NEW_YEAR + timedelta(days=50)
    assert as_dict(store.history.latest([1, 2, 3], before)) == {(1, 5): 9.0, (2, 0): 2.0}


def test_count_and_checksum_are_those_of_the_readings_in_any_order(store: Store) -> None:
    store.put([1, 2], [0, 1440], [1.0, 2.0])
    store.seal()
    store.put([1, 3], [0, 3], [1.5, float("nan")])
    times = np.array([3, 0, 1440]) * MINUTE_US + NEW_YEAR_US
    rows = batches.observations([3, 1, 2], times, [float("nan"), 1.5, 2.0])
    assert store.history.count_and_checksum() == (3, layout.checksum(rows))
    store.seal()
    assert store.history.count_and_checksum() == (3, layout.checksum(rows))
    assert store.history.count_and_checksum(NEW_YEAR, NEW_YEAR + timedelta(days=1))[0] == 2
    assert layout.checksum(rows.slice(0, 2)) != layout.checksum(rows.slice(1, 2))


def test_expressions_compose_and_go_stale(store: Store) -> None:
    store.put([1, 1, 2], [0, 1, 0], [1.0, 3.0, 10.0])
    store.seal()
    rows = store.history.observations()
    mean = rows.group_by("datastream").agg(mean=rows.result.mean()).order_by("datastream")
    assert store.history.run(mean).column("mean").to_pylist() == [2.0, 10.0]
    with pytest.raises(StaleExpression):
        History(store.lake, store.journal).run(rows)


@pytest.mark.parametrize("dialect", ["databricks", "datafusion", "trino"])
def test_expressions_are_not_bound_to_one_engine(store: Store, dialect: str) -> None:
    """Spark's SQL and two others can say them; running them there is the engine's part."""
    for result in (1.0, 2.0):
        store.put([1, 2], [0, 1440], [result, result])
        store.seal()
    store.lake.roll_up()
    store.put([1], [0], [3.0])
    day = timedelta(days=1)
    rows = store.history.observations([1], NEW_YEAR, NEW_YEAR + day)
    hours = store.history.aggregate([1, 2], NEW_YEAR, NEW_YEAR + 2 * day, timedelta(hours=1))
    for expression in (rows, hours):
        assert "observations_" in str(ibis.to_sql(expression, dialect=dialect))


def test_naive_instants_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.history.read([1], datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_only_files_that_can_hold_the_answer_are_read(store: Store) -> None:
    for day in range(4):
        store.put(range(10), [day * 1440] * 10, [0.0] * 10)
        store.put(range(100, 110), [day * 1440] * 10, [0.0] * 10)
        store.seal()
    part = store.history._plan("observations", [5], NEW_YEAR + timedelta(days=2), None)
    assert len(part.files) == 2
    assert len(store.history._plan("observations", [50], None, None).files) == 4
    assert len(store.history._plan("observations", [200], None, None).files) == 0


PLAIN_INTERVALS = """
    SELECT datastream,
           CAST(floor((epoch_us(time) // 1000000 - $offset) / $every) * $every + $offset AS BIGINT),
           count(*),
           count(*) FILTER (quality & 127 = 0),
           min(result) FILTER (quality & 127 = 0),
           avg(result) FILTER (quality & 127 = 0),
           max(result) FILTER (quality & 127 = 0),
           arg_max(result, time) FILTER (quality & 127 = 0)
    FROM read_parquet($place) WHERE epoch_us(time) >= $start AND epoch_us(time) < $end
    GROUP BY ALL ORDER BY ALL
"""


INTERVALS = [
    (timedelta(seconds=90), timedelta(0)),
    (timedelta(minutes=5), timedelta(0)),
    (timedelta(hours=1), timedelta(0)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(days=1), timedelta(0)),
    (timedelta(days=1), timedelta(hours=-8)),
    (timedelta(days=7), timedelta(hours=16)),
]


@pytest.mark.parametrize("state", ["journal", "lake", "rolled", "rolled and late", "mixed"])
def test_aggregates_equal_plain_sql_in_every_state_of_the_store(
    store: Store, tmp_path: Path, state: str
) -> None:
    chance = np.random.default_rng(7)
    count = 6000
    streams = chance.integers(1, 4, count)
    minutes = chance.permutation(9 * 1440)[:count]
    results = chance.normal(50, 20, count).round(2)
    marks = chance.choice([0, 0, 0, 0x80, 0x10, 4], count).astype(np.uint8)
    marks[streams == 3] = quality.SUSPECT  # one datastream without a single valid reading
    for half in (slice(0, 4000), slice(4000, 5000), slice(5000, None)):
        store.put(streams[half], minutes[half], results[half], marks[half])
        if state != "journal" and not (state == "mixed" and half.stop is None):
            store.seal()
        if (state == "rolled and late" and half.stop == 5000) or state == "mixed":
            store.lake.roll_up()
    if state == "rolled":
        store.lake.roll_up()
    pq.write_table(store.history.read(), tmp_path / "raw.parquet")
    start, end = NEW_YEAR_US + 3 * HOUR_US, NEW_YEAR_US + 8 * DAY_US + 100
    for every, offset in INTERVALS:
        rows = store.history.run(store.history.aggregate([1, 2, 3], start, end, every, offset))
        seconds = batches.to_numpy(rows, "time") // 1_000_000
        found = rows.set_column(1, "time", pa.array(seconds)).to_pylist()
        given = {
            "place": str(tmp_path / "raw.parquet"),
            "every": every // timedelta(seconds=1),
            "offset": offset // timedelta(seconds=1),
            "start": start,
            "end": end,
        }
        expected = duckdb.connect().execute(PLAIN_INTERVALS, given).fetchall()
        assert len(found) == len(expected)
        for mine, theirs in zip(found, expected, strict=True):
            expect_close(list(mine.values()), list(theirs))


def expect_close(mine: list, theirs: list) -> None:
    assert [value is None for value in mine] == [value is None for value in theirs]
    present = [value for value in theirs if value is not None]
    assert [value for value in mine if value is not None] == pytest.approx(present, rel=1e-12)


def test_days_rolled_up_are_read_from_the_roll_up_and_late_ones_are_not(store: Store) -> None:
    for day in range(5):
        store.put([1], [day * 1440], [1.0])
    store.seal()
    assert len(store.lake.roll_up()) == 6 - 1
    assert store.lake.roll_up() == []

    def raw_days() -> int:
        store.history._reader._paths.clear()
        hour = timedelta(hours=1)
        store.history.aggregate([1], NEW_YEAR, NEW_YEAR + timedelta(days=5), hour)
        by_table = store.history._reader._paths
        return sum(len(paths) for name, paths in by_table.items() if "_hour_" not in name)

    assert raw_days() == 0
    store.put([1], [1441], [5.0])
    store.seal()
    assert raw_days() > 0
    assert [day.day for day in store.lake.roll_up()] == [2]
    assert raw_days() == 0


def test_intervals_below_a_second_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        store.history.aggregate([1], 0, 1, timedelta(milliseconds=5))


READING = st.tuples(st.integers(0, 3), st.integers(0, 3 * 1440), st.integers(0, 99))
ACTION = st.one_of(
    st.lists(READING, min_size=1, max_size=5),
    st.sampled_from(["seal", "seal a little", "compact", "roll up", "vacuum", "reopen"]),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ACTION, max_size=12))
def test_whatever_happens_history_equals_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, actions: list
) -> None:
    place = tmp_path_factory.mktemp("store")
    store, model = Store(place), {}
    for action in actions:
        if isinstance(action, list):
            streams, minutes, results = zip(*action, strict=True)
            store.put(streams, minutes, [float(result) for result in results])
            for stream, minute, result in action:
                model[stream, minute] = float(result)
        elif action == "seal":
            store.seal()
        elif action == "seal a little":
            store.lake.seal(store.journal, max_rows=1)
        elif action == "compact":
            store.lake.compact_due(max_files=1)
        elif action == "roll up":
            store.lake.roll_up()
        elif action == "vacuum":
            store.lake.vacuum(keep_hours=0)
        elif action == "reopen":
            store.journal.close()
            store = Store(place)
        assert as_dict(store.history.read()) == model
    check_all_reads(store, model)
    store.journal.close()


def check_all_reads(store: Store, model: dict[tuple[int, int], float]) -> None:
    assert as_dict(store.history.run(store.history.observations())) == model
    newest = {stream: max(m for s, m in model if s == stream) for stream, _ in model}
    expected = {(stream, minute): model[stream, minute] for stream, minute in newest.items()}
    assert as_dict(store.history.latest([0, 1, 2, 3])) == expected
    span = NEW_YEAR, NEW_YEAR + timedelta(days=4)
    days = store.history.run(store.history.aggregate(None, *span, timedelta(days=1)))
    assert sum(days.column("count").to_pylist()) == len(model)
    sums = sum(row["count"] * row["mean"] for row in days.to_pylist())
    assert sums == pytest.approx(sum(model.values()))


def test_readers_never_miss_or_double_while_the_worker_seals(store: Store) -> None:
    """A writer appends numbered readings; each read must hold all acknowledged before it began."""
    acknowledged = 0
    failures: list[str] = []
    done = threading.Event()

    def write_and_seal() -> None:
        nonlocal acknowledged
        worker_lake = Lake(store.lake.root)
        worker_journal = SqliteJournal(store.journal.path)
        for number in range(80):
            store.put([1, 2], [number, number], [number, number])
            acknowledged = number + 1
            if number % 3 == 0:
                worker_lake.seal(worker_journal, max_rows=2)
            if number % 20 == 0:
                worker_lake.compact_due(max_files=2)
                worker_lake.vacuum(keep_hours=1)
        worker_journal.close()
        done.set()

    def read(lazily: bool) -> None:
        while not done.is_set() and not failures:
            least = acknowledged
            rows = (
                store.history.run(store.history.observations([1]))
                if lazily
                else store.history.read([1])
            )
            minutes = (batches.to_numpy(rows, "time") - NEW_YEAR_US) // MINUTE_US
            if sorted(minutes.tolist()) != list(range(len(minutes))) or len(minutes) < least:
                failures.append(f"{least} acknowledged, read {sorted(minutes.tolist())}")

    threads = [
        threading.Thread(target=write_and_seal),
        threading.Thread(target=read, args=(False,)),
        threading.Thread(target=read, args=(False,)),
        threading.Thread(target=read, args=(True,)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.history.read([1])) == 80


def _reads(history: History) -> list[Callable[[], object]]:
    hour = timedelta(hours=1)
    return [
        lambda: history.read([1]),
        lambda: history.latest([1]),
        lambda: history.run(history.observations([1])),
        lambda: history.run(history.aggregate([1], NEW_YEAR, NEW_YEAR + hour, hour)),
        history.count_and_checksum,
    ]


@pytest.mark.parametrize("is_warm", [True, False])
def test_a_lake_moved_away_is_said_and_not_passed_over(store: Store, is_warm: bool) -> None:
    store.put([1], [0], [1.0])
    store.seal()
    store.put([1], [1], [2.0])
    assert store.history.read([1]).num_rows == 2
    store.lake.root.rename(store.lake.root.with_name("elsewhere"))
    history = store.history if is_warm else History(Lake(store.lake.root), store.journal)
    for read in _reads(history):
        with pytest.raises(LakeMissing):
            read()
    store.lake.root.with_name("elsewhere").rename(store.lake.root)
    assert as_dict(history.read([1])) == {(1, 0): 1.0, (1, 1): 2.0}


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1 no more")])
def test_a_file_of_the_lake_gone_or_damaged_is_said(store: Store, damage) -> None:
    store.put([1], [0], [1.0])
    store.seal()
    for file in (store.lake.root / "observations").glob("day=*/*.parquet"):
        damage(file)
    for read in _reads(store.history):
        with pytest.raises(LakeUnreadable):
            read()


def test_a_log_of_the_lake_gone_is_said(store: Store) -> None:
    store.put([1], [0], [1.0])
    store.seal()
    assert store.history.read([1]).num_rows == 1
    shutil.rmtree(store.lake.root / "observations")
    with pytest.raises(LakeUnreadable):
        store.history.read([1])
