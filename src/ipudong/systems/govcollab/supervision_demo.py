"""Cases of the demonstration that ended before it began, so that supervision has a past to judge.

They stand as rows with their events: the steps in between were never run here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from ipudong.city.casework import case_events as names
from ipudong.city.casework.calendar.days import Calendar, add_working_days
from ipudong.city.casework.models import (
    Case,
    CaseEvent,
    CaseKindVersion,
    CaseState,
    Outcome,
    SupervisedCase,
)
from ipudong.city.casework.numbers import draw_number
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.supervision import raising
from ipudong.city.casework.supervision.judging import judge_cases, read_events, read_history
from ipudong.city.casework.supervision.rules import judge
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.models import Person

HISTORY_DAYS: Final = 190
DAY: Final = timedelta(days=1)
CASES_A_KIND: Final = 24
MOST_KINDS: Final = 8
HEADS_OFFICE: Final = "epb"
"""Where the demonstration's department head sits: their list of cards is not to be empty."""
# Share of the promised time that the cases of a kind took, in turn; None: still open.
PACES: Final = (0.4, 0.55, 0.3, 0.7, 0.5, 0.95, 0.6, 0.45, 1.25, 0.65, 0.35, None)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """One case to tell: which kind, from which day, at which pace."""

    kind: CaseKindVersion
    department: str
    begins_on: date
    pace: float | None
    is_suspended: bool
    turn: int


def load_supervision_demo(actor: Actor, *, now: datetime | None = None) -> int:
    """Tell the past cases and raise their cards as of their days; how many cases. Once only."""
    now = now or timezone.now()
    kinds = list(
        CaseKindVersion.objects.filter(current=True, limit_days__gte=5).order_by("code")[
            :MOST_KINDS
        ]
    )
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True)[2:60])
    if SupervisedCase.objects.exists() or not kinds or not people:
        return 0
    calendar, today = get_calendar(), timezone.localdate(now)
    cases = [
        _tell(plan, people[plan.turn % len(people)], actor, calendar, today)
        for plan in _list_plans(kinds, today)
    ]
    _raise_cards(cases, now)
    raising.confirm_unexplained(now)
    judge_cases([case.pk for case in cases], now=now)
    return len(cases)


def load_demo(scale: int, actor: Actor) -> None:
    """The system's part of the demonstration district; as many cases at every scale."""
    load_supervision_demo(actor)


def _list_plans(kinds: list[CaseKindVersion], today: date) -> Iterator[_Plan]:
    for place, kind in enumerate(kinds):
        for turn in range(CASES_A_KIND):
            pace = PACES[(turn * 5 + place) % len(PACES)]
            ago = HISTORY_DAYS * (CASES_A_KIND - turn) // CASES_A_KIND
            yield _Plan(
                kind=kind,
                department=HEADS_OFFICE if turn % 8 == place else kind.department,
                # an open one began so lately that it is near its end
                begins_on=today - timedelta(days=ago if pace else kind.limit_days),
                pace=pace,
                is_suspended=(turn + place) % 6 == 0,
                turn=place * CASES_A_KIND + turn,
            )


def _tell(plan: _Plan, person: int, actor: Actor, calendar: Calendar, today: date) -> Case:
    limit = plan.kind.limit_days
    accepted = min(add_working_days(plan.begins_on, 1 + plan.turn % 3, calendar), today - DAY)
    ended = None
    if plan.pace is not None:
        days = max(1, round(plan.pace * limit)) + (2 if plan.is_suspended else 0)
        ended = min(add_working_days(accepted, days, calendar), today - DAY)
    opened_at = _at(plan.begins_on, plan.turn)
    case = Case.objects.create(
        number=draw_number(opened_at, below=lambda most: plan.turn % most),
        kind=plan.kind,
        kind_code=plan.kind.code,
        department=plan.department,
        applicant_kind="person",
        applicant_id=person,
        opened_by=actor.name,
        state=CaseState.CLOSED if ended else CaseState.ACCEPTED,
        outcome=_outcome(plan) if ended else "",
        opened_at=opened_at,
        submitted_at=opened_at,
        accepted_at=_at(accepted, plan.turn),
        decided_at=_at(ended, plan.turn) if ended else None,
        closed_at=_at(ended, plan.turn) if ended else None,
        changed_at=_at(ended or accepted, plan.turn),
        promised_due_on=add_working_days(accepted, limit, calendar),
        promised_rule="promise",
    )
    told = list(_list_events(plan, accepted, ended, calendar))
    CaseEvent.objects.bulk_create(_make_events(case, told, actor))
    Case.objects.filter(pk=case.pk).update(sequence=len(told))
    return case


