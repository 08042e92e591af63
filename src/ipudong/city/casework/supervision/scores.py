"""Quarterly scores of the offices: counted from what supervision watched, published in rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    Card,
    CardState,
    Color,
    Complaint,
    ComplaintState,
    QuarterScore,
    SupervisedCase,
)
from ipudong.city.casework.supervision.scoring import (
    WEIGHTS_VERSION,
    Part,
    Quarter,
    Tally,
    quarter_of,
    score_parts,
    total_score,
)
from ipudong.city.identity.actors import Actor

MOST_QUARTERS: Final = 40
COUNTED: Final = ~Q(state=CardState.WITHDRAWN)
IN_TIME: Final = Q(decided_on__lte=F("due_on"))


@dataclass(frozen=True, kw_only=True)
class DepartmentScore:
    """A department's score in a quarter and what it is made of."""

    department: str
    score: float | None
    parts: tuple[Part, ...]
    tally: Tally


def measure_quarter(quarter: Quarter, today: date) -> list[DepartmentScore]:
    """The scores as of that day, the best first, those without a case last; a quarter that still
    runs is counted so far."""
    rows = [_score(tally) for tally in _count(quarter, today)]
    return sorted(
        rows, key=lambda row: (-(row.score if row.score is not None else -1), row.department)
    )


def measure_department(quarter: Quarter, department: str, today: date) -> DepartmentScore:
    """One department's; all nothing where it had no case."""
    rows = [row for row in measure_quarter(quarter, today) if row.department == department]
    return rows[0] if rows else _score(Tally(department=department))


def list_cases_of(quarter: Quarter, department: str, today: date) -> QuerySet[SupervisedCase]:
    """The cases behind `in_time`, `complaints` and `speed`; the latest first."""
    rows = _cases(quarter, today).filter(department=department)
    return rows.select_related("case").order_by("-due_on", "-pk")


def list_cards_of(quarter: Quarter, department: str) -> QuerySet[Card]:
    """The cards behind `cards`, withdrawn ones too, which a reader sees not to count."""
    return _cards(quarter).filter(department=department).select_related("case")


def list_published(quarter: Quarter) -> list[QuarterScore]:
    """The newest revision of every department's published score."""
    newest: dict[str, QuarterScore] = {}
    for row in QuarterScore.objects.filter(quarter=str(quarter)).order_by("revision"):
        newest[row.department] = row
    return sorted(newest.values(), key=lambda row: (-(row.score or 0), row.department))


@transaction.atomic
def publish_quarter(*, quarter: Quarter, note: str, by: Actor, at: datetime) -> int:
    """Publish the scores of a quarter that is over; returns how many departments'.

    Publishing again is a correction: it needs a note, and only what changed gets a new revision.
    Raises CaseworkError `quarter_not_over`, `no_note`, `nothing_changed`.
    """
    today = timezone.localdate(at)
    if today <= quarter.ends_on:
        raise CaseworkError("quarter_not_over", ends_on=quarter.ends_on.isoformat())
    earlier = {row.department: row for row in list_published(quarter)}
    if earlier and not note.strip():
        raise CaseworkError("no_note")
    rows = [
        _publish(row, quarter, earlier.get(row.department), note, by, at)
        for row in measure_quarter(quarter, today)
        if not _is_same(row, earlier.get(row.department))
    ]
    if not rows:
        raise CaseworkError("nothing_changed")
    QuarterScore.objects.bulk_create(rows)
    record(
        actor=by.name,
        action="supervision.publish_scores",
        subject=f"quarter:{quarter}",
        detail={"departments": len(rows), "note": note.strip()[:300], "weights": WEIGHTS_VERSION},
        at=at,
    )
    return len(rows)


def list_quarters(today: date) -> list[Quarter]:
    """Quarters with a case, the present one first."""
    first = SupervisedCase.objects.aggregate(first=Min("accepted_on"))["first"]
    quarters = [quarter_of(today)]
    while first is not None and quarters[-1].begins_on > first and len(quarters) < MOST_QUARTERS:
        quarters.append(quarters[-1].previous)
    return quarters


