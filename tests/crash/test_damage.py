"""Damaged and missing files: the operator is told which, and the rest goes on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.crash.counting import assert_nothing_lost, count_stored
from tests.running import District, fetch_readiness, running_district, wait_for

OLDEST = "SELECT coalesce(min(id), 0) FROM batch"


@pytest.fixture
def district(tmp_path: Path, prepared: Path) -> Iterator[District]:
    """A gateway with stations; what they send waits in the journal until a worker is started."""
    with running_district(tmp_path, like=prepared, worker_seal_every_s=1) as running:
        running.start("gateway")
        running.wait_until_ready(running.gateway_url)
        running.start_simulator("--history-days", "20", "--resend-after", "1")
        running.wait_for_acknowledgements()
        yield running


def _ask_journal(district: District, statement: str) -> int:
    with closing(sqlite3.connect(district.folder / "journal.sqlite3", timeout=20)) as journal:
        answer = journal.execute(statement).fetchone()
        journal.commit()
        return int(answer[0])


def _end(district: District) -> None:
    assert district.stop("simulator") == 0
    for name in ("gateway", "worker"):
        assert district.stop(name) == 0, district.log(name)


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_a_damaged_journal_row_is_set_aside_and_named(district: District) -> None:
    wait_for(
        lambda: _ask_journal(district, "SELECT count(*) FROM batch") >= 5, within_s=60, what="rows"
    )
    damaged = _ask_journal(
        district,
        "UPDATE batch SET payload = zeroblob(length(payload)) WHERE id = 3 RETURNING id",
    )
    rows = _ask_journal(district, f"SELECT rows FROM batch WHERE id = {damaged}")  # noqa: S608
    district.start("worker")
    wait_for(
        lambda: _ask_journal(district, "SELECT min(id) > 3 OR count(*) = 0 FROM batch") == 1,
        within_s=60,
        what="the rest is sealed",
    )
    district.wait_for_acknowledgements()
    district.wait_until_ready(district.worker_url)
    assert "journal row 3 is damaged" in district.log("worker")
    _end(district)
    findings = district.run("doctor", check=False).stdout
    assert "row 3" in findings, findings
    found = count_stored(district)
    assert found["set_aside"] == 1, found
    assert found["lost"] <= rows, found
    assert found["changed"] == found["sealed_twice"] == found["history_differs"] == 0, found


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_a_lake_moved_away_is_named_and_comes_back_whole(district: District) -> None:
    district.start("worker")
    lake, elsewhere = district.folder / "lake", district.folder / "lake-elsewhere"
    wait_for(lambda: _ask_journal(district, OLDEST) > 1, within_s=60, what="sealed and trimmed")
    lake.rename(elsewhere)
    wait_for(lambda: _is_lake_missed(district), within_s=60, what="the worker names the lake")
    district.wait_for_acknowledgements()  # the journal takes them meanwhile
    assert not lake.exists(), sorted(lake.rglob("*"))[:5]

    assert district.stop("worker") == 0  # a fresh worker must not begin another lake either
    district.start("worker")
    wait_for(lambda: _is_lake_missed(district), within_s=60, what="a new worker names it too")
    assert not lake.exists(), sorted(lake.rglob("*"))[:5]
    findings = district.run("doctor", check=False).stdout
    assert "lake" in findings, findings
    assert "missing" in findings, findings

    elsewhere.rename(lake)
    district.wait_until_ready(district.worker_url)
    _end(district)
    assert_nothing_lost(count_stored(district))


def _is_lake_missed(district: District) -> bool:
    status, checks = fetch_readiness(district.worker_url)
    return status == 503 and checks["lake"] != "ok"
