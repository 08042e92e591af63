"""Real records of 2014 to 2021 go through the station port into their own time.

Held against what the Shanghai authority itself published for the first hour of July 2014: AQI 69.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.running import District, fetch, running_district, wait_for

from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake
from ipudong.store.quality import RESENT
from ipudong.systems.environment.simulation import replay

FIRST_HOUR = datetime(2014, 6, 30, 15, tzinfo=UTC)  # ends at midnight of 1 July in Shanghai
CITY = "全市平均"


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory, shared_data: Path):
    """A district that knows the recorded stations and has taken all they had to send."""
    with running_district(tmp_path_factory.mktemp("district")) as district:
        district.run("setup", "--no-demo", "--replay-stations", str(shared_data))
        district.start("gateway")
        district.wait_until_ready(district.gateway_url)
        district.start_simulator("--replay", str(shared_data), "--speed", "100000000")
        expected = sum(1 for _ in replay(shared_data))
        wait_for(
            lambda: district.count_acknowledged() >= expected,
            within_s=180,
            what=f"{expected} acknowledged records",
        )
        assert district.stop("simulator") == 0
        assert district.stop("gateway") == 0
        yield district


def _ask(district: District, query: str) -> list[tuple]:
    with closing(sqlite3.connect(district.folder / "ipudong.sqlite3")) as database:
        return database.execute(query).fetchall()


def test_no_recorded_station_is_a_stranger(district: District) -> None:
    assert _ask(district, "SELECT identity FROM sensing_quarantineddevice") == []


def test_every_record_lands_valid_re_sent_and_in_its_own_time(
    district: District, shared_data: Path
) -> None:
    streams = {
        (mn, channel): pk
        for pk, mn, channel in _ask(
            district,
            "SELECT d.id, t.identity, d.channel FROM sensing_datastream d"
            " JOIN sensing_thing t ON t.id = d.thing_id",
        )
    }
    sent = {
        (streams[station.mn, f"{command}/{code}-Avg"], began): values["Avg"]
        for station, command, began, fields in replay(shared_data)
        for code, values in fields.items()
    }
    with closing(SqliteJournal(district.folder / "journal.sqlite3")) as journal:
        table = History(Lake(district.folder / "lake"), journal).read()
    kept = zip(
        *(table.column(name).to_pylist() for name in ("datastream", "time", "result")),
        strict=True,
    )
    assert {(stream, time): result for stream, time, result in kept} == sent
    marks = Counter(table.column("quality").to_pylist())
    assert marks[RESENT] / sum(marks.values()) > 0.95, marks
    assert all(mark & RESENT for mark in marks)


def test_the_page_of_the_city_shows_the_published_index_of_the_first_hour(
    district: District,
) -> None:
    ((station,),) = _ask(district, f"SELECT id FROM sensing_thing WHERE name_zh = '{CITY}'")  # noqa: S608
    district.start("portal")
    district.wait_until_ready(district.portal_url)
    page = f"{district.portal_url}/environment/air/{station}/"
    status, text = fetch(f"{page}hours.csv?at=2014-07-01T00:00", within_s=30)
    assert status == 200
    newest = [line for line in text.splitlines() if line.startswith("2014-07-01T00:00")]
    assert [line.split(",")[1] for line in newest] == ["69"], text[-400:]
    status, text = fetch(f"{page}?at=2014-07-01T00:00", within_s=30)
    assert status == 200
    assert "SODA 2015" in text
    assert ">69<" in text.replace(" ", "").replace("\n", "")
