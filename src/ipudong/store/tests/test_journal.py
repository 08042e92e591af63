"""The journal keeps what it acknowledged and says plainly what it cannot do."""

import sqlite3
from pathlib import Path

import pytest

from ipudong.store import batches
from ipudong.store.errors import InvalidBatch, JournalBusy, JournalCorrupt, JournalReadOnly
from ipudong.store.journal import SqliteJournal


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path / "new" / "journal.sqlite3", now_us=lambda: 5_000_000)
    yield journal
    journal.close()


def reading(datastream: int, time: int = 0, result: float = 0.0):
    return batches.observations([datastream], [time], [result])


def test_what_was_appended_is_read_back_in_order(journal: SqliteJournal) -> None:
    first = journal.append("observations", [reading(1), reading(2)])
    second = journal.append("positions", [batches.positions([3], [0], [121.0], [31.0])])
    assert first + second == [1, 2, 3]
    entries = journal.read()
    assert [(entry.id, entry.kind, entry.rows) for entry in entries] == [
        (1, "observations", 1),
        (2, "observations", 1),
        (3, "positions", 1),
    ]
    assert entries[1].decode().equals(reading(2))
    assert [entry.id for entry in journal.read(after=1, limit=1)] == [2]


def test_ids_are_never_given_twice_even_after_everything_was_trimmed(
    journal: SqliteJournal,
) -> None:
    journal.append("observations", [reading(1), reading(2)])
    assert journal.trim(2) == 2
    assert journal.first() is None
    assert journal.head() == 2
    journal.close()
    assert journal.append("observations", [reading(3)]) == [3]
    assert journal.first() == 3


def test_a_batch_that_is_none_keeps_the_whole_append_out(journal: SqliteJournal) -> None:
    with pytest.raises(InvalidBatch):
        journal.append("observations", [reading(1), batches.positions([1], [0], [1.0], [1.0])])
    assert journal.head() == 0


def test_a_damaged_row_is_named_and_can_be_set_aside(journal: SqliteJournal) -> None:
    journal.append("observations", [reading(1), reading(2), reading(3)])
    with sqlite3.connect(journal.path) as other:
        other.execute("UPDATE batch SET payload = zeroblob(100) WHERE id = 2")
    other.close()
    with pytest.raises(JournalCorrupt) as caught:
        [entry.decode() for entry in journal.read()]
    assert caught.value.row_id == 2
    journal.quarantine(2, str(caught.value))
    assert [entry.decode().num_rows for entry in journal.read()] == [1, 1]
    assert [row_id for row_id, _ in journal.list_quarantined()] == [2]
    assert journal.stats().quarantined == 1


def test_a_payload_of_another_kind_is_damage_too(journal: SqliteJournal) -> None:
    journal.append("observations", [reading(1)])
    with sqlite3.connect(journal.path) as other:
        other.execute("UPDATE batch SET kind = 'positions'")
    other.close()
    with pytest.raises(JournalCorrupt):
        journal.read()[0].decode()


def test_a_file_that_is_no_database_is_reported_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"this is not a database, and long enough to be told apart from one" * 20)
    journal = SqliteJournal(path)
    with pytest.raises(JournalCorrupt) as caught:
        journal.head()
    assert caught.value.row_id is None


def test_stats_tell_rows_bytes_and_the_age_of_the_oldest(tmp_path: Path) -> None:
    clock = iter([1_000_000, 3_000_000, 9_000_000])
    journal = SqliteJournal(tmp_path / "j.sqlite3", now_us=lambda: next(clock))
    journal.append("observations", [reading(1)])
    journal.append("observations", [reading(1)])
    stats = journal.stats()
    assert (stats.batches, stats.rows, stats.oldest_age_s, stats.head) == (2, 2, 8.0, 2)
    assert stats.payload_bytes == sum(len(entry.payload) for entry in journal.read())
    journal.close()


def test_a_trimmed_journal_uses_its_room_again(journal: SqliteJournal) -> None:
    def fill_and_trim() -> int:
        batch = batches.observations([1] * 20_000, range(20_000), [0.5] * 20_000)
        journal.trim(journal.append("observations", [batch] * 4)[-1])
        with journal._guarded() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return journal.path.stat().st_size

    first = fill_and_trim()
    assert max(fill_and_trim() for _ in range(5)) <= first + 100_000


def test_an_empty_journal_has_no_oldest(journal: SqliteJournal) -> None:
    stats = journal.stats()
    assert (stats.batches, stats.rows, stats.oldest_age_s) == (0, 0, None)


def test_renumbering_moves_rows_above_what_a_lake_has_sealed(journal: SqliteJournal) -> None:
    journal.append("observations", [reading(stream) for stream in range(5)])
    assert journal.renumber(above=3) == 8
    assert [entry.id for entry in journal.read()] == [4, 5, 6, 7, 8]
    assert [entry.decode().column("datastream")[0].as_py() for entry in journal.read()] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert journal.append("observations", [reading(9)]) == [9]
    journal.trim(9)
    assert journal.renumber(above=40) == 40
    assert journal.append("observations", [reading(9)]) == [41]


def test_two_openers_of_one_file_see_each_others_rows(journal: SqliteJournal) -> None:
    other = SqliteJournal(journal.path)
    journal.append("observations", [reading(1)])
    assert other.append("observations", [reading(2)]) == [2]
    assert other.trim(1) == 1
    assert [entry.id for entry in journal.read()] == [2]
    other.close()


def test_a_lock_held_too_long_is_a_busy_error_and_passes(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipudong.store.journal.BUSY_TIMEOUT_S", 0.01)
    journal.append("observations", [reading(1)])
    journal.close()
    hog = sqlite3.connect(journal.path, isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalBusy):
        journal.append("observations", [reading(2)])
    hog.execute("ROLLBACK")
    hog.close()
    assert journal.append("observations", [reading(2)]) == [2]


def test_a_place_that_cannot_hold_a_journal_is_a_read_only_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = SqliteJournal(tmp_path / "file" / "journal.sqlite3")
    with pytest.raises(JournalReadOnly):
        journal.append("observations", [reading(1)])
    (tmp_path / "file").unlink()
    assert journal.append("observations", [reading(1)]) == [1]
    journal.close()
