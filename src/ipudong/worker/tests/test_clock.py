"""The clock: every job by itself, sealing first, a clean end, and a database that goes away."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from ipudong.worker import clock as clock_module
from ipudong.worker.clock import Clock, Job
from ipudong.worker.leases import list_leases
from ipudong.worker.run import NotReadyError, check_clock, check_jobs

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class Watch:
    """A wall clock under the test's hand."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def make_clock(watch: Watch, *jobs: Job, threads: int = 4) -> Clock:
    return Clock(jobs, holder="here", threads=threads, now=watch)


def settle(clock: Clock) -> None:
    assert clock.finish(within_s=10)


def test_a_job_runs_at_once_and_then_in_its_rhythm() -> None:
    runs, watch = [], Watch()
    clock = make_clock(watch, Job(name="a", every_s=30, run=runs.append))
    for seconds in (0, 10, 19, 1, 30):
        watch.go(seconds)
        assert clock.tick()
        settle(clock)
    assert runs == [START, START + timedelta(seconds=30), START + timedelta(seconds=60)]


def test_a_job_that_fails_is_named_and_stops_no_other() -> None:
    runs, watch = [], Watch()

    def break_down(now: datetime) -> None:
        raise OSError("no room")

    clock = make_clock(
        watch,
        Job(name="bad", every_s=10, run=break_down),
        Job(name="good", every_s=10, run=runs.append),
    )
    for _ in range(6):
        clock.tick()
        settle(clock)
        watch.go(30)
    clock.tick()
    settle(clock)
    assert len(runs) == 7
    assert clock.failing["bad"].failures >= 3
    assert set(clock.failing) == {"bad"}
    with pytest.raises(NotReadyError, match=r"bad failed \d+ times: OSError: no room"):
        check_jobs(clock)


def test_a_full_house_delays_others_but_not_sealing() -> None:
    gate, runs, watch = threading.Event(), [], Watch()
    clock = make_clock(
        watch,
        Job(name="long", every_s=10, run=lambda now: gate.wait(10)),
        Job(name="other", every_s=10, run=lambda now: runs.append("other")),
        Job(name="store.seal", every_s=1, run=lambda now: runs.append("seal"), is_urgent=True),
        threads=1,
    )
    clock.tick()
    for _ in range(100):
        if clock.running == ("long",):
            break
        time.sleep(0.02)
    watch.go(2)
    clock.tick()
    while "store.seal" in clock.running:
        time.sleep(0.01)
    assert runs.count("seal") == 2
    assert runs.count("other") == 0
    gate.set()
    settle(clock)
    clock.tick()
    settle(clock)
    assert runs.count("other") == 1


def test_ending_waits_a_moment_then_leaves_the_work_to_the_next_worker() -> None:
    gate, watch = threading.Event(), Watch()
    clock = make_clock(watch, Job(name="long", every_s=10, run=lambda now: gate.wait(30)))
    clock.tick()
    began = time.monotonic()
    assert not clock.finish(within_s=0.3)
    assert time.monotonic() - began < 1.5
    assert list_leases(["long"])["long"].holder == ""
    gate.set()
    settle(clock)


def test_a_database_that_is_away_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, watch = [], Watch()
    clock = make_clock(watch, Job(name="a", every_s=30, run=runs.append))

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(clock_module, "list_leases", refuse)
        assert not clock.tick()
        with pytest.raises(NotReadyError, match="server closed"):
            check_clock(clock)
    assert clock.tick()
    check_clock(clock)
    settle(clock)
    assert len(runs) == 1


def test_two_schedules_of_one_name_are_refused() -> None:
    job = Job(name="a", every_s=1, run=print)
    with pytest.raises(ValueError, match="one name"):
        make_clock(Watch(), job, job)
