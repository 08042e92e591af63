"""What happened to a case, in words: a title for each event's name, a line of detail, a tone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ipudong.city.casework import case_events as events
from ipudong.city.casework.models import CaseEvent, Channel, Opinion, Outcome, SuspensionReason
from ipudong.portal.cases.officers import call_officers
from ipudong.portal.cases.rows import call_departments

TITLES: Final[Mapping[str, tuple[Promise, str, str]]] = {
    events.OPENED: (gettext_lazy("Case opened"), "file-plus", ""),
    events.SUBMITTED: (gettext_lazy("Application handed in"), "send", "river"),
    events.ACCEPTED: (gettext_lazy("Application accepted"), "circle-check", "good"),
    events.NOT_ACCEPTED: (gettext_lazy("Application not accepted"), "circle-x", "bad"),
    events.TASK_OPENED: (gettext_lazy("Task opened"), "square-plus", ""),
    events.TASK_CLAIMED: (gettext_lazy("Task claimed"), "hand-grab", ""),
    events.TASK_RELEASED: (gettext_lazy("Task put back into the pool"), "arrow-back-up", ""),
    events.TASK_REASSIGNED: (gettext_lazy("Task reassigned"), "arrows-exchange", ""),
    events.TASK_DELEGATED: (gettext_lazy("Task delegated"), "user-share", ""),
    events.TASK_COMPLETED: (gettext_lazy("Task done"), "square-check", "good"),
    events.TASK_CANCELED: (gettext_lazy("Task no longer needed"), "square-x", ""),
    events.SUSPENDED: (gettext_lazy("Case suspended"), "player-pause", "notice"),
    events.SUPPLEMENTED: (gettext_lazy("Application completed by the applicant"), "file-check", ""),
    events.RESUMED: (gettext_lazy("Case resumed"), "player-play", ""),
    events.EXTENDED: (gettext_lazy("Time extended"), "calendar-plus", "notice"),
    events.CONSULTED: (gettext_lazy("Department consulted"), "message-question", ""),
    events.CONSULTATION_ANSWERED: (gettext_lazy("Consultation answered"), "message-check", ""),
    events.MESSAGE_SENT: (gettext_lazy("Message sent"), "message", ""),
    events.MESSAGE_RECEIVED: (gettext_lazy("Message received by the process"), "mail-opened", ""),
    events.TIMER_FIRED: (gettext_lazy("Time limit of a step reached"), "alarm", "notice"),
    events.RULE_DECIDED: (gettext_lazy("Decided by rule"), "table", ""),
    events.SERVICE_DONE: (gettext_lazy("Done by the system"), "settings-automation", ""),
    events.SERVICE_FAILED: (
        gettext_lazy("The system could not do a step"),
        "alert-triangle",
        "bad",
    ),
    events.DECIDED: (gettext_lazy("Decision made"), "gavel", "river"),
    events.REFUSED: (gettext_lazy("Application refused"), "circle-x", "bad"),
    events.ISSUED: (gettext_lazy("Paper issued"), "certificate", "good"),
    events.DELIVERED: (gettext_lazy("Result delivered"), "truck-delivery", "good"),
    events.WITHDRAWN: (gettext_lazy("Application withdrawn"), "arrow-back", ""),
    events.CLOSED: (gettext_lazy("Case closed"), "lock", ""),
    events.EVALUATED: (gettext_lazy("Evaluated by the applicant"), "star", ""),
    events.HANDLED_OFFLINE: (gettext_lazy("Step done outside the system"), "plug-x", "notice"),
    events.MOVED: (gettext_lazy("Moved to another version of the process"), "git-branch", "notice"),
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the timeline."""

    title: str
    icon: str
    tone: str
    at: datetime
    who: str
    department: str
    details: tuple[str, ...]


def draw_events(rows: list[CaseEvent], titles: Mapping[str, str]) -> list[EventRow]:
    """The timeline; `titles` are those of the tasks by their code."""
    offices = call_departments(_list_departments(rows))
    people = call_officers(
        name
        for row in rows
        for name in (row.actor, row.payload.get("holder"), row.payload.get("delegate"))
        if isinstance(name, str)
    )
    return [_draw(row, offices, people, titles) for row in rows]


def _list_departments(rows: list[CaseEvent]) -> list[str]:
    return [row.department for row in rows]


def _draw(
    row: CaseEvent,
    offices: Mapping[str, str],
    people: Mapping[str, str],
    titles: Mapping[str, str],
) -> EventRow:
    title, icon, tone = TITLES.get(row.name, (row.name, "point", ""))
    who = _("The system") if row.actor.startswith("system:") else people.get(row.actor, row.actor)
    return EventRow(
        title=str(title),
        icon=icon,
        tone=tone,
        at=row.at,
        who=who,
        department=offices.get(row.department, ""),
        details=tuple(_list_details(row.payload, people, titles)),
    )


def _list_details(
    payload: Mapping[str, Any], people: Mapping[str, str], titles: Mapping[str, str]
) -> list[str]:
    found = []
    for key, say in _SAY.items():
        value = payload.get(key)
        if isinstance(value, str | int) and value not in ("", False):
            found.append(say(str(value), people, titles))
    return [text for text in found if text]


Say = Callable[[str, Mapping[str, str], Mapping[str, str]], str]


def _of(choices: Mapping[str, object]) -> Say:
    words = {str(key): label for key, label in choices.items()}
    return lambda value, people, titles: str(words.get(value, value))


def _plain(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return value


def _task(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return titles.get(value, value)


def _holder(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("Held by %(name)s") % {"name": people.get(value, value)}


def _delegate(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("Delegated to %(name)s") % {"name": people.get(value, value)}


def _due(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("Due on %(day)s") % {"day": value}


def _promised(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("Promised by %(day)s") % {"day": value} if value != "None" else ""


def _legal(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("Legal reason: %(text)s") % {"text": value}


def _stars(value: str, people: Mapping[str, str], titles: Mapping[str, str]) -> str:
    return _("%(stars)s of 5") % {"stars": value}


_SAY: Final[Mapping[str, Say]] = {
    "channel": _of(dict(Channel.choices)),
    "code": _task,
    "step": _task,
    "holder": _holder,
    "delegate": _delegate,
    "reason": _of(dict(SuspensionReason.choices)),
    "legal_reason": _legal,
    "outcome": _of(dict(Outcome.choices)),
    "opinion": _of(dict(Opinion.choices)),
    "due_on": _due,
    "promised_due_on": _promised,
    "text": _plain,
    "what": _plain,
    "paper": _plain,
    "stars": _stars,
    "error": _plain,
}
