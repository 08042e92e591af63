"""Complaints of applicants about how their case was handled."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.casework.calendar.days import add_working_days
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Card, Case, Complaint, ComplaintState
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.raising import LONGEST_TEXT, raise_card
from ipudong.city.casework.supervision.rules import COMPLAINT_DAYS, RULES
from ipudong.city.identity.actors import Actor


def make_complaint(*, case: Case, subject: str, text: str, by: Actor, at: datetime) -> Complaint:
    """Complain about a case of one's own, which the caller has looked up for that person; the
    answer is due in ten working days. Raises CaseworkError `unknown_subject`, `no_text`,
    `too_long`, or `complained_already` while one of the same subject is open."""
    rule = RULES.get(subject)
    if rule is None or not rule.may_complain:
        raise CaseworkError("unknown_subject", subject=subject)
    _check_text(text)
    due = add_working_days(timezone.localdate(at), COMPLAINT_DAYS, get_calendar())
    try:
        with transaction.atomic():
            complaint = Complaint.objects.create(
                case=case,
                subject=subject,
                text=text.strip(),
                made_by=by.name,
                account_id=by.account_id,
                made_at=at,
                answer_by=due,
            )
            _audit(complaint, "supervision.complain", by, at)
    except IntegrityError as error:
        raise CaseworkError("complained_already", subject=subject) from error
    return complaint


@transaction.atomic
def answer_complaint(
    *, complaint_id: int, is_upheld: bool, text: str, by: Actor, at: datetime
) -> Complaint:
    """Uphold it, which raises the card of its subject unless the case has one already, or dismiss
    it; both with a reason the applicant reads. Raises CaseworkError `no_such_complaint`,
    `answered_already`, `own_card` to people of the office complained of, `no_text`."""
    complaint = (
        Complaint.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=complaint_id)
        .first()
    )
    if complaint is None:
        raise CaseworkError("no_such_complaint", complaint=complaint_id)
    if complaint.state != ComplaintState.OPEN:
        raise CaseworkError("answered_already", by=complaint.answered_by)
    if complaint.case.department in by.departments:
        raise CaseworkError("own_card", complaint=complaint_id)
    _check_text(text)
    complaint.state = ComplaintState.UPHELD if is_upheld else ComplaintState.DISMISSED
    complaint.answer, complaint.answered_by, complaint.answered_at = text.strip(), by.name, at
    complaint.card = _raise_for(complaint, by, at) if is_upheld else None
    complaint.save()
    _audit(complaint, f"supervision.complaint_{complaint.state}", by, at)
    return complaint


def _raise_for(complaint: Complaint, by: Actor, at: datetime) -> Card:
    """The card that already says so, or a new one."""
    standing = Card.objects.filter(case=complaint.case, rule=complaint.subject)
    found = standing.exclude(state="withdrawn").first()
    if found is not None:
        return found
    finding = Finding(
        key=f"complaint:{complaint.pk}",
        happened_on=timezone.localdate(complaint.made_at),
        department=complaint.case.department,
        facts={"complaint": complaint.pk, "answer": complaint.answer},
    )
    return raise_card(complaint.case, RULES[complaint.subject], finding, at=at, by=by.name)


def _check_text(text: str) -> None:
    if not text.strip():
        raise CaseworkError("no_text")
    if len(text) > LONGEST_TEXT:
        raise CaseworkError("too_long", longest=LONGEST_TEXT)


def _audit(complaint: Complaint, action: str, by: Actor, at: datetime) -> None:
    record(
        actor=by.name,
        action=action,
        subject=f"complaint:{complaint.pk}",
        detail={"case": complaint.case.number, "subject": complaint.subject},
        at=at,
    )
