"""The house's own jobs: sealing, compaction, roll-ups, retention, silence, commands, indicators."""

import time
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Final

import structlog
from django.core.management import call_command
from django.utils import timezone

from ipudong.city.audit.checks import verify_chain
from ipudong.city.casework.services import drive_cases
from ipudong.city.manifest import installed
from ipudong.city.plan.services import take_snapshots
from ipudong.city.sensing.history import open_journal, open_lake
from ipudong.city.sensing.rules import find_silence
from ipudong.city.sensing.services import (
    advance_campaigns,
    apply_rule_changes,
    expire_commands,
    measure_availability,
)
from ipudong.city.sensing.services.cases import open_cases
from ipudong.city.sensing.services.escalation import escalate_alarms
from ipudong.city.sensing.services.suppressions import release_suppressed
from ipudong.city.sensing.services.trials import run_trials
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake, Retention
from ipudong.worker import figures
from ipudong.worker.clock import Job
from ipudong.worker.delivery.outbox import deliver, forget_old
from ipudong.worker.options import KEEP_MINUTES_DAYS, KEEP_READINGS_DAYS, SEAL_EVERY_S

log = structlog.get_logger()

SEAL_BUDGET_S: Final = 20.0
AVAILABILITY_EVERY_S: Final = 300
SETTLED_AFTER: Final = timedelta(days=2)


@lru_cache(maxsize=1)
def the_journal() -> SqliteJournal:
    """This process's journal."""
    return open_journal()


@lru_cache(maxsize=1)
def the_lake() -> Lake:
    """This process's lake."""
    return open_lake()


def list_jobs(started_at: datetime) -> tuple[Job, ...]:
    """The house's jobs and those of every installed system; this worker began at `started_at`."""
    theirs = (
        Job(name=row.name, every_s=row.every_s, run=row.run)
        for system in installed()
        for row in system.schedules
    )
    return (*_own_jobs(started_at), *theirs)


def _own_jobs(started_at: datetime) -> tuple[Job, ...]:
    return (
        Job(name="store.seal", every_s=SEAL_EVERY_S.get(), run=seal, is_urgent=True),
        Job(name="sensing.watch_silence", every_s=30, run=partial(watch_silence, since=started_at)),
        Job(name="alarms.deliver", every_s=2, run=deliver, is_urgent=True),
        Job(name="alarms.release", every_s=10, run=lambda now: release_suppressed(now=now)),
        Job(name="alarms.escalate", every_s=10, run=lambda now: escalate_alarms(now=now)),
        Job(name="alarms.open_cases", every_s=5, run=ask_for_cases),
        Job(name="alarms.forget_messages", every_s=86_400, run=forget_old),
        Job(name="rules.try", every_s=2, run=lambda now: run_trials(now=now)),
        Job(name="sensing.expire_commands", every_s=60, run=lambda now: expire_commands(now=now)),
        Job(name="sensing.advance_campaigns", every_s=10, run=advance_campaigns),
        Job(name="sensing.availability", every_s=AVAILABILITY_EVERY_S, run=watch_availability),
        Job(name="store.roll_up", every_s=300, run=roll_up),
        Job(name="casework.drive", every_s=2, run=drive_cases),
        Job(name="plan.take_snapshots", every_s=60, run=measure_indicators),
        Job(name="store.compact", every_s=900, run=compact),
        Job(name="store.retain", every_s=86_400, run=retain),
        Job(name="portal.clear_sessions", every_s=86_400, run=clear_sessions),
        Job(name="audit.verify_chain", every_s=86_400, run=verify_audit),
    )


def verify_audit(now: datetime) -> None:
    """Walk the audit chain once a day; a break is an error that operators are told of."""
    check = verify_chain(by="system:worker", at=now)
    if check.broken_sequence is not None:
        log.error("audit_chain_broken", sequence=check.broken_sequence, reason=check.reason)


def seal(_now: datetime) -> int:
    """Move what waits in the journal into the lake, for at most twenty seconds; rows moved."""
    rows, started = 0, time.monotonic()
    while True:
        report = the_lake().seal(the_journal())
        rows += report.rows
        figures.SEALED_ROWS.inc(report.rows)
        if report.quarantined:
            log.error("journal_batches_damaged", ids=report.quarantined)
        if report.is_drained or time.monotonic() - started > SEAL_BUDGET_S:
            break
    note_journal()
    return rows


def note_journal() -> None:
    """Bring the figures of the journal up to date."""
    stats = the_journal().stats()
    figures.JOURNAL_ROWS.set(stats.rows)
    figures.JOURNAL_BYTES.set(stats.payload_bytes)
    figures.JOURNAL_AGE.set(stats.oldest_age_s or 0.0)
    figures.JOURNAL_DAMAGED.set(stats.quarantined)


def roll_up(_now: datetime) -> None:
    """Bring the summaries by minute, hour and day up to date."""
    the_lake().roll_up()


def compact(now: datetime) -> None:
    """Rewrite days in many files; days two days old into one."""
    settled_before = timezone.localdate(now - SETTLED_AFTER)
    the_lake().compact_due(settled_before=settled_before)


def retain(now: datetime) -> None:
    """Let go of what is older than the settings keep, and of files nobody reads any more."""
    readings, minutes = KEEP_READINGS_DAYS.get() or None, KEEP_MINUTES_DAYS.get() or None
    policy = Retention(observations=readings, positions=readings, observations_minute=minutes)
    the_lake().retain(policy, timezone.localdate(now))
    the_lake().vacuum()


def watch_silence(now: datetime, since: datetime | None = None) -> None:
    """Raise and clear missing-data alarms; while the district was off nobody listened."""
    changes = find_silence(now, since=since)
    if changes:
        apply_rule_changes(changes, at=now)


def watch_availability(now: datetime) -> None:
    """Credit the minutes since the last time to every device that is heard."""
    measure_availability(now, span_s=AVAILABILITY_EVERY_S)


def ask_for_cases(now: datetime) -> None:
    """Have the systems' handlers open the cases that alarms ask for."""
    handlers = [handler for system in installed() for handler in system.alarm_handlers]
    open_cases(handlers, now=now)


def measure_indicators(now: datetime) -> None:
    """Measure the plan's marks by the indicators of the installed systems."""
    report = take_snapshots([row for system in installed() for row in system.indicators], now)
    for code, reason in report.failed:
        log.error("indicator_failed", indicator=code, reason=reason)


def clear_sessions(_now: datetime) -> None:
    """Forget sign-ins that ran out."""
    call_command("clearsessions", verbosity=0)
