"""The lake takes each journaled reading exactly once and keeps it readable and small."""

import contextlib
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from ipudong.store import batches, durability, tables
from ipudong.store.delta import DeltaFolder
from ipudong.store.errors import LakeBusy, LakeNotWritten, LakeTooNew, LakeUnreadable
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake, Retention

NEW_YEAR_US = 1_767_225_600_000_000  # 2026-01-01T00:00Z
MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def append(journal: SqliteJournal, *readings: tuple[int, int, float]) -> None:
    """Each reading is (datastream, minutes since new year, result)."""
    streams, minutes, results = zip(*readings, strict=True)
    times = [NEW_YEAR_US + minute * MINUTE_US for minute in minutes]
    journal.append("observations", [batches.observations(streams, times, results)])


def rows_of(lake: Lake, journal: SqliteJournal) -> list[tuple[int, int, float]]:
    found = History(lake, journal).read()
    return [
        (
            row["datastream"],
            (int(row["time"].timestamp()) * 10**6 - NEW_YEAR_US) // MINUTE_US,
            row["result"],
        )
        for row in found.to_pylist()
    ]


def test_sealing_moves_readings_from_the_journal_into_their_own_days(lake, journal) -> None:
    append(journal, (2, 1, 2.0), (1, 1, 1.0), (1, 1440, 3.0))
    report = lake.seal(journal)
    assert (report.rows, report.upto, report.is_drained) == (3, 1, True)
    assert report.days == (NEW_YEAR, date(2026, 1, 2))
    assert journal.read() == []
    assert lake.snapshot("observations").sealed == 1
    assert rows_of(lake, journal) == [(1, 1, 1.0), (1, 1440, 3.0), (2, 1, 2.0)]


def test_another_delta_reader_sees_the_same_rows(lake, journal) -> None:
    append(journal, (2, 1, 2.0), (1, 1440, 3.0))
    journal.append("positions", [batches.positions([9], [NEW_YEAR_US], [121.5], [31.2])])
    lake.seal(journal)
    table = DeltaTable(lake.path_of("observations")).to_pyarrow_table()
    found = sorted((row["day"], row["datastream"], row["result"]) for row in table.to_pylist())
    assert found == [(NEW_YEAR, 2, 2.0), (date(2026, 1, 2), 1, 3.0)]
    positions = DeltaTable(lake.path_of("positions")).to_pyarrow_table()
    assert positions.column("lon").to_pylist() == [121.5]


def test_files_are_sorted_and_their_statistics_are_true(lake, journal) -> None:
    append(journal, (3, 5, 1.0), (1, 9, 1.0), (3, 4, 1.0))
    lake.seal(journal)
    files = lake.snapshot("observations").files
    assert (files.key_min[0], files.key_max[0], files.rows[0]) == (1, 3, 3)
    assert files.time_min[0] == NEW_YEAR_US + 4 * MINUTE_US
    assert files.time_max[0] == NEW_YEAR_US + 9 * MINUTE_US
    rows = pq.read_table(lake.path_of("observations") / files.paths[0], partitioning=None)
    assert rows.column("datastream").to_pylist() == [1, 3, 3]
    times = batches.to_numpy(rows, "time").tolist()
    assert times[1] < times[2]


def test_the_latest_arrival_of_a_reading_wins_in_every_state(lake, journal) -> None:
    append(journal, (1, 1, 1.0), (1, 1, 1.5))
    assert rows_of(lake, journal) == [(1, 1, 1.5)]
    lake.seal(journal)
    append(journal, (1, 1, 2.0))
    assert rows_of(lake, journal) == [(1, 1, 2.0)]
    lake.seal(journal)
    assert rows_of(lake, journal) == [(1, 1, 2.0)]
    assert lake.compact("observations", NEW_YEAR) == 2
    assert rows_of(lake, journal) == [(1, 1, 2.0)]
    assert lake.snapshot("observations").files.rows.tolist() == [1]


def test_an_empty_journal_seals_to_nothing(lake, journal) -> None:
    assert lake.seal(journal).rows == 0
    version = lake.snapshot("observations").version
    assert lake.seal(journal).is_drained
    assert lake.snapshot("observations").version == version


def test_a_seal_takes_no_more_than_it_was_told_to(lake, journal) -> None:
    for minute in range(40):
        append(journal, (1, minute, 0.0))
    report = lake.seal(journal, max_rows=10)
    assert not report.is_drained
    assert report.rows == 16
    while not lake.seal(journal, max_rows=10).is_drained:
        pass
    assert len(rows_of(lake, journal)) == 40


