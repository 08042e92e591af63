"""What happened to a case and what comes next, in plain words for the one who applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework import case_events as names
from ipudong.city.casework.models import Case, CaseEvent, CaseState, Outcome
from ipudong.city.casework.queries.cases import list_events
from ipudong.city.casework.queries.tasks import list_tasks_of
from ipudong.city.identity.directory import list_departments
from ipudong.city.languages import reads_chinese
from ipudong.systems.govservice.apply_cases import Applying

# Events an applicant is told of; the office's inner steps (claims, delegations) are its own.
TOLD: Final[Mapping[str, tuple[Promise, str]]] = {
    names.OPENED: (_("You began the application and got its number."), ""),
    names.SUBMITTED: (_("You handed the application in."), "river"),
    names.ACCEPTED: (_("The office accepted it; the promised time runs from here."), "river"),
    names.NOT_ACCEPTED: (_("The office did not accept it: {reason} ({legal_reason})"), "bad"),
    names.TASK_COMPLETED: (_("A step was finished by {department}: {title}"), ""),
    names.SUSPENDED: (_("The clock stands still: {text}"), "notice"),
    names.SUPPLEMENTED: (_("You sent what was missing."), ""),
    names.RESUMED: (_("The clock goes on."), ""),
    names.EXTENDED: (_("The time was extended: {reason}"), "notice"),
    names.CONSULTED: (_("Another department was asked for its opinion."), ""),
    names.DECIDED: (_("A decision was taken."), "good"),
    names.REFUSED: (_("It was refused: {reason} ({legal_reason})"), "bad"),
    names.ISSUED: (_("A paper was issued."), "good"),
    names.DELIVERED: (_("The result was delivered."), "good"),
    names.WITHDRAWN: (_("The application was withdrawn."), ""),
    names.CLOSED: (_("The case is closed."), ""),
    names.EVALUATED: (_("You evaluated the service."), ""),
}
STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    CaseState.DRAFT: (_("Not handed in yet"), "notice"),
    CaseState.SUBMITTED: (_("Handed in, not yet accepted"), "river"),
    CaseState.ACCEPTED: (_("Being worked on"), "river"),
    CaseState.SUSPENDED: (_("Waiting for something"), "notice"),
    CaseState.CLOSED: (_("Case closed"), ""),
}
OUTCOMES: Final[Mapping[str, tuple[Promise, str]]] = {
    Outcome.APPROVED: (_("Approved"), "good"),
    Outcome.REFUSED: (_("Not granted"), "bad"),
    Outcome.NOT_ACCEPTED: (_("Not accepted"), "bad"),
    Outcome.WITHDRAWN: (_("Application withdrawn"), ""),
    Outcome.LAPSED: (_("Lapsed"), ""),
    Outcome.FINISHED: (_("Case finished"), "good"),
}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of what happened."""

    at: datetime
    text: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class OpenStep:
    """What an office has to do now, and until when."""

    title: str
    department: str
    due_on: date


def say_state(case: Case) -> tuple[str, str]:
    """Where the case stands in a word, and its tone."""
    if case.state == CaseState.CLOSED and case.outcome in OUTCOMES:
        word, tone = OUTCOMES[case.outcome]
    else:
        word, tone = STATES[case.state]
    return str(word), tone


def list_moments(case: Case) -> list[Moment]:
    """What the applicant is told of what happened, newest first."""
    titles = {task.pk: task.title for task in list_tasks_of(case)}
    moments = [
        Moment(at=event.at, text=_say(event, titles), tone=TOLD[event.name][1])
        for event in list_events(case.number)
        if event.name in TOLD
    ]
    return moments[::-1]


def _say(event: CaseEvent, titles: Mapping[int, str]) -> str:
    payload: dict[str, Any] = {"reason": "", "legal_reason": "", "text": "", **event.payload}
    payload["title"] = titles.get(payload.get("task", 0), "")
    payload["department"] = say_department(event.department)
    text = str(TOLD[event.name][0]).format_map({**payload})
    return text.replace("()", "").replace("（）", "").rstrip(" :：")


def say_department(code: str) -> str:
    """A department's name in the reader's language."""
    row = list_departments().filter(code=code).first()
    if row is None:
        return code
    chinese = reads_chinese()
    return row.name_zh if chinese else row.name_en or row.name_zh


def list_open_steps(case: Case) -> list[OpenStep]:
    """What offices have to do now."""
    return [
        OpenStep(title=task.title, department=say_department(task.department), due_on=task.due_on)
        for task in list_tasks_of(case)
        if task.state == "open" and not task.for_applicant
    ]


def list_way(applying: Applying) -> list[dict[str, object]]:
    """The steps of the item's guide for this situation."""
    return [
        {
            "name": str(step.name),
            "by": _("you") if step.by == "applicant" else say_department(step.by),
            "days": step.days,
            "note": str(step.note or ""),
        }
        for step in applying.item.steps_of(applying.situation)
    ]
