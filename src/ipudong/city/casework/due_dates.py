"""When a case and its tasks are due, by the working days of the district."""

from datetime import date, datetime

from django.utils import timezone

from ipudong.city.casework.calendar import (
    Calendar,
    Clock,
    Explanation,
    Extension,
    Suspended,
    add_working_days,
    count_working_days,
)
from ipudong.city.casework.case_events import EXTENDED
from ipudong.city.casework.models import Case, Task
from ipudong.city.casework.queries.calendars import get_calendar

PROMISE = "promise"
LEGAL = "legal"
STEP = "step"
NOTICE = "licensing.notice"
NOTICE_DAYS = 5


def local_day(at: datetime) -> date:
    """The day in the district."""
    return timezone.localtime(at).date()


def clocks_of(case: Case, calendar: Calendar | None = None) -> tuple[Clock, Clock] | None:
    """The promised and the legal clock; None before the case is accepted."""
    accepted_at = case.accepted_at
    if accepted_at is None:
        return None
    calendar = calendar or get_calendar()
    stands = [
        Suspended(local_day(s.began_at), local_day(s.ended_at) if s.ended_at else None, s.reason)
        for s in case.suspensions.all()
        if s.ended_at is None or s.ended_at > accepted_at
    ]
    longer = [
        Extension(event.payload["days"], local_day(event.at), event.payload["reason"])
        for event in case.events.filter(name=EXTENDED)
    ]

    def clock(limit_days: int, rule: str) -> Clock:
        return Clock(
            limit_days=limit_days,
            started_on=local_day(accepted_at),
            calendar=calendar,
            suspensions=stands,
            extensions=longer,
            rule=rule,
        )

    return clock(case.kind.limit_days, PROMISE), clock(case.kind.legal_limit_days, LEGAL)


def set_due_days(case: Case) -> Explanation | None:
    """Reckon both last days anew; while the clock stands they keep the day they had."""
    clocks = clocks_of(case)
    if clocks is None:
        return None
    promised, legal = clocks
    case.promised_due_on = promised.due_on or case.promised_due_on
    case.legal_due_on = legal.due_on or case.legal_due_on
    case.promised_rule, case.legal_rule = promised.rule, legal.rule
    return promised.explain()


def due_of_task(case: Case, limit_days: int | None, at: datetime) -> tuple[date, str]:
    """The last day of a task opened now and the rule: its own limit, never beyond the case's."""
    today = local_day(at)
    if limit_days is not None:
        own = add_working_days(today, limit_days, get_calendar())
        last = case.promised_due_on
        return (last, PROMISE) if last is not None and last < own else (own, STEP)
    if case.promised_due_on is not None:
        return case.promised_due_on, PROMISE
    return add_working_days(today, NOTICE_DAYS, get_calendar()), NOTICE


def move_due(tasks: list[Task], since: datetime, until: datetime) -> None:
    """Put off open tasks by the working days a suspension lasted."""
    calendar = get_calendar()
    days = count_working_days(local_day(since), local_day(until), calendar)
    for task in tasks:
        task.due_on = add_working_days(task.due_on, days, calendar)