def test_a_damaged_journal_row_is_set_aside_and_the_rest_sealed(lake, journal) -> None:
    append(journal, (1, 1, 1.0))
    append(journal, (1, 2, 2.0))
    append(journal, (1, 3, 3.0))
    with journal._write() as connection:
        connection.execute("UPDATE batch SET payload = x'00' WHERE id = 2")
    assert len(rows_of(lake, journal)) == 2
    report = lake.seal(journal)
    assert report.quarantined == (2,)
    assert [minute for _, minute, _ in rows_of(lake, journal)] == [1, 3]
    assert journal.stats().quarantined == 1


def test_a_journal_started_afresh_does_not_lose_what_comes_next(lake, journal, tmp_path) -> None:
    for minute in range(5):
        append(journal, (1, minute, 0.0))
    lake.seal(journal)
    young = SqliteJournal(tmp_path / "young.sqlite3")
    append(young, (1, 100, 7.0), (1, 0, 9.0))
    lake.seal(young)
    assert (1, 100, 7.0) in rows_of(lake, young)
    assert (1, 0, 9.0) in rows_of(lake, young)
    assert lake.snapshot("observations").sealed == 6
    young.close()


STEPS = [
    "read",
    "wrote observations",
    "committed observations",
    "sealed observations",
    "wrote positions",
    "committed positions",
    "sealed positions",
    "synced",
    "trimmed",
]


class CrashError(Exception):
    pass


def test_a_seal_names_all_its_steps(tmp_path, journal) -> None:
    seen: list[str] = []
    append(journal, (1, 1, 1.0))
    journal.append("positions", [batches.positions([9], [NEW_YEAR_US], [121.5], [31.2])])
    Lake(tmp_path / "lake", at_step=seen.append).seal(journal)
    assert seen == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_seal_that_dies_after_any_step_neither_loses_nor_doubles(
    tmp_path: Path, journal: SqliteJournal, step: str
) -> None:
    def die(reached: str) -> None:
        if reached == step:
            raise CrashError

    append(journal, (1, 1, 1.0), (1, 1440, 2.0))
    journal.append("positions", [batches.positions([9], [NEW_YEAR_US], [121.5], [31.2])])
    with pytest.raises(CrashError):
        Lake(tmp_path / "lake", at_step=die).seal(journal)
    append(journal, (2, 1, 3.0))
    lake = Lake(tmp_path / "lake")
    for _ in range(2):
        assert rows_of(lake, journal) == [(1, 1, 1.0), (1, 1440, 2.0), (2, 1, 3.0)]
        assert History(lake, journal).read_positions().num_rows == 1
        lake.seal(journal)
    assert int(lake.snapshot("observations").files.rows.sum()) == 3  # not one row twice on disk
    assert int(lake.snapshot("positions").files.rows.sum()) == 1
    assert journal.read() == []


KILLED_SEALER = """
import os, signal, sys
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake
def die(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
Lake(sys.argv[1], at_step=die).seal(SqliteJournal(sys.argv[2]))
"""


@pytest.mark.parametrize("step", ["wrote observations", "committed observations", "synced"])
def test_a_sealer_killed_between_steps_neither_loses_nor_doubles(tmp_path, journal, step) -> None:
    append(journal, (1, 1, 1.0), (1, 1440, 2.0))
    command = [sys.executable, "-c", KILLED_SEALER, str(tmp_path / "lake"), str(journal.path), step]
    assert subprocess.run(command).returncode == -9
    lake = Lake(tmp_path / "lake")
    assert rows_of(lake, journal) == [(1, 1, 1.0), (1, 1440, 2.0)]
    lake.seal(journal)  # the dead one's lock is gone with it
    assert rows_of(lake, journal) == [(1, 1, 1.0), (1, 1440, 2.0)]
    assert int(lake.snapshot("observations").files.rows.sum()) == 2


def test_a_commit_torn_by_a_power_cut_is_taken_back_and_sealed_again(tmp_path, journal) -> None:
    def die(step: str) -> None:
        if step == "committed observations":
            raise CrashError

    append(journal, (1, 1, 1.0))
    lake = Lake(tmp_path / "lake")
    lake.seal(journal)
    append(journal, (1, 2, 2.0))
    with pytest.raises(CrashError):
        Lake(tmp_path / "lake", at_step=die).seal(journal)
    log = lake.path_of("observations") / "_delta_log"
    last = sorted(log.glob("*.json"))[-1]
    last.write_bytes(last.read_bytes()[:50])
    (log / "_last_checkpoint").write_text("")
    again = Lake(tmp_path / "lake")
    again.seal(journal)
    assert rows_of(again, journal) == [(1, 1, 1.0), (1, 2, 2.0)]


