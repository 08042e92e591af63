"""The worker process: the clock, its probes, and an orderly end."""

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Final

import structlog
from django.db import connection, connections

from ipudong.operations.probes import Check, ProbeServer
from ipudong.store.batches import OBSERVATIONS
from ipudong.worker.clock import Clock, utc_now
from ipudong.worker.jobs import list_jobs, the_journal, the_lake
from ipudong.worker.options import METRICS_PORT, THREADS

log = structlog.get_logger()

END_WITHIN_S: Final = 1.5
SEAL_OVERDUE_S: Final = 120.0
FAILURES_TO_NAME: Final = 3


class NotReadyError(Exception):
    """A readiness check did not pass; the text says what is the matter."""


def run() -> None:
    """Run the clock until SIGTERM or SIGINT; ends within two seconds of it."""
    stop = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        log.info("worker_stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    clock = Clock(list_jobs(utc_now()), holder=name_holder(), threads=THREADS.get())
    probes = ProbeServer(METRICS_PORT.get(), list_checks(clock))
    probes.start()
    log.info("worker_started", holder=clock.holder, jobs=len(clock.jobs), port=probes.port)
    clock.run(stop)
    is_done = clock.finish(within_s=END_WITHIN_S)
    log.info("worker_stopped", unfinished=clock.running)
    if not is_done:
        # A job in the middle of its work is what a crash would leave: the next run finishes it.
        sys.stderr.flush()
        os._exit(0)
    probes.stop()
    the_journal().close()


def name_holder() -> str:
    """A name no other worker has."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def list_checks(clock: Clock) -> Mapping[str, Check]:
    """What `/readyz` asks."""
    return {
        "database": check_database,
        "clock": lambda: check_clock(clock),
        "journal": check_journal,
        "lake": check_lake,
        "jobs": lambda: check_jobs(clock),
    }


def check_database() -> None:
    """The database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connections.close_all()


def check_clock(clock: Clock) -> None:
    """The clock could read what is due."""
    if clock.database_error:
        raise NotReadyError(clock.database_error)


def check_journal() -> None:
    """The journal opens, and nothing in it has waited too long to be sealed."""
    stats = the_journal().stats()
    if (stats.oldest_age_s or 0.0) > SEAL_OVERDUE_S:
        raise NotReadyError(f"unsealed for {stats.oldest_age_s:.0f} s, {stats.rows} rows wait")


def check_lake() -> None:
    """The lake is where it was and can be read."""
    the_lake().check(the_journal())
    the_lake().snapshot(OBSERVATIONS)


def check_jobs(clock: Clock) -> None:
    """No job has failed three times in a row; those that did are named."""
    failing = [
        f"{name} failed {job.failures} times: {job.error}"
        for name, job in sorted(clock.failing.items())
        if job.failures >= FAILURES_TO_NAME
    ]
    if failing:
        raise NotReadyError("; ".join(failing))
