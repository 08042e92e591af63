"""The standing work of supervision: read new events, judge their cases, raise each card once."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ipudong.city.audit.services import gathering
from ipudong.city.casework.calendar.days import Calendar, count_working_days
from ipudong.city.casework.models import (
    Card,
    Case,
    CaseEvent,
    SupervisedCase,
    SupervisionMark,
)
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.supervision.history import Event, History, fold
from ipudong.city.casework.supervision.raising import confirm_unexplained, raise_card
from ipudong.city.casework.supervision.rules import find_next_look, judge

MARK_ID: Final = 1
LOOKBACK: Final = 5_000
"""Events that are read again each time: a transaction that began earlier may end later."""
WINDOW: Final = 20_000
BATCH: Final = 200
BUDGET_S: Final = 20.0
JUDGE: Final = "system:supervision"


def supervise(now: datetime, *, budget_s: float = BUDGET_S) -> int:
    """Bring supervision up to date, as the worker does every minute; how many cases were judged.

    Judges cases with new events and cases whose next look is due, for at most `budget_s` seconds;
    what is left waits for the next time. Doing it twice raises nothing twice.
    """
    started, judged = time.monotonic(), 0
    confirm_unexplained(now)
    for case_ids in _list_work(timezone.localdate(now)):
        for at in range(0, len(case_ids), BATCH):
            judged += judge_cases(case_ids[at : at + BATCH], now=now)
            if time.monotonic() - started > budget_s:
                return judged
    return judged


@transaction.atomic
def judge_cases(case_ids: Sequence[int], *, now: datetime) -> int:
    """Fold and judge these cases as of that instant; how many there were."""
    today = timezone.localdate(now)
    cases = Case.objects.filter(pk__in=case_ids).select_related("kind")
    watched = SupervisedCase.objects.in_bulk(case_ids)
    events = read_events(case_ids)
    raised = set(Card.objects.filter(case__in=case_ids).values_list("case", "rule", "key"))
    rows = []
    with gathering():
        for case in cases:
            history = read_history(case, events[case.pk], watched.get(case.pk))
            for rule, finding in judge(history, today):
                if (case.pk, rule.code, finding.key) not in raised:
                    raise_card(case, rule, finding, at=now, by=JUDGE)
            rows.append(_watch(case, history, today))
    SupervisedCase.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=[
            row.name for row in SupervisedCase._meta.concrete_fields if not row.primary_key
        ],
    )
    return len(rows)


def read_events(case_ids: Iterable[int]) -> dict[int, list[Event]]:
    """The events of these cases, in order."""
    found: dict[int, list[Event]] = defaultdict(list)
    for row in CaseEvent.objects.filter(case__in=case_ids).order_by("case", "sequence"):
        found[row.case_id].append(
            Event(
                sequence=row.sequence,
                name=row.name,
                at=row.at,
                on=timezone.localdate(row.at),
                actor=row.actor,
                department=row.department,
                payload=row.payload,
            )
        )
    return found


def read_history(case: Case, events: list[Event], watched: SupervisedCase | None) -> History:
    """The history of a case by the calendar it was first reckoned by. Where that did not know a
    year the case reaches into, the newest one is taken: it was provisional and said so."""
    history = _fold(
        case, events, get_calendar(watched.calendar_edition or None if watched else None)
    )
    newest = get_calendar()
    if history.calendar.edition == newest.edition or not _is_provisional(history):
        return history
    return _fold(case, events, newest)


def _fold(case: Case, events: list[Event], calendar: Calendar) -> History:
    return fold(
        events,
        number=case.number,
        kind_code=case.kind_code,
        department=case.department,
        limit_days=case.kind.limit_days,
        calendar=calendar,
    )


def _is_provisional(history: History) -> bool:
    clock = history.clock
    return clock is None or clock.explain().provisional


def _list_work(today: date) -> Iterator[list[int]]:
    """Cases to judge: first those whose day has come, then those with new events, window by window;
    the mark moves on when a window was judged."""
    yield list(
        SupervisedCase.objects.filter(next_look_on__lte=today)
        .order_by("next_look_on")
        .values_list("pk", flat=True)
    )
    mark, _ = SupervisionMark.objects.get_or_create(pk=MARK_ID)
    last = CaseEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    while True:
        end = min(mark.event_id + WINDOW, last)
        yield _list_changed(max(0, mark.event_id - LOOKBACK), end)
        mark.event_id, mark.read_at = end, timezone.now()
        mark.save()
        if end >= last:
            return


def _list_changed(after: int, until: int) -> list[int]:
    """Cases with an event in that window that supervision has not folded yet."""
    newest = dict(
        CaseEvent.objects.filter(pk__gt=after, pk__lte=until)
        .order_by()
        .values_list("case")
        .annotate(last=Max("sequence"))
    )
    known = dict(
        SupervisedCase.objects.filter(pk__in=list(newest)).values_list("pk", "sequence")
        if len(newest) < LOOKBACK
        else SupervisedCase.objects.values_list("pk", "sequence")
    )
    return [pk for pk, last in newest.items() if last > known.get(pk, 0)]


def _watch(case: Case, history: History, today: date) -> SupervisedCase:
    clock, settled = history.clock, history.settled
    first = history.suspensions[0][0] if history.suspensions else None
    return SupervisedCase(
        case=case,
        sequence=history.events[-1].sequence if history.events else 0,
        department=history.department,
        kind_code=history.kind_code,
        submitted_on=history.submitted.on if history.submitted else None,
        accepted_on=history.accepted.on if history.accepted else None,
        due_on=clock.due_on if clock else None,
        decided_on=history.decided.on if history.decided else None,
        is_open=history.is_open,
        limit_days=history.limit_days,
        elapsed_days=clock.elapsed(settled.on if settled else today) if clock else 0,
        waited_days=_count_wait(history),
        suspended_days=clock.explain().suspended_days if clock else 0,
        suspended_on=first.on if first else None,
        suspended_by=first.actor if first else "",
        suspended_at_share=round(clock.share(first.on), 4) if clock and first else None,
        calendar_edition=history.calendar.edition,
        next_look_on=find_next_look(history, today),
    )


def _count_wait(history: History) -> int | None:
    if history.submitted is None or history.accepted is None:
        return None
    return max(0, count_working_days(history.submitted.on, history.accepted.on, history.calendar))
