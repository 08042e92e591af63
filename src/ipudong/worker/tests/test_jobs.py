"""The house's jobs: what waits in the journal comes into the lake, and old days go."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ipudong.city.manifest import System
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Alarm, Rule, Thing
from ipudong.store import batches
from ipudong.worker import jobs
from ipudong.worker.run import NotReadyError, check_journal, check_lake

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A district's folder of its own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    jobs.the_journal.cache_clear()
    jobs.the_lake.cache_clear()
    yield
    jobs.the_journal().close()
    jobs.the_journal.cache_clear()
    jobs.the_lake.cache_clear()


def append(days_ago: int, rows: int = 100) -> None:
    at = to_us(NOW - timedelta(days=days_ago))
    batch = batches.observations(
        np.full(rows, 7, np.int32), at + np.arange(rows, dtype=np.int64) * 1_000_000, np.ones(rows)
    )
    jobs.the_journal().append(batches.OBSERVATIONS, [batch])


def test_sealing_moves_what_waits_and_repeats_nothing() -> None:
    append(0)
    append(0)  # the same readings, sent again
    assert jobs.seal(NOW) == 200
    assert jobs.seal(NOW) == 0
    assert jobs.the_journal().stats().rows == 0
    count, _ = open_history().count_and_checksum()
    assert count == 100


def test_compaction_and_roll_ups_change_no_reading() -> None:
    for _ in range(3):
        append(5)
        jobs.seal(NOW)
    before = open_history().count_and_checksum()
    jobs.roll_up(NOW)
    jobs.compact(NOW)
    assert open_history().count_and_checksum() == before


def test_retention_lets_old_readings_go_and_keeps_the_rest(monkeypatch) -> None:
    monkeypatch.setenv("IPUDONG_WORKER_KEEP_READINGS_DAYS", "30")
    append(40)
    append(1)
    jobs.seal(NOW)
    jobs.retain(NOW)
    assert open_history().count_and_checksum()[0] == 100


def test_nothing_old_goes_when_the_settings_keep_for_ever(monkeypatch) -> None:
    monkeypatch.setenv("IPUDONG_WORKER_KEEP_READINGS_DAYS", "0")
    monkeypatch.setenv("IPUDONG_WORKER_KEEP_MINUTES_DAYS", "0")
    append(4000)
    jobs.seal(NOW)
    jobs.retain(NOW)
    assert open_history().count_and_checksum()[0] == 100


def test_readings_that_wait_too_long_make_the_worker_not_ready() -> None:
    check_journal()
    check_lake()
    late = jobs.the_journal()
    late._now_us = lambda: to_us(NOW)  # appended long ago
    append(0)
    late._now_us = lambda: to_us(NOW) + 600 * 1_000_000
    with pytest.raises(NotReadyError, match="unsealed for 600 s, 100 rows wait"):
        check_journal()


@pytest.mark.django_db
def test_the_worker_raises_alarms_of_silence() -> None:
    Rule.objects.create(code="silent", name_zh="断线", kind="missing", count=3)
    Thing.objects.create(
        name_zh="站",
        kind="k",
        system="s",
        protocol="hj212",
        identity="1",
        expected_interval_s=60,
        registered_at=NOW,
    )
    jobs.watch_silence(NOW + timedelta(minutes=3))
    assert not Alarm.objects.exists()
    jobs.watch_silence(NOW + timedelta(minutes=4))
    jobs.watch_silence(NOW + timedelta(minutes=5))
    assert Alarm.objects.get().raised_at == NOW + timedelta(minutes=3)


def test_no_two_jobs_of_the_house_bear_one_name() -> None:
    names = [job.name for job in jobs.list_jobs(NOW)]
    assert len(set(names)) == len(names)
    assert "store.seal" in names


@pytest.mark.django_db
def test_alarms_that_open_cases_are_offered_to_the_handlers_of_the_manifests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thing = Thing.objects.create(name_zh="泵", kind="pump", system="grid", registered_at=NOW)
    rule = Rule.objects.create(code="wet", name_zh="积水", kind="above", opens_case=True)
    alarm = Alarm.objects.create(
        rule=rule,
        thing=thing,
        severity="red",
        began_at=NOW,
        raised_at=NOW,
        noticed_at=NOW,
        changed_at=NOW,
    )
    grid = System(
        name="grid",
        task=7,
        department="grid",
        title="Grid",
        alarm_handlers=(lambda raised: f"GRID-{raised.alarm}",),
    )
    monkeypatch.setattr(jobs, "installed", lambda: (grid,))
    jobs.ask_for_cases(NOW)
    alarm.refresh_from_db()
    assert alarm.case_reference == f"GRID-{alarm.pk}"


def test_what_moves_alarms_is_on_the_clock() -> None:
    names = {job.name for job in jobs.list_jobs(NOW)}
    assert {
        "alarms.deliver",
        "alarms.release",
        "alarms.escalate",
        "alarms.open_cases",
        "rules.try",
    } <= names
