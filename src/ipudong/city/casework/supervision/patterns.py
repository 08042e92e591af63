"""Pattern views: what no single card shows. Each says its basis; none is a verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Max, Min, Q, QuerySet

from ipudong.city.casework.models import Case, SupervisedCase
from ipudong.city.casework.supervision.statistics import (
    ShareTest,
    adjust,
    chance_of_at_least,
    compare_shares,
)

WINDOW: Final = timedelta(days=90)
LATE_START_DAYS: Final = 5
LATE_SUSPENSION_SHARE: Final = 0.8
FEWEST_AT_ONCE: Final = 5
FEWEST_SPLIT: Final = 3
SPLIT_SPAN: Final = timedelta(days=30)
UNLIKELY: Final = 0.001
MOST_SHOWN: Final = 100


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Many cases suspended by one officer on one day; `usual` is what that office suspends a day.

    `p` is the Poisson probability of so many, adjusted for the days looked at."""

    department: str
    officer: str
    on: date
    count: int
    usual: float
    p: float


@dataclass(frozen=True, kw_only=True)
class Split:
    """Cases of one kind that one applicant handed in within a month; `usual` is how many of that
    kind an applicant hands in within the window."""

    department: str
    kind_code: str
    applicant: str
    count: int
    first_on: date
    last_on: date
    usual: float
    p: float


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """All pattern views over the cases accepted in the window."""

    since: date
    until: date
    cases: int
    suspensions: list[ShareTest]
    late_suspensions: list[ShareTest]
    late_starts: list[ShareTest]
    batches: list[Batch]
    splits: list[Split]


def find_patterns(today: date) -> Patterns:
    """Over the ninety days up to and including `today`."""
    since = today - WINDOW + timedelta(days=1)
    cases = SupervisedCase.objects.filter(accepted_on__range=(since, today))
    counted = list(
        cases.values("department")
        .order_by()
        .annotate(
            cases=Count("pk"),
            suspended=Count("pk", filter=Q(suspended_on__isnull=False)),
            late=Count("pk", filter=Q(suspended_at_share__gte=LATE_SUSPENSION_SHARE)),
            waited=Count("pk", filter=Q(waited_days__gt=LATE_START_DAYS)),
        )
    )
    return Patterns(
        since=since,
        until=today,
        cases=sum(row["cases"] for row in counted),
        suspensions=_compare(counted, "suspended", "cases"),
        late_suspensions=_compare(counted, "late", "suspended"),
        late_starts=_compare(counted, "waited", "cases"),
        batches=_find_batches(cases, since, today),
        splits=_find_splits(since, today),
    )


def _compare(rows: Iterable[Mapping[str, Any]], count: str, cases: str) -> list[ShareTest]:
    return compare_shares((row["department"], row[count], row[cases]) for row in rows)


def _find_batches(cases: QuerySet[SupervisedCase], since: date, today: date) -> list[Batch]:
    suspended = cases.filter(suspended_on__range=(since, today))
    by_office = dict(suspended.values_list("department").order_by().annotate(count=Count("pk")))
    days = list(
        suspended.values("department", "suspended_by", "suspended_on")
        .order_by()
        .annotate(count=Count("pk"))
    )
    span = (today - since).days + 1
    usual = [
        # the day itself is left out of what is usual, or it would excuse itself
        max(by_office[row["department"]] - row["count"], 1) / span
        for row in days
    ]
    chances = [
        chance_of_at_least(row["count"], mean) for row, mean in zip(days, usual, strict=True)
    ]
    found = [
        Batch(
            department=row["department"],
            officer=row["suspended_by"],
            on=row["suspended_on"],
            count=row["count"],
            usual=mean,
            p=p,
        )
        for row, mean, p in zip(days, usual, adjust(chances), strict=True)
        if row["count"] >= FEWEST_AT_ONCE and p < UNLIKELY and row["suspended_on"] is not None
    ]
    return sorted(found, key=lambda batch: batch.p)[:MOST_SHOWN]


def _find_splits(since: date, today: date) -> list[Split]:
    submitted = Case.objects.filter(submitted_at__date__range=(since, today))
    kinds = {
        row["kind_code"]: row["cases"] / row["applicants"]
        for row in submitted.values("kind_code")
        .order_by()
        .annotate(cases=Count("pk"), applicants=Count(("applicant_id"), distinct=True))
    }
    groups = list(
        submitted.values("department", "kind_code", "applicant_kind", "applicant_id")
        .order_by()
        .annotate(count=Count("pk"), first=Min("submitted_at"), last=Max("submitted_at"))
        .filter(count__gte=FEWEST_SPLIT)
    )
    found = [
        Split(
            department=row["department"],
            kind_code=row["kind_code"],
            applicant=f"{row['applicant_kind']}:{row['applicant_id']}",
            count=row["count"],
            first_on=row["first"].date(),
            last_on=row["last"].date(),
            usual=kinds[row["kind_code"]],
            p=chance_of_at_least(row["count"], kinds[row["kind_code"]]),
        )
        for row in groups
        if row["last"] - row["first"] <= SPLIT_SPAN
    ]
    return sorted(found, key=lambda split: (split.p, -split.count))[:MOST_SHOWN]
