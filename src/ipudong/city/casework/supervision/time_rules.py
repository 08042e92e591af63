"""Rules about time: nine tenths of the promise, the promise itself, steps and referrals."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from ipudong.city.casework import case_events as names
from ipudong.city.casework.calendar.clock import Clock
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.history import Event, History, Step

WARNING_TENTHS: Final = 9
DAY: Final = timedelta(days=1)
HOLDING: Final = frozenset({names.TASK_CLAIMED, names.TASK_COMPLETED})


def find_warning_day(clock: Clock) -> date | None:
    """The day on which nine tenths of the limit are reached; None while the clock stands still
    before it, and where that day is the last one anyhow (limits under ten days): to use the last
    day is to be in time."""
    day = clock.find_day(-(-WARNING_TENTHS * clock.total_days // 10))
    return None if day == clock.due_on else day


def find_nine_tenths(history: History, today: date) -> Iterator[Finding]:
    """Still open as the day began on which nine tenths of the promised time are reached."""
    clock = history.clock
    day = None if clock is None else find_warning_day(clock)
    if clock is None or day is None or today < day or _was_settled_before(history, day):
        return
    yield Finding(
        happened_on=day,
        department=history.department,
        officer=find_officer(history, day),
        facts=state_clock(clock, day),
        evidence=list_clock_events(history),
    )


def find_overrun(history: History, today: date) -> Iterator[Finding]:
    """Not decided when the last day of the promised time had passed."""
    clock = history.clock
    due = None if clock is None else clock.due_on
    if clock is None or due is None or today <= due or _was_settled_before(history, due + DAY):
        return
    yield Finding(
        happened_on=due + DAY,
        department=history.department,
        officer=find_officer(history, due),
        facts=state_clock(clock, due),
        evidence=list_clock_events(history),
    )


def find_step_timeouts(history: History, today: date) -> Iterator[Finding]:
    """A step that took longer than its own limit while the case as a whole was in time."""
    for step, due in list_overrun_steps(history, today):
        if find_next_department(history, step) == step.department:
            yield _make_step_finding(history, step, due)


def find_late_referrals(history: History, today: date) -> Iterator[Finding]:
    """A step that overran and then handed the case to another office: referred late."""
    for step, due in list_overrun_steps(history, today):
        other = find_next_department(history, step)
        if other != step.department:
            yield _make_step_finding(history, step, due, referred_to=other)


def list_overrun_steps(history: History, today: date) -> Iterator[tuple[Step, date]]:
    """Steps that overran, with the day on which each was due; what a whole case that is late is
    blamed for is not counted twice."""
    case_due = history.clock.due_on if history.clock else None
    for step in history.steps:
        due = find_step_due(history, step)
        if due is None or (case_due is not None and due >= case_due):
            continue
        end = step.ended.on if step.ended else today
        if end > due and not _was_settled_before(history, due + DAY):
            yield step, due


def find_step_due(history: History, step: Step) -> date | None:
    """The last day of the step's own limit; None without one, and while it stands still."""
    if step.limit_days is None:
        return None
    return history.make_clock(step.limit_days, step.opened.on).due_on


def find_next_department(history: History, step: Step) -> str:
    """The office of the step that this one led to; its own where it led to none elsewhere."""
    if not step.is_done or step.ended is None:
        return step.department
    since = step.ended.sequence
    followers = [
        other.department
        for other in history.steps
        if since < other.opened.sequence and other.opened.at == step.ended.at
    ]
    return next((code for code in followers if code != step.department), step.department)


def find_officer(history: History, on: date) -> str:
    """Who had the matter in hand: the last to claim or complete a step by that day."""
    steps = {step.task for step in history.steps}
    acting = [
        event.actor
        for event in history.events
        if event.name in HOLDING and event.on <= on and event.payload.get("task") in steps
    ]
    return acting[-1] if acting else ""


def state_clock(clock: Clock, on: date) -> dict[str, Any]:
    """The clock as facts of a card: its explanation, and how far it had come on that day."""
    return {
        "clock": clock.explain().as_json(),
        "on": on.isoformat(),
        "elapsed_days": clock.elapsed(on),
        "share": round(clock.share(on), 4),
    }


def list_clock_events(history: History) -> tuple[int, ...]:
    """The events that set, stopped or ended the clock."""
    found: list[Event | None] = [history.submitted, history.accepted, history.settled]
    for pair in history.suspensions:
        found.extend(pair)
    return tuple(sorted({event.sequence for event in found if event is not None}))


def _was_settled_before(history: History, day: date) -> bool:
    settled = history.settled
    return settled is not None and settled.on < day


def _make_step_finding(history: History, step: Step, due: date, **facts: str) -> Finding:
    events = [step.opened, *([step.ended] if step.ended else [])]
    return Finding(
        key=f"task:{step.task}",
        happened_on=due + DAY,
        department=step.department,
        officer=step.ended.actor if step.is_done and step.ended else "",
        facts={
            "step": step.title or step.code,
            "opened_on": step.opened.on.isoformat(),
            "limit_days": step.limit_days,
            "due_on": due.isoformat(),
            "ended_on": step.ended.on.isoformat() if step.ended else None,
            "calendar_edition": history.calendar.edition,
            **facts,
        },
        evidence=tuple(event.sequence for event in events),
    )