def test_files_are_synced_before_a_commit_and_the_commit_before_the_trim(
    tmp_path, journal, monkeypatch
) -> None:
    synced: list[Path] = []
    sync = durability.sync

    def note(path: Path) -> None:
        sync(path)
        synced.append(path)

    def look(step: str) -> None:
        table = tmp_path / "lake" / "observations"
        commit = table / "_delta_log" / f"{1:020d}.json"
        if step == "committed observations":
            assert set(table.glob("day=*/*.parquet")) | {table / "day=2026-01-01"} <= set(synced)
            assert commit not in synced
        if step == "synced":
            assert synced.index(commit) < len(synced) - 1 - synced[::-1].index(commit.parent)
            assert journal.stats().rows == 2

    monkeypatch.setattr("ipudong.store.durability.sync", note)
    append(journal, (1, 1, 1.0), (1, 1440, 2.0))
    Lake(tmp_path / "lake", at_step=look).seal(journal)
    assert tmp_path / "lake" in synced  # which names the table's folder


def test_a_seal_of_many_days_keeps_every_reading_in_its_own(lake, journal) -> None:
    append(journal, *[(stream, day * 1440, day) for stream in range(3) for day in range(400)])
    assert len(lake.seal(journal).days) == 400
    files = lake.snapshot("observations").files
    assert files.rows.tolist() == [3] * 400
    assert (files.time_min // DAY_US == files.days).all()
    assert len(rows_of(lake, journal)) == 1200


def test_a_compaction_that_dies_leaves_the_day_as_it_was(tmp_path, journal) -> None:
    def die(step: str) -> None:
        raise CrashError

    lake = Lake(tmp_path / "lake")
    for result in (1.0, 2.0):
        append(journal, (1, 1, result), (2, 1, result))
        lake.seal(journal)
    with pytest.raises(CrashError):
        Lake(tmp_path / "lake", at_step=die).compact("observations", NEW_YEAR)
    assert rows_of(lake, journal) == [(1, 1, 2.0), (2, 1, 2.0)]
    lake.compact("observations", NEW_YEAR)
    assert rows_of(lake, journal) == [(1, 1, 2.0), (2, 1, 2.0)]
    assert lake.vacuum(keep_hours=0) == 3  # two replaced, one never committed
    assert rows_of(lake, journal) == [(1, 1, 2.0), (2, 1, 2.0)]


def test_compaction_is_due_for_days_in_many_files_and_settled_days_in_two(lake, journal) -> None:
    for minute in range(3):
        append(journal, (1, minute, 0.0))
        lake.seal(journal)
    for minute in range(2):
        append(journal, (1, 1440 + minute, 0.0))
        lake.seal(journal)
    assert lake.compact_due(max_files=2) == [NEW_YEAR]
    assert lake.compact_due(max_files=2) == []
    assert lake.compact_due(max_files=9, settled_before=date(2026, 1, 3)) == [date(2026, 1, 2)]
    assert lake.compact("observations", date(2026, 1, 2)) == 0
    assert len(rows_of(lake, journal)) == 5


def test_large_days_are_cut_into_files_that_share_no_datastream(
    lake, journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipudong.store.layout.FILE_ROWS", 10)
    for turn in range(2):
        append(journal, *[(stream, minute, turn) for stream in range(4) for minute in range(6)])
        lake.seal(journal)
    lake.compact("observations", NEW_YEAR)
    files = lake.snapshot("observations").files
    assert files.rows.tolist() == [12, 12]
    assert files.is_unique()
    assert len(rows_of(lake, journal)) == 24


def test_retention_drops_old_days_and_keeps_their_roll_ups(lake, journal) -> None:
    append(journal, (1, 0, 1.0), (1, 1440, 2.0))
    lake.seal(journal)
    lake.roll_up()
    policy = Retention(observations=1, observations_minute=1, observations_hour=30)
    removed = lake.retain(policy, today=date(2026, 1, 3))
    assert removed == {"observations": 1, "observations_minute": 1, "observations_hour": 0}
    assert rows_of(lake, journal) == [(1, 1440, 2.0)]
    append(journal, (1, 5, 9.0))  # late, for a day whose readings are gone
    lake.seal(journal)
    lake.roll_up()
    hours = DeltaTable(lake.path_of("observations_hour")).to_pyarrow_table()
    assert sorted(hours.column("last").to_pylist()) == [1.0, 2.0]
    assert lake.retain(policy, today=date(2026, 1, 3))["observations"] == 1


def test_a_policy_that_would_starve_roll_ups_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        Retention(observations=30, observations_hour=30)


def test_a_lake_of_a_newer_schema_is_refused_by_name(lake, journal, monkeypatch) -> None:
    append(journal, (1, 1, 1.0))
    monkeypatch.setattr("ipudong.store.delta._CONFIGURATION", {"ipudong.schemaVersion": "99"})
    with pytest.raises(LakeTooNew) as caught:
        lake.seal(journal)
    assert caught.value.fields == {"table": "observations", "found": 99, "known": 1}
    with pytest.raises(LakeTooNew):
        History(Lake(lake.root), journal).read()
    assert journal.stats().rows == 1


def test_only_one_writes_at_a_time(lake, journal, monkeypatch) -> None:
    monkeypatch.setattr("ipudong.store.lake.LOCK_WAIT_S", 0.05)
    with lake._writing(), pytest.raises(LakeBusy):
        Lake(lake.root).seal(journal)


def test_checkpoints_are_written_and_open_again(lake, journal, monkeypatch) -> None:
    monkeypatch.setattr("ipudong.store.delta.CHECKPOINT_EVERY", 3)
    for minute in range(7):
        append(journal, (1, minute, 0.0))
        lake.seal(journal)
    log = lake.path_of("observations") / "_delta_log"
    pointer = json.loads((log / "_last_checkpoint").read_text())
    assert pointer["version"] == 6
    assert len(rows_of(Lake(lake.root), journal)) == 7
    (log / f"{6:020d}.checkpoint.parquet").write_bytes(b"torn")
    assert DeltaFolder(log.parent, tables.OBSERVATION_TABLE).repair()
    assert len(rows_of(Lake(lake.root), journal)) == 7


def test_a_full_disk_under_the_lake_keeps_the_journal_and_heals(small_disk, journal) -> None:
    place, _ = small_disk
    lake = Lake(place / "lake")
    append(journal, (1, 1, 1.0))
    lake.seal(journal)
    filler = place / "filler"
    for spare in (0, 60_000):  # no room for a file at all; room for the file, not for its commit
        append(journal, *[(stream, 2, 2.0) for stream in range(2, 4000)])
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        os.truncate(filler, max(0, filler.stat().st_size - spare))
        with contextlib.suppress(LakeNotWritten):
            lake.seal(journal)
        filler.unlink()
        assert len(rows_of(lake, journal)) == 3999
    lake.seal(journal)
    assert len(rows_of(lake, journal)) == 3999
    assert journal.read() == []


def test_a_lake_without_room_says_so(small_disk, journal) -> None:
    place, remount = small_disk
    lake = Lake(place / "lake")
    append(journal, (1, 1, 1.0))
    lake.seal(journal)
    append(journal, (1, 2, 1.0))
    remount("ro")
    with pytest.raises(LakeNotWritten) as caught:
        lake.seal(journal)
    assert caught.value.code == "lake.not_written"
    remount("rw")
    lake.seal(journal)
    assert len(rows_of(lake, journal)) == 2


def test_the_day_roll_up_wants_whole_hours() -> None:
    with pytest.raises(ValueError, match="whole hours"):
        Lake("unused", utc_offset=timedelta(minutes=30))


def _damage(lake: Lake, day: date) -> None:
    """Cut the day's file in half, as a failing disk does."""
    [path] = (lake.root / "observations" / f"day={day}").glob("*.parquet")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _rolled_up(lake: Lake, table: str) -> set[date]:
    snapshot = lake.snapshot(table)
    assert snapshot is not None
    return {date(1970, 1, 1) + timedelta(days=int(day)) for day in snapshot.files.days}


def test_a_day_that_cannot_be_read_is_named_and_the_others_are_rolled_up(lake, journal) -> None:
    append(journal, (1, 1, 1.0), (1, 1440 * 3, 2.0))
    lake.seal(journal)
    whole = (lake.root / "observations").glob(f"day={NEW_YEAR}/*.parquet")
    kept = {path: path.read_bytes() for path in whole}
    _damage(lake, NEW_YEAR)
    for _ in range(2):  # the next pass names it again, and does not lose the others
        with pytest.raises(LakeUnreadable, match="day=2026-01-01"):
            lake.roll_up()
        assert _rolled_up(lake, tables.HOUR) == {date(2026, 1, 4)}
    for path, content in kept.items():
        path.write_bytes(content)
    lake.roll_up()
    assert _rolled_up(lake, tables.HOUR) == {NEW_YEAR, date(2026, 1, 4)}


def test_a_day_that_cannot_be_read_does_not_keep_others_from_being_compacted(lake, journal) -> None:
    append(journal, (1, 1, 1.0))
    lake.seal(journal)
    _damage(lake, NEW_YEAR)
    for minute in (2, 1440 * 3, 1440 * 3 + 1):
        append(journal, (1, minute, 2.0))
        lake.seal(journal)
    with pytest.raises(LakeUnreadable, match="day=2026-01-01"):
        lake.compact_due(max_files=1)
    snapshot = lake.snapshot(batches.OBSERVATIONS)
    assert snapshot is not None
    assert sorted(snapshot.files.days.tolist()).count(20454 + 3) == 1
