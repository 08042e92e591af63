"""Taking, keeping and giving back leases: of several workers exactly one runs a schedule.

Each step is one conditional UPDATE, so whoever changes the row has the lease. A worker that dies
lets its leases run out; the workers' clocks must agree to within a few seconds of `LEASE_LENGTH`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from ipudong.worker.models import Lease

LEASE_LENGTH: Final = timedelta(seconds=60)
FIRST_RETRY_S: Final = 5
LONGEST_RETRY_S: Final = 600
PATIENCE_S: Final = 60
ERROR_KEPT: Final = 500


def retry_delay(failures: int, every_s: int) -> timedelta:
    """How long to wait after so many failures in a row: 5 s, doubling, up to a minute or the
    schedule's own rhythm, at most ten minutes."""
    most = max(PATIENCE_S, min(every_s, LONGEST_RETRY_S))
    return timedelta(seconds=min(FIRST_RETRY_S * 2 ** min(failures - 1, 16), most))


def ensure_leases(names: Iterable[str], *, now: datetime) -> None:
    """Make the rows of new schedules, due at once."""
    rows = [Lease(name=name, held_until=now, due_at=now) for name in names]
    Lease.objects.bulk_create(rows, ignore_conflicts=True)


def list_leases(names: Iterable[str]) -> dict[str, Lease]:
    """The rows of these schedules."""
    return Lease.objects.in_bulk(list(names))


def take_lease(name: str, *, holder: str, now: datetime) -> bool:
    """Whether this holder may run the schedule now: it is due and nobody else's."""
    free = Lease.objects.filter(name=name, due_at__lte=now, held_until__lte=now)
    return bool(free.update(holder=holder, held_until=now + LEASE_LENGTH, started_at=now))


def keep_leases(names: Iterable[str], *, holder: str, now: datetime) -> int:
    """Prolong the leases of jobs still running; how many this holder has."""
    return _mine(names, holder).update(held_until=now + LEASE_LENGTH)


def give_back(
    name: str, *, holder: str, now: datetime, every_s: int, started_at: datetime, error: str = ""
) -> bool:
    """Note how a run went and when the next is due; False when the lease was lost meanwhile."""
    lease = _mine([name], holder).first()
    if lease is None:
        return False
    failures = lease.failures + 1 if error else 0
    wait = retry_delay(failures, every_s) if error else timedelta(seconds=every_s)
    due_at = now + wait if error else max(now, started_at + wait)
    changes = {
        "holder": "",
        "held_until": now,
        "due_at": due_at,
        "finished_at": now,
        "failures": failures,
        "error": error[:ERROR_KEPT],
    }
    if not error:
        changes["succeeded_at"] = now
    return bool(_mine([name], holder).update(**changes))


def abandon_leases(names: Iterable[str], *, holder: str, now: datetime) -> int:
    """Give back what was not finished, as if never run: this worker ends."""
    return _mine(names, holder).update(holder="", held_until=now)


def _mine(names: Iterable[str], holder: str) -> QuerySet[Lease]:
    return Lease.objects.filter(name__in=list(names), holder=holder)
