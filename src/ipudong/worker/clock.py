"""The clock: looks once a second what is due, takes its lease, runs it in a thread.

Each run has a thread of its own and is alone with its failure. Urgent jobs (sealing) always find
a thread; the others share a bounded number.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, connections

from ipudong.worker import figures
from ipudong.worker.leases import (
    abandon_leases,
    ensure_leases,
    give_back,
    keep_leases,
    list_leases,
    take_lease,
)
from ipudong.worker.models import Lease

log = structlog.get_logger()

DATABASE_ERRORS: Final = (DatabaseError, InterfaceError)
TICK_S: Final = 1.0
LONGEST_PAUSE_S: Final = 10.0
KEEP_EVERY: Final = timedelta(seconds=15)
GIVE_BACK_TRIES: Final = 5
NOT_ASKED: Final = "not asked yet"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that recurs: `run(now)` every `every_s` seconds."""

    name: str
    every_s: int
    run: Callable[[datetime], object]
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Failing:
    """A job that failed: how often in a row, and its last error."""

    failures: int
    error: str


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Clock:
    """Runs jobs until it is told to stop. `holder` names this worker among others."""

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        holder: str,
        threads: int = 4,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        names = [job.name for job in jobs]
        if len(set(names)) != len(names):
            raise ValueError("two schedules bear one name")
        self.jobs = {job.name: job for job in jobs}
        self.holder = holder
        self.failing: dict[str, Failing] = {}
        self.database_error = NOT_ASKED
        self._threads = threads
        self._now = now
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._kept_at = now()
        self._is_prepared = False

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the jobs that run now."""
        with self._lock:
            return tuple(self._running)

    def run(self, stop: threading.Event) -> None:
        """Tick until stopped. A database that is away is asked again, ever less often."""
        pause_s = TICK_S
        while not stop.is_set():
            pause_s = TICK_S if self.tick() else min(pause_s * 2, LONGEST_PAUSE_S)
            stop.wait(pause_s)

    def tick(self) -> bool:
        """Start what is due; False when the database did not answer."""
        try:
            self._start_due(self._now())
        except DATABASE_ERRORS as error:
            connections.close_all()
            self._note_database(f"{type(error).__name__}: {error}")
            return False
        self._note_database("")
        return True

    def finish(self, *, within_s: float) -> bool:
        """Wait for what runs, then give back the leases of what does not end; whether all did."""
        deadline = time.monotonic() + within_s
        with self._lock:
            threads = list(self._running.values())
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        left = self.running
        try:
            abandon_leases(left, holder=self.holder, now=self._now())
        except DATABASE_ERRORS as error:
            log.warning("leases_run_out", jobs=left, error=str(error))
        finally:
            connections.close_all()
        return not left

    def _start_due(self, now: datetime) -> None:
        if not self._is_prepared:
            ensure_leases(self.jobs, now=now)
            self._is_prepared = True
        if now - self._kept_at >= KEEP_EVERY:
            keep_leases(self.running, holder=self.holder, now=now)
            self._kept_at = now
        leases = list_leases(self.jobs)
        self._note_failing(leases)
        due = [lease for lease in leases.values() if lease.due_at <= now >= lease.held_until]
        # What waits longest goes first, so that a full house starves nobody.
        for lease in sorted(due, key=lambda lease: lease.due_at):
            job = self.jobs[lease.name]
            if self._has_room(job) and take_lease(job.name, holder=self.holder, now=now):
                figures.LATENESS.labels(job.name).set((now - lease.due_at).total_seconds())
                self._start(job, now)

    def _has_room(self, job: Job) -> bool:
        with self._lock:
            if job.name in self._running:
                return False
            busy = sum(not self.jobs[name].is_urgent for name in self._running)
        return job.is_urgent or busy < self._threads

    def _start(self, job: Job, now: datetime) -> None:
        thread = threading.Thread(
            target=self._run_job, args=(job, now), name=f"job:{job.name}", daemon=True
        )
        with self._lock:
            self._running[job.name] = thread
        thread.start()

    def _run_job(self, job: Job, now: datetime) -> None:
        started, error = time.perf_counter(), ""
        try:
            job.run(now)
        except Exception as problem:  # one job's trouble is not another's
            error = f"{type(problem).__name__}: {problem}"
            log.exception("job_failed", job=job.name)
        finally:
            figures.SECONDS.labels(job.name).observe(time.perf_counter() - started)
            figures.RUNS.labels(job.name, "failed" if error else "done").inc()
            self._give_back(job, now, error)
            connections.close_all()
            with self._lock:
                self._running.pop(job.name, None)

    def _give_back(self, job: Job, started_at: datetime, error: str) -> None:
        for attempt in range(GIVE_BACK_TRIES):
            try:
                is_kept = give_back(
                    job.name,
                    holder=self.holder,
                    now=self._now(),
                    every_s=job.every_s,
                    started_at=started_at,
                    error=error,
                )
            except DATABASE_ERRORS as problem:
                connections.close_all()
                log.warning("lease_not_given_back", job=job.name, error=str(problem))
                time.sleep(0.2 * 2**attempt)
            else:
                if not is_kept:
                    log.warning("lease_was_lost", job=job.name)
                return

    def _note_failing(self, leases: dict[str, Lease]) -> None:
        for lease in leases.values():
            figures.FAILURES.labels(lease.name).set(lease.failures)
            if lease.succeeded_at:
                figures.SUCCEEDED.labels(lease.name).set(lease.succeeded_at.timestamp())
        self.failing = {
            lease.name: Failing(lease.failures, lease.error)
            for lease in leases.values()
            if lease.failures
        }

    def _note_database(self, error: str) -> None:
        if error and (self.database_error in ("", NOT_ASKED)):
            log.error("database_away", error=error)
        elif not error and self.database_error not in ("", NOT_ASKED):
            log.info("database_back")
        self.database_error = error
