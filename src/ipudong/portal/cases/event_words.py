"""What happened to a case, in words: a title for each event's name, a line of detail, a tone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ipudong.city.casework import case_events as events
from ipudong.city.casework.models import CaseEvent, Channel, Outcome, SuspensionReason
from ipudong.portal.cases.officers import call_officers
from ipudong.portal.cases.opinions import OPINIONS
from ipudong.portal.cases.rows import call_departments


@dataclass(frozen=True, slots=True)
class EventWords:
    """What an event's name is called, with which icon and tone."""

    title: Promise
    icon: str
    tone: str = ""


TITLES: Final[Mapping[str, EventWords]] = {
    events.OPENED: EventWords(gettext_lazy("Case opened"), icon="file-plus"),
    events.SUBMITTED: EventWords(gettext_lazy("Application handed in"), icon="send", tone="river"),
    events.ACCEPTED: EventWords(
        gettext_lazy("Application accepted"), icon="circle-check", tone="good"
    ),
    events.NOT_ACCEPTED: EventWords(
        gettext_lazy("Application not accepted"), icon="circle-x", tone="bad"
    ),
    events.TASK_OPENED: EventWords(gettext_lazy("Task opened"), icon="square-plus"),
    events.TASK_CLAIMED: EventWords(gettext_lazy("Task claimed"), icon="hand-grab"),
    events.TASK_RELEASED: EventWords(
        gettext_lazy("Task put back into the pool"), icon="arrow-back-up"
    ),
    events.TASK_REASSIGNED: EventWords(gettext_lazy("Task reassigned"), icon="arrows-exchange"),
    events.TASK_DELEGATED: EventWords(gettext_lazy("Task delegated"), icon="user-share"),
    events.TASK_COMPLETED: EventWords(gettext_lazy("Task done"), icon="square-check", tone="good"),
    events.TASK_CANCELED: EventWords(gettext_lazy("Task no longer needed"), icon="square-x"),
    events.SUSPENDED: EventWords(
        gettext_lazy("Case suspended"), icon="player-pause", tone="notice"
    ),
    events.SUPPLEMENTED: EventWords(
        gettext_lazy("Application completed by the applicant"), icon="file-check"
    ),
    events.RESUMED: EventWords(gettext_lazy("Case resumed"), icon="player-play"),
    events.EXTENDED: EventWords(gettext_lazy("Time extended"), icon="calendar-plus", tone="notice"),
    events.CONSULTED: EventWords(gettext_lazy("Department consulted"), icon="message-question"),
    events.CONSULTATION_ANSWERED: EventWords(
        gettext_lazy("Consultation answered"), icon="message-check"
    ),
    events.MESSAGE_SENT: EventWords(gettext_lazy("Message sent"), icon="message"),
    events.MESSAGE_RECEIVED: EventWords(
        gettext_lazy("Message received by the process"), icon="mail-opened"
    ),
    events.TIMER_FIRED: EventWords(
        gettext_lazy("Time limit of a step reached"), icon="alarm", tone="notice"
    ),
    events.RULE_DECIDED: EventWords(gettext_lazy("Decided by rule"), icon="table"),
    events.SERVICE_DONE: EventWords(gettext_lazy("Done by the system"), icon="settings-automation"),
    events.SERVICE_FAILED: EventWords(
        gettext_lazy("The system could not do a step"), icon="alert-triangle", tone="bad"
    ),
    events.DECIDED: EventWords(gettext_lazy("Decision made"), icon="gavel", tone="river"),
    events.REFUSED: EventWords(gettext_lazy("Application refused"), icon="circle-x", tone="bad"),
    events.ISSUED: EventWords(gettext_lazy("Paper issued"), icon="certificate", tone="good"),
    events.DELIVERED: EventWords(
        gettext_lazy("Result delivered"), icon="truck-delivery", tone="good"
    ),
    events.WITHDRAWN: EventWords(gettext_lazy("Application withdrawn"), icon="arrow-back"),
    events.CLOSED: EventWords(gettext_lazy("Case closed"), icon="lock"),
    events.EVALUATED: EventWords(gettext_lazy("Evaluated by the applicant"), icon="star"),
    events.HANDLED_OFFLINE: EventWords(
        gettext_lazy("Step done outside the system"), icon="plug-x", tone="notice"
    ),
    events.MOVED: EventWords(
        gettext_lazy("Moved to another version of the process"), icon="git-branch", tone="notice"
    ),
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
    words = TITLES[row.name]
    who = _("The system") if row.actor.startswith("system:") else people.get(row.actor, row.actor)
    return EventRow(
        title=str(words.title),
        icon=words.icon,
        tone=words.tone,
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
    "opinion": _of(OPINIONS),
    "due_on": _due,
    "promised_due_on": _promised,
    "text": _plain,
    "what": _plain,
    "paper": _plain,
    "stars": _stars,
    "error": _plain,
}
