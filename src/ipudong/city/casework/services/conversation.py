"""Messages between applicant and office, and questions to other departments."""

from datetime import date, datetime

from ipudong.city.casework import case_events as events
from ipudong.city.casework.access import (
    acts_as_applicant,
    may_see,
    require_work,
)
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    OPEN_STATES,
    CaseState,
    Consultation,
    Message,
    Opinion,
)
from ipudong.city.casework.services.acts import Act, acting
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Department

LONGEST_TEXT = 4000


def send_message(*, number: str, text: str, by: Actor, at: datetime) -> Message:
    """Write to the office as applicant, or to the applicant as an officer with a part in the case.

    Raises CaseworkError `empty_text`, `not_allowed`.
    """
    text = _tidy(text)
    with acting(number=number, action="send_message", by=by, at=at) as act:
        from_applicant = acts_as_applicant(by, act.case)
        if not from_applicant:
            _require_part(act)
        department = "" if from_applicant else _speaks_for(act)
        message = Message.objects.create(
            case=act.case,
            at=at,
            by=by.name,
            department=department,
            from_applicant=from_applicant,
            text=text,
        )
        act.tell(
            events.MESSAGE_SENT,
            department=department or act.case.department,
            message=message.pk,
            from_applicant=from_applicant,
        )
    return message


def read_messages(*, number: str, by: Actor, at: datetime) -> int:
    """Mark what the other side wrote as read; how many were new."""
    with acting(number=number, action="read_messages", by=by, at=at) as act:
        from_office = acts_as_applicant(by, act.case)
        if not from_office:
            _require_part(act)
        new = act.case.messages.filter(read_at=None, from_applicant=not from_office)
        return new.update(read_at=at)


def consult(
    *, number: str, department: str, question: str, due_on: date, by: Actor, at: datetime
) -> Consultation:
    """Ask another department beside the process (征求意见); several may be asked at once.

    Raises CaseworkError `unknown_department`, `empty_text`, `bad_period`, `not_open`,
    `not_allowed`.
    """
    text = _tidy(question)
    with acting(number=number, action="consult", by=by, at=at, department=department) as act:
        _require_part(act)
        if act.case.state not in OPEN_STATES:
            raise CaseworkError("not_open")
        if due_on < at.date():
            raise CaseworkError("bad_period")
        if not Department.objects.filter(code=department).exists():
            raise CaseworkError("unknown_department", department=department)
        asked = Consultation.objects.create(
            case=act.case,
            department=department,
            question=text,
            due_on=due_on,
            asked_at=at,
            asked_by=by.name,
            asking_department=_speaks_for(act),
        )
        act.tell(
            events.CONSULTED,
            department=asked.asking_department,
            consultation=asked.pk,
            asked=department,
            due_on=str(due_on),
        )
    return asked


def answer_consultation(
    *, consultation_id: int, opinion: str, answer: str, by: Actor, at: datetime
) -> Consultation:
    """Answer for the department that was asked; once. Raises CaseworkError `answered_already`
    (`by`), `bad_value`, `empty_text`, `not_allowed`, `unknown_case`."""
    if opinion not in Opinion.values:
        raise CaseworkError("bad_value", field="opinion")
    text = _tidy(answer)
    asked = Consultation.objects.select_related("case").filter(pk=consultation_id).first()
    if asked is None:
        raise CaseworkError("unknown_case")
    number = asked.case.number
    with acting(number=number, action="answer_consultation", by=by, at=at) as act:
        require_work(by, asked.department)
        asked.refresh_from_db()
        if asked.answered_at is not None:
            raise CaseworkError("answered_already", by=asked.answered_by)
        if act.case.state == CaseState.CLOSED:
            raise CaseworkError("not_open")
        asked.opinion, asked.answer = opinion, text
        asked.answered_at, asked.answered_by = at, by.name
        asked.save()
        act.tell(
            events.CONSULTATION_ANSWERED,
            department=asked.department,
            consultation=asked.pk,
            opinion=opinion,
            due_on=str(asked.due_on),
        )
    return asked


def _tidy(text: str) -> str:
    tidy = text.strip()[:LONGEST_TEXT]
    if not tidy:
        raise CaseworkError("empty_text")
    return tidy


def _require_part(act: Act) -> None:
    """An officer, not the applicant, of a department that has a part in the case."""
    if acts_as_applicant(act.by, act.case) or not may_see(act.by, act.case):
        raise CaseworkError("not_allowed")
    require_work(act.by, _speaks_for(act))


def _speaks_for(act: Act) -> str:
    departments = act.by.departments
    if act.case.department in departments or not departments:
        return act.case.department
    mine = act.case.tasks.filter(department__in=departments).values_list("department", flat=True)
    return mine.first() or sorted(departments)[0]
