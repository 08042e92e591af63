"""The gateway's own clock is set back: nothing is lost, doubled or left hanging."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ipudong.city.sensing.clock import to_us
from ipudong.gateway.assembly import Gateway, open_gateway
from ipudong.gateway.hj212.tests.station_double import StationDouble
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake
from ipudong.store.quality import RESENT

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BACK = timedelta(hours=2)


@dataclass
class Clock:
    """A wall clock that can be set."""

    at: datetime

    def now_us(self) -> int:
        return to_us(self.at)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def gateway(database: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[Gateway]:
    gateway = await open_gateway(SqliteJournal(tmp_path / "journal.sqlite3"), now_us=clock.now_us)
    gateway.start()
    yield gateway
    await gateway.stop()


async def test_readings_on_both_sides_of_the_step_are_kept_once(
    gateway: Gateway, clock: Clock, tmp_path: Path
) -> None:
    station = StationDouble()
    await station.connect(await gateway.hj212.listen("127.0.0.1", 0))
    for sent, step in enumerate((timedelta(0), -BACK, timedelta(seconds=1))):
        clock.at += step
        station.upload(12.5 + sent, NOW + timedelta(seconds=sent))
        await station.wait_acknowledged(sent + 1)
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    lake = Lake(tmp_path / "lake")
    lake.seal(journal)
    found = History(lake, journal).read().to_pylist()
    journal.close()
    assert len(found) == 3 * len(FACTORS)
    assert {row["result"] for row in found} == {12.5, 13.5, 14.5}
    # Two hours ahead of our clock is within a day: no reading is called wrong for it.
    assert {row["quality"] & ~RESENT for row in found} == {0}
    latest = gateway.latest.take(gateway.snapshot.directory.streams.thing.nonzero()[0])
    assert {*latest.result.tolist()} == {14.5}
    await station.close()


async def test_requests_to_stations_keep_their_numbers_apart(
    gateway: Gateway, clock: Clock
) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(gateway.hj212.commands._next_qn())
        clock.at -= BACK
    assert numbers == sorted(set(numbers))  # QN is a time, and answers are told apart by it