def _score(tally: Tally) -> DepartmentScore:
    parts = score_parts(tally)
    return DepartmentScore(
        department=tally.department, score=total_score(parts), parts=parts, tally=tally
    )


def _cases(quarter: Quarter, today: date) -> QuerySet[SupervisedCase]:
    """Decided in the quarter, or due in it and still open after that day."""
    begin, end = quarter.begins_on, quarter.ends_on
    decided = Q(decided_on__range=(begin, end))
    overdue = Q(due_on__range=(begin, min(end, today - timedelta(days=1)))) & (
        Q(is_open=True) | Q(decided_on__gt=end)
    )
    return SupervisedCase.objects.filter(decided | overdue, accepted_on__isnull=False)


def _cards(quarter: Quarter) -> QuerySet[Card]:
    return Card.objects.filter(happened_on__range=(quarter.begins_on, quarter.ends_on))


def _count(quarter: Quarter, today: date) -> list[Tally]:
    decided = Q(decided_on__range=(quarter.begins_on, quarter.ends_on))
    facts: dict[str, dict[str, Any]] = defaultdict(dict)
    cases = _cases(quarter, today).values("department").order_by()
    _gather(
        facts,
        cases.annotate(
            cases=Count("pk"),
            in_time=Count("pk", filter=decided & IN_TIME),
            days_promised=Sum("limit_days", filter=decided, default=0),
            days_needed=Sum("elapsed_days", filter=decided, default=0),
        ),
    )
    _gather(
        facts,
        _cards(quarter)
        .values("department")
        .order_by()
        .annotate(
            red=Count("pk", filter=COUNTED & Q(color=Color.RED)),
            yellow=Count("pk", filter=COUNTED & Q(color=Color.YELLOW)),
        ),
    )
    _gather(facts, _count_explanations(quarter, today))
    _gather(facts, _count_complaints(quarter))
    return [Tally(department=code, **values) for code, values in facts.items()]


def _count_explanations(quarter: Quarter, today: date) -> Iterable[Mapping[str, Any]]:
    """Only cards whose time to explain is over, or that were explained."""
    due = Card.objects.filter(explain_by__range=(quarter.begins_on, quarter.ends_on))
    judged = due.filter(Q(explain_by__lt=today) | Q(explained_at__isnull=False))
    return (
        judged.values("department")
        .order_by()
        .annotate(
            cards_due=Count("pk"),
            cards_explained=Count("pk", filter=Q(explained_at__isnull=False)),
        )
    )


def _count_complaints(quarter: Quarter) -> Iterable[Mapping[str, Any]]:
    begin, end = quarter.begins_on, quarter.ends_on
    upheld = Complaint.objects.filter(
        state=ComplaintState.UPHELD, answered_at__date__range=(begin, end)
    )
    return (
        upheld.order_by()
        .values(department=F("case__department"))
        .annotate(complaints_upheld=Count("case", distinct=True))
    )


def _gather(facts: dict[str, dict[str, Any]], rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        values = dict(row)
        facts[values.pop("department")].update(values)


def _is_same(row: DepartmentScore, earlier: QuarterScore | None) -> bool:
    return earlier is not None and earlier.components == [part.as_json() for part in row.parts]


def _publish(
    row: DepartmentScore,
    quarter: Quarter,
    earlier: QuarterScore | None,
    note: str,
    by: Actor,
    at: datetime,
) -> QuarterScore:
    return QuarterScore(
        quarter=str(quarter),
        department=row.department,
        revision=earlier.revision + 1 if earlier else 1,
        score=row.score,
        components=[part.as_json() for part in row.parts],
        weights=WEIGHTS_VERSION,
        note=note.strip()[:300],
        published_by=by.name,
        published_at=at,
    )
