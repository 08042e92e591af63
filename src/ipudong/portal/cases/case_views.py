"""A case as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from ipudong.city.casework.access import MANAGE, WORK, permits_of
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.forms.rendering import StoredFile
from ipudong.city.casework.forms.summary import AnswersPage, list_answers
from ipudong.city.casework.models import Attachment, Case, Message, Suspension, Task
from ipudong.city.casework.parties import ORGANIZATION
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.queries.cases import list_events, list_versions
from ipudong.city.casework.queries.documents import list_attachments, list_papers_of_case
from ipudong.city.casework.queries.tasks import list_tasks_of
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.queries.organizations import get_organization
from ipudong.portal.cases.due_words import draw_due, say_rule
from ipudong.portal.cases.event_words import EventRow, draw_events
from ipudong.portal.cases.officers import call_officers
from ipudong.portal.cases.rows import (
    CaseRow,
    ConsultationRow,
    TaskRow,
    call_departments,
    draw_case,
    draw_consultations,
    draw_tasks,
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message: from whom, and whether it is new to the office."""

    message: Message
    who: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """One attachment with its addresses."""

    attachment: Attachment
    url: str
    thumbnail_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the reader may do on this case."""

    works: bool
    """An officer of the case's own department."""
    has_part: bool
    """An officer of a department with a part in it."""
    manages: bool


def judge_standing(actor: Actor, case: Case) -> Standing:
    """By the same rules as the services, so that a page offers no act that would be refused."""
    held = permits_of(actor)
    is_officer = bool(held & {WORK, MANAGE})
    own = case.department in actor.departments
    has_part = own or case.tasks.filter(department__in=actor.departments).exists()
    return Standing(
        works=is_officer and own,
        has_part=is_officer and has_part,
        manages=MANAGE in held and own,
    )


def draw_page(actor: Actor, case: Case) -> dict[str, Any]:
    """All the case page shows but the applicant's data, which are asked for apart."""
    tasks = list_tasks_of(case)
    standing = judge_standing(actor, case)
    events = list_events(case.number)
    today = timezone.localdate()
    asked = list(case.consultations.all())
    talk = _draw_messages(case)
    return {
        "case": case,
        "row": _draw_head(case),
        "standing": standing,
        "tasks": draw_steps(tasks, actor.name),
        "events": list(reversed(_draw_timeline(events, tasks))),
        "due": draw_due(case, today),
        "messages_": talk,
        "has_new": any(row.is_new for row in talk),
        "suspensions": _draw_suspensions(case),
        "consultations": draw_consultations(asked),
        "to_answer": _list_to_answer(actor, draw_consultations(asked)),
        "papers": list(list_papers_of_case(actor, case.number)),
        "files": draw_files(actor, case),
        "answers": draw_answers(actor, case) if standing.has_part else [],
        "organization": _find_organization(case),
        "versions": _list_other_versions(case) if standing.manages and case.is_open else [],
    }


def _draw_head(case: Case) -> CaseRow:
    offices = call_departments([case.department])
    return draw_case(case, offices, timezone.localdate(), get_calendar())


def draw_steps(tasks: Sequence[Task], me: str) -> list[tuple[TaskRow, str]]:
    """Tasks of the case with the rule of their due date."""
    return [(row, say_rule(row.task.due_rule)) for row in draw_tasks(tasks, me)]


def _draw_timeline(events: list[Any], tasks: Sequence[Task]) -> list[EventRow]:
    titles = {task.code: task.title for task in tasks}
    return draw_events(events, titles)


def _draw_messages(case: Case) -> list[MessageRow]:
    rows = list(case.messages.all())
    people = call_officers(row.by for row in rows if not row.from_applicant)
    return [
        MessageRow(
            row,
            "" if row.from_applicant else people.get(row.by, row.by),
            row.from_applicant and row.read_at is None,
        )
        for row in rows
    ]


def _draw_suspensions(case: Case) -> list[Suspension]:
    return list(case.suspensions.all())


def _list_to_answer(actor: Actor, rows: Sequence[ConsultationRow]) -> list[ConsultationRow]:
    """Questions the reader's departments have not answered."""
    if WORK not in permits_of(actor):
        return []
    return [
        row
        for row in rows
        if row.consultation.answered_at is None and row.consultation.department in actor.departments
    ]


def draw_files(actor: Actor, case: Case) -> list[FileRow]:
    """Attachments with the addresses of this app's downloads."""
    return [
        FileRow(
            row,
            reverse("portal:cases:attachment", args=[case.number, row.pk]),
            reverse("portal:cases:thumbnail", args=[case.number, row.pk]) if row.width else "",
        )
        for row in list_attachments(actor, case.number)
    ]


def draw_answers(actor: Actor, case: Case) -> list[AnswersPage]:
    """The application in words, its files linked."""
    form = compiled(case.kind).form_of("")
    if form is None:
        return []
    files: dict[str, list[StoredFile]] = {}
    for row in draw_files(actor, case):
        stored = StoredFile(
            key=str(row.attachment.pk), name=row.attachment.name, size="", url=row.url
        )
        files.setdefault(row.attachment.slot, []).append(stored)
    return list_answers(form, case.data, files)


def _find_organization(case: Case) -> Mapping[str, str]:
    """Name and code of an organization: its register entry is public."""
    if case.applicant_kind != ORGANIZATION:
        return {}
    try:
        found = get_organization(case.applicant_id)
    except RegistryError:
        return {}
    return {"name": found.name, "credit_code": found.credit_code}


def _list_other_versions(case: Case) -> list[int]:
    return [row.number for row in list_versions(case.kind_code) if row.number != case.kind.number]