def _outcome(plan: _Plan) -> str:
    return Outcome.REFUSED if plan.turn % 19 == 7 else Outcome.APPROVED


def _list_events(
    plan: _Plan, accepted: date, ended: date | None, calendar: Calendar
) -> Iterator[tuple[str, date, dict[str, Any]]]:
    yield names.OPENED, plan.begins_on, {"kind": plan.kind.code}
    yield names.SUBMITTED, plan.begins_on, {}
    yield names.ACCEPTED, accepted, {"limit_days": plan.kind.limit_days}
    if plan.is_suspended and ended:
        began = add_working_days(accepted, 1, calendar)
        resumed = add_working_days(began, 2, calendar)
        yield names.SUSPENDED, began, {"reason": "supplement"}
        yield names.RESUMED, min(resumed, ended), {"reason": "supplement"}
    if ended is None:
        return
    if _outcome(plan) == Outcome.REFUSED:
        clause = "" if plan.turn % 2 else "《行政许可法》第三十八条第二款"
        yield names.REFUSED, ended, {"reason": "不符合条件", "legal_reason": clause}
    yield names.DECIDED, ended, {"outcome": _outcome(plan)}
    yield names.CLOSED, ended, {"outcome": _outcome(plan)}


def _make_events(
    case: Case, told: list[tuple[str, date, dict[str, Any]]], actor: Actor
) -> Iterator[CaseEvent]:
    for sequence, (name, on, payload) in enumerate(told, start=1):
        yield CaseEvent(
            case=case,
            sequence=sequence,
            name=name,
            at=_at(on, sequence),
            actor=actor.name,
            department=case.department,
            payload=payload,
        )


def _at(day: date, minutes: int) -> datetime:
    """In office hours of that day."""
    start = timezone.make_aware(datetime.combine(day, time(9)))
    return start + timedelta(minutes=minutes % 400)


def _raise_cards(cases: list[Case], now: datetime) -> None:
    """Raise each card on the day it would have been raised, and let some offices explain."""
    events = read_events([case.pk for case in cases])
    for case in cases:
        history = read_history(case, events[case.pk], None)
        for rule, finding in judge(history, timezone.localdate(now)):
            raised_at = min(_at(finding.happened_on, case.pk), now)
            card = raising.raise_card(case, rule, finding, at=raised_at, by=raising.JUDGE)
            _answer(card.pk, finding.department, raised_at + timedelta(hours=3), now)


def _answer(card_id: int, department: str, at: datetime, now: datetime) -> None:
    """Two of three cards were explained the same day, half of those explanations accepted."""
    if card_id % 3 == 0 or at >= now:
        return
    head = Actor(f"head.{department}", frozenset(), frozenset({department}))
    raising.explain_card(
        card_id=card_id, text="因补充核查材料耗时，已完善交接流程。", by=head, at=at
    )
    judge_at, judge_actor = at + timedelta(hours=2), Actor("supervisor", frozenset())
    if card_id % 3 == 1 and judge_at < now:
        act = raising.accept_explanation if card_id % 2 else raising.reject_explanation
        text = "情况属实，予以采纳。" if card_id % 2 else "理由不充分，不予采纳。"
        act(card_id=card_id, text=text, by=judge_actor, at=judge_at)
