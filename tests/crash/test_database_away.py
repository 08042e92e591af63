"""The main database pulled away: people are told plainly, machines go on, all of it heals."""

import fcntl
import html
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.crash.station_by_hand import StationByHand, choose_station
from tests.running import District, fetch, fetch_readiness, running_district, wait_for

# SQLite's locks in write-ahead mode: eight bytes of the -shm file (walFormat, "WAL locks").
FIRST_LOCK, LOCKS = 120, 8
TITLES = {"en": "The district's database cannot be reached", "zh-hans": "数据库"}
PARTS = ("gateway", "worker", "portal")


@contextmanager
def locked_database(path: Path) -> Iterator[None]:
    """Hold every lock of a database as another program could, so that nobody reads or writes."""
    with path.with_name(f"{path.name}-shm").open("r+b") as shared:
        wish = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, FIRST_LOCK, LOCKS, 0)
        _take_lock(shared.fileno(), wish)
        yield  # closing the file lets go


def _take_lock(descriptor: int, wish: bytes) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLK, wish)
        except BlockingIOError:
            assert time.monotonic() < deadline, "the database is never idle"
            time.sleep(0.005)
        else:
            return


@contextmanager
def immutable(*paths: Path) -> Iterator[None]:
    """Files that not even root can write; skips where the file system knows no such mark."""
    names = [str(path) for path in paths]
    if subprocess.run(["chattr", "+i", *names], check=False, capture_output=True).returncode:
        pytest.skip("this file system or user cannot make a file immutable")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *names], check=True)


@pytest.fixture
def district(tmp_path: Path, prepared: Path) -> Iterator[District]:
    """A district whose doors are open."""
    with running_district(tmp_path, like=prepared, worker_seal_every_s=1) as running:
        for part in PARTS:
            running.start(part)
        for url in (running.gateway_url, running.worker_url, running.portal_url):
            running.wait_until_ready(url)
        yield running


def _is_uploading(district: District) -> bool:
    """Whether a station's readings of the last minutes are acknowledged one by one."""
    station = StationByHand(district.station_port, *choose_station())
    try:
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
        return all(station.upload(at=at + timedelta(seconds=n), value=20.0 + n) for n in range(5))
    finally:
        station.close()


def _assert_healed(district: District) -> None:
    for url in (district.gateway_url, district.worker_url, district.portal_url):
        wait_for(lambda url=url: fetch_readiness(url)[0] == 200, within_s=60, what=url)
    assert fetch(f"{district.portal_url}/", within_s=30)[0] == 200
    assert sorted(district.list_running()) == sorted(PARTS)
    assert _is_uploading(district)


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_a_locked_database_is_said_plainly_and_readings_are_taken_on(district: District) -> None:
    assert _is_uploading(district)
    with locked_database(district.folder / "ipudong.sqlite3"):
        assert _is_uploading(district)  # the journal is a file of its own
        for language, title in TITLES.items():
            status, page = fetch(f"{district.portal_url}/", language=language, within_s=60)
            assert status == 503, page[:500]
            assert title in html.unescape(page)
        assert _is_uploading(district)
        status, checks = fetch_readiness(district.gateway_url, within_s=60)
        assert status == 503
        assert "OperationalError" in checks["database"]
        status, checks = fetch_readiness(district.worker_url, within_s=60)
        assert status == 503
        assert "OperationalError" in checks["database"]
    _assert_healed(district)
    assert "database_away" in district.log("worker")


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_a_read_only_database_is_said_plainly_and_heals(district: District) -> None:
    database = district.folder / "ipudong.sqlite3"
    files = [database, database.with_name("ipudong.sqlite3-wal")]
    with immutable(*files):
        assert _is_uploading(district)
        wait_for(
            lambda: "database_away" in district.log("worker"), within_s=30, what="the worker says"
        )
        wait_for(
            lambda: fetch_readiness(district.worker_url)[0] == 503,
            within_s=30,
            what="the worker's /readyz",
        )
        assert sorted(district.list_running()) == sorted(PARTS)
    _assert_healed(district)
