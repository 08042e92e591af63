"""Of several workers exactly one runs a schedule."""

import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ipudong.worker.leases import (
    LEASE_LENGTH,
    abandon_leases,
    ensure_leases,
    give_back,
    keep_leases,
    list_leases,
    retry_delay,
    take_lease,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def lease(db: None) -> str:
    ensure_leases(["store.seal"], now=NOW)
    return "store.seal"


def finish(name: str, holder: str, at: datetime, error: str = "") -> bool:
    return give_back(name, holder=holder, now=at, every_s=30, started_at=NOW, error=error)


def test_only_the_first_of_two_workers_gets_a_lease(lease: str) -> None:
    assert take_lease(lease, holder="one", now=NOW)
    assert not take_lease(lease, holder="two", now=NOW)
    assert not take_lease(lease, holder="one", now=NOW)


def test_a_finished_schedule_is_due_one_period_after_its_start(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    assert finish(lease, "one", later(4))
    assert not take_lease(lease, holder="two", now=later(29))
    assert take_lease(lease, holder="two", now=later(30))


def test_a_dead_workers_lease_runs_out(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    assert take_lease(lease, holder="two", now=NOW + LEASE_LENGTH)
    assert not finish(lease, "one", later(90))
    assert finish(lease, "two", later(90))


def test_a_long_job_keeps_its_lease(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    assert keep_leases([lease], holder="one", now=later(50)) == 1
    assert keep_leases([lease], holder="two", now=later(50)) == 0
    assert not take_lease(lease, holder="two", now=later(100))


def test_a_worker_that_ends_leaves_its_unfinished_work_to_the_next(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    assert abandon_leases([lease], holder="one", now=later(1)) == 1
    assert take_lease(lease, holder="two", now=later(1))


def test_failures_are_counted_named_and_retried_ever_later(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    finish(lease, "one", later(1), error="OSError: no room")
    row = list_leases([lease])[lease]
    assert (row.failures, row.error, row.succeeded_at) == (1, "OSError: no room", None)
    assert row.due_at == later(6)
    take_lease(lease, holder="one", now=later(6))
    finish(lease, "one", later(7), error="again")
    assert list_leases([lease])[lease].due_at == later(17)
    take_lease(lease, holder="one", now=later(17))
    finish(lease, "one", later(18))
    row = list_leases([lease])[lease]
    assert (row.failures, row.error, row.succeeded_at) == (0, "", later(18))


def test_retries_are_bounded_by_the_rhythm_and_ten_minutes() -> None:
    assert retry_delay(1, 5) == timedelta(seconds=5)
    assert retry_delay(50, 5) == timedelta(seconds=60)
    assert retry_delay(50, 300) == timedelta(seconds=300)
    assert retry_delay(50, 86_400) == timedelta(seconds=600)


def test_making_leases_again_keeps_what_is_known(lease: str) -> None:
    take_lease(lease, holder="one", now=NOW)
    ensure_leases([lease, "other"], now=later(5))
    assert list_leases([lease])[lease].holder == "one"


WORKER = """
import os, sys, threading, time
os.environ["DJANGO_SETTINGS_MODULE"] = "ipudong.config.settings"
import django
django.setup()
from ipudong.worker.clock import Clock, Job
log = open(sys.argv[1], "a", buffering=1)
def work(now):
    log.write(f"begin {os.getpid()} {time.monotonic()}\\n")
    time.sleep(0.2)
    log.write(f"end {os.getpid()} {time.monotonic()}\\n")
clock = Clock([Job(name="test.work", every_s=1, run=work)], holder=str(os.getpid()))
stop = threading.Event()
threading.Timer(6, stop.set).start()
while not stop.is_set():
    clock.tick()
    time.sleep(0.02)
clock.finish(within_s=2)
"""
MIGRATE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "ipudong.config.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", "worker", verbosity=0, skip_checks=True)
"""


def test_three_worker_processes_never_run_a_job_twice_at_once(tmp_path: Path) -> None:
    environment = {"IPUDONG_DISTRICT_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    python = [sys.executable, "-c"]
    subprocess.run([*python, textwrap.dedent(MIGRATE)], env=environment, check=True, timeout=60)
    log = tmp_path / "log"
    workers = [
        subprocess.Popen([*python, textwrap.dedent(WORKER), str(log)], env=environment)
        for _ in range(3)
    ]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0, 0]
    lines = [line.split() for line in log.read_text().splitlines()]
    lines.sort(key=lambda line: float(line[2]))
    assert [line[0] for line in lines] == ["begin", "end"] * (len(lines) // 2)
    begun = [float(line[2]) for line in lines if line[0] == "begin"]
    assert len(begun) >= 3
    gaps = [after - before for before, after in pairwise(begun)]
    # A job of 0.2 s run again at once would begin 0.2 s later; the rhythm is 1 s.
    assert min(gaps) > 0.5
