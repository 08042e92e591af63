"""Changes to the plan: loading a file, and taking the measurements of the day."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Q

from ipudong.city.audit.services import record
from ipudong.city.identity.services import load_departments
from ipudong.city.plan.calendar_day import local_day
from ipudong.city.plan.indicators import (
    Indicator,
    Measurement,
    NotMeasured,
    Outcome,
    check_indicators,
    evaluate,
)
from ipudong.city.plan.models import ActionPlan, Attempt, Mark, Snapshot, Task
from ipudong.city.plan.records import MarkRow, Plan, TaskRow


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading a plan did; all zero when the same plan was already there."""

    added: int = 0
    changed: int = 0
    retired: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """How a round of measuring went, by code of the indicator; `failed` has the reasons."""

    measured: tuple[str, ...] = ()
    not_measured: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def load_plan(
    plan: Plan, *, at: dt.datetime | None = None, actor: str = "system:setup"
) -> LoadReport:
    """Make a plan the one in force. Loading the same plan again changes nothing.

    Tasks and marks that are not in it are retired with their snapshots kept; they come back when a
    later file names them again.
    """
    digest = hashlib.sha256(repr(plan).encode()).hexdigest()
    if ActionPlan.objects.filter(code=plan.code, digest=digest).exists():
        return LoadReport()
    load_departments((row.code, row.name_zh, row.name_en) for row in plan.departments)
    _store_head(plan, digest)
    report = _store_marks(plan, at or dt.datetime.now(dt.UTC))
    record(
        actor=actor,
        action="plan.load_plan",
        subject=f"plan:{plan.code}",
        detail={"digest": digest, **asdict(report)},
    )
    return report


def take_snapshots(indicators: Iterable[Indicator], as_of: dt.datetime) -> SnapshotReport:
    """Measure every indicator that belongs to a mark of the plan, each in a transaction of its own.

    One that fails is kept with its reason and stops no other. Raises IndicatorError when the rows
    themselves cannot be right (see `check_indicators`).
    """
    marks = {mark.code: mark for mark in Mark.objects.filter(retired_at=None)}
    rows = check_indicators(indicators, {code: mark.unit for code, mark in marks.items()})
    groups: dict[str, list[tuple[str, str]]] = {code: [] for code, _ in Attempt.OUTCOMES}
    for row in rows:
        if row.mark:
            outcome = evaluate(row, as_of)
            kind, reason = _judge(outcome)
            _store_outcome(marks[row.mark], row, outcome, as_of)
            groups[kind].append((row.code, reason))
    return SnapshotReport(
        tuple(code for code, _ in groups[Attempt.MEASURED]),
        tuple(code for code, _ in groups[Attempt.NOT_MEASURED]),
        tuple(groups[Attempt.FAILED]),
    )


def _store_head(plan: Plan, digest: str) -> None:
    ActionPlan.objects.exclude(code=plan.code).delete()
    ActionPlan.objects.update_or_create(
        code=plan.code,
        defaults={
            "title_zh": plan.title_zh,
            "title_en": plan.title_en,
            "issuer_zh": plan.issuer_zh,
            "issuer_en": plan.issuer_en,
            "issued_on": plan.issued_on,
            "starts_on": plan.starts_on,
            "ends_on": plan.ends_on,
            "digest": digest,
        },
    )


def _store_marks(plan: Plan, at: dt.datetime) -> LoadReport:
    """Write the rows of the plan and retire all others, of earlier plans too."""
    codes = [mark.code for mark in plan.marks]
    here = Q(plan_code=plan.code)
    tasks = Task.objects.exclude(here & Q(number__in=[task.number for task in plan.tasks]))
    tasks.filter(retired_at=None).update(retired_at=at)
    left = Mark.objects.exclude(here & Q(code__in=codes))
    retired = left.filter(retired_at=None).update(retired_at=at)
    before = set(Mark.objects.filter(here).values_list("code", flat=True))
    position = changed = 0
    for row in plan.tasks:
        task = _store_task(row, plan.code)
        for mark in row.marks:
            position += 1
            changed += _store_mark(mark, task, position)
    added = len(set(codes) - before)
    return LoadReport(added, changed - added, retired)


def _store_task(row: TaskRow, plan_code: str) -> Task:
    facts = asdict(row)
    del facts["marks"]
    facts["department_codes"] = list(facts.pop("departments"))
    number = facts.pop("number")
    return Task.objects.update_or_create(
        plan_code=plan_code, number=number, defaults={**facts, "retired_at": None}
    )[0]


def _store_mark(row: MarkRow, task: Task, position: int) -> bool:
    """Write one mark; whether it is new or differs from what was there."""
    facts = {**asdict(row), "task": task, "position": position, "retired_at": None}
    facts["department_codes"] = list(facts.pop("departments"))
    identity = {"plan_code": task.plan_code, "code": facts.pop("code")}
    known = Mark.objects.filter(**identity).first()
    if known and all(getattr(known, name) == value for name, value in facts.items()):
        return False
    Mark.objects.update_or_create(**identity, defaults=facts)
    return True


@transaction.atomic
def _store_outcome(mark: Mark, row: Indicator, outcome: Outcome, as_of: dt.datetime) -> None:
    kind, reason = _judge(outcome)
    Attempt.objects.update_or_create(
        mark=mark,
        defaults={
            "indicator_code": row.code,
            "attempted_at": as_of,
            "outcome": kind,
            "reason": reason,
        },
    )
    if isinstance(outcome, Measurement):
        Snapshot.objects.update_or_create(
            mark=mark,
            taken_on=local_day(as_of),
            defaults={
                "taken_at": outcome.measured_at or as_of,
                "value": outcome.value,
                "unit": mark.unit,
                "numerator": outcome.numerator,
                "denominator": outcome.denominator,
                "indicator_code": row.code,
                "note": outcome.note,
            },
        )


def _judge(outcome: Outcome) -> tuple[str, str]:
    if isinstance(outcome, Measurement):
        return Attempt.MEASURED, ""
    if isinstance(outcome, NotMeasured):
        return Attempt.NOT_MEASURED, str(outcome.reason)
    return Attempt.FAILED, outcome.reason
