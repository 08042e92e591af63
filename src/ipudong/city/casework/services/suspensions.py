"""Stopping and restarting the clock of a case, each time with its reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ipudong.city.casework import case_events as events
from ipudong.city.casework.access import require_applicant, require_manage, require_work
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.due_dates import move_due, set_due_days
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    OPEN_STATES,
    Case,
    CaseState,
    Message,
    Suspension,
    SuspensionReason,
    Task,
    TaskState,
    Wait,
)
from ipudong.city.casework.processes import Run
from ipudong.city.casework.services.acts import Act, acting
from ipudong.city.casework.services.progress import move_process
from ipudong.city.identity.actors import Actor

MOST_EXTENSION_DAYS: Final = 30


def ask_applicant(
    *, number: str, text: str, wanted: Sequence[str] = (), by: Actor, at: datetime
) -> Case:
    """Ask for what is missing (补正): all of it at once, by the names of fields or materials. The
    clock stands until the applicant answers. Raises as `suspend_case`."""
    with acting(number=number, action="ask_applicant", by=by, at=at) as act:
        _suspend(act, SuspensionReason.SUPPLEMENT, text, list(wanted))
        _say(act, text, from_applicant=False)
    return act.case


def answer_applicant(
    *, number: str, data: Mapping[str, Any], text: str = "", by: Actor, at: datetime
) -> Case:
    """The applicant completes the application; the clock goes on.

    Only the form's own answers are taken, and the whole is checked again. Raises CaseworkError
    `not_suspended`, `form_invalid`, `not_allowed`.
    """
    with acting(number=number, action="answer_applicant", by=by, at=at) as act:
        require_applicant(by, act.case)
        standing = _standing(act.case)
        if standing.reason != SuspensionReason.SUPPLEMENT:
            raise CaseworkError("not_suspended")
        _merge(act.case, data)
        if text.strip():
            _say(act, text, from_applicant=True)
        act.tell(events.SUPPLEMENTED, fields=sorted(data))
        _resume(act, standing)
    return act.case


def suspend_case(*, number: str, reason: str, text: str, by: Actor, at: datetime) -> Case:
    """Stop the clock for a hearing, an appraisal or another ground the law knows.

    Raises CaseworkError `unknown_reason`, `reason_missing`, `not_open`, `already_suspended`,
    `not_allowed`.
    """
    with acting(number=number, action="suspend_case", by=by, at=at, reason=reason) as act:
        _suspend(act, reason, text, [])
    return act.case


def resume_case(*, number: str, by: Actor, at: datetime, text: str = "") -> Case:
    """The ground is gone; the clock goes on. Raises `not_suspended`, `not_allowed`."""
    with acting(number=number, action="resume_case", by=by, at=at) as act:
        require_work(by, act.case.department)
        _resume(act, _standing(act.case), text=text)
    return act.case


def extend_case(*, number: str, days: int, reason: str, by: Actor, at: datetime) -> Case:
    """Make both limits longer by working days (延期), as the law lets the head of an office do
    once; the applicant is told why. Raises CaseworkError `bad_value`, `reason_missing`, `not_open`,
    `extended_already`, `not_allowed`."""
    if not 1 <= days <= MOST_EXTENSION_DAYS:
        raise CaseworkError("bad_value", field="days")
    if not reason.strip():
        raise CaseworkError("reason_missing")
    with acting(number=number, action="extend_case", by=by, at=at, days=days) as act:
        require_manage(by, act.case.department)
        if act.case.accepted_at is None or act.case.state not in OPEN_STATES:
            raise CaseworkError("not_open")
        if act.case.events.filter(name=events.EXTENDED).exists():
            raise CaseworkError("extended_already")
        act.tell(events.EXTENDED, days=days, reason=reason.strip())
        act.flush()
        set_due_days(act.case)
        _say(act, reason, from_applicant=False)
    return act.case


def _suspend(act: Act, reason: str, text: str, wanted: list[str]) -> None:
    case = act.case
    require_work(act.by, case.department)
    if reason not in SuspensionReason.values:
        raise CaseworkError("unknown_reason", reason=reason)
    if not text.strip():
        raise CaseworkError("reason_missing")
    if case.state == CaseState.SUSPENDED:
        raise CaseworkError("already_suspended")
    if case.state not in OPEN_STATES:
        raise CaseworkError("not_open")
    Suspension.objects.create(
        case=case,
        reason=reason,
        text=text.strip(),
        wanted=wanted,
        began_at=act.at,
        began_by=act.by.name,
    )
    case.state = CaseState.SUSPENDED
    act.tell(events.SUSPENDED, reason=reason, text=text.strip(), wanted=wanted)


def _standing(case: Case) -> Suspension:
    found = case.suspensions.filter(ended_at=None).first()
    if found is None:
        raise CaseworkError("not_suspended")
    return found


def _resume(act: Act, standing: Suspension, **payload: Any) -> None:
    case = act.case
    standing.ended_at, standing.ended_by = act.at, act.by.name
    standing.save(update_fields=["ended_at", "ended_by"])
    case.state = CaseState.ACCEPTED if case.accepted_at else CaseState.SUBMITTED
    set_due_days(case)
    tasks = list(case.tasks.filter(state=TaskState.OPEN))
    move_due(tasks, standing.began_at, act.at)
    Task.objects.bulk_update(tasks, ["due_on"])
    _postpone_timers(act, standing)
    act.tell(
        events.RESUMED,
        reason=standing.reason,
        since=standing.began_at.isoformat(),
        promised_due_on=str(case.promised_due_on or ""),
        legal_due_on=str(case.legal_due_on or ""),
        tasks={str(task.pk): str(task.due_on) for task in tasks},
        **payload,
    )


def _postpone_timers(act: Act, standing: Suspension) -> None:
    """Timers stood still with the clock; each fires later by as much."""
    waits = list(act.case.waits.filter(fire_at__isnull=False))
    if not waits:
        return
    later: dict[str, datetime] = {}
    for wait in waits:
        if wait.fire_at is not None:
            wait.fire_at += act.at - standing.began_at
            later[wait.step] = wait.fire_at
    Wait.objects.bulk_update(waits, ["fire_at"])

    def move(run: Run) -> None:
        for step, fire_at in later.items():
            run.postpone(step, fire_at)

    move_process(act, move)


def _merge(case: Case, data: Mapping[str, Any]) -> None:
    merged = {**case.data, **data}
    form = compiled(case.kind).form_of("")
    if form is not None:
        cleaned = form.clean(merged)
        if not cleaned.ok:
            raise CaseworkError("form_invalid", problems=cleaned.problems)
        merged = dict(cleaned.values)
    case.data, case.revision = merged, case.revision + 1


def _say(act: Act, text: str, *, from_applicant: bool) -> None:
    Message.objects.create(
        case=act.case,
        at=act.at,
        by=act.by.name,
        department="" if from_applicant else act.case.department,
        from_applicant=from_applicant,
        text=text.strip(),
    )
