"""Complaints about readings of one's data: made by the person, answered by supervision."""

from datetime import datetime
from typing import Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import ReadComplaint
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.queries.people import find_person_of, list_reads_of

ANSWER: Final = "casework.answer_read_complaint"
LONGEST_TEXT: Final = 1000


@transaction.atomic
def complain_of_reading(*, entry: int, text: str, by: Actor, at: datetime) -> ReadComplaint:
    """Ask why one's own data were read; once for each reading.

    Raises CaseworkError: empty_text, unknown_reading (none of one's own), reading_asked_already.
    """
    plain = text.strip()[:LONGEST_TEXT]
    if not plain:
        raise CaseworkError("empty_text")
    person = find_person_of(by.account_id)
    notes = list_reads_of(person.person_id) if person else []
    note = next((note for note in notes if note.entry == entry), None)
    if person is None or note is None:
        raise CaseworkError("unknown_reading")
    complaint, made = ReadComplaint.objects.get_or_create(
        person_id=person.person_id,
        entry=entry,
        defaults={
            "purpose": note.purpose,
            "read_by": note.who,
            "read_at": note.at,
            "text": plain,
            "made_by": by.name,
            "made_at": at,
        },
    )
    if not made:
        raise CaseworkError("reading_asked_already")
    _note("casework.complain_of_reading", complaint, by, at)
    return complaint


@transaction.atomic
def answer_read_complaint(
    *, complaint_id: int, answer: str, by: Actor, at: datetime
) -> ReadComplaint:
    """Answer for supervision; once. Raises CaseworkError: not_allowed, empty_text,
    unknown_reading, answered_already (`by`)."""
    if not is_allowed(by, ANSWER):
        raise CaseworkError("not_allowed")
    plain = answer.strip()[:4000]
    if not plain:
        raise CaseworkError("empty_text")
    row = ReadComplaint.objects.select_for_update().filter(pk=complaint_id).first()
    if row is None:
        raise CaseworkError("unknown_reading")
    if row.answered_at is not None:
        raise CaseworkError("answered_already", by=row.answered_by)
    row.answer, row.answered_by, row.answered_at = plain, by.name, at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    _note(ANSWER, row, by, at)
    return row


def _note(action: str, row: ReadComplaint, by: Actor, at: datetime) -> None:
    detail = {"person": row.person_id, "entry": row.entry}
    record(actor=by.name, action=action, subject=f"complaint:{row.pk}", detail=detail, at=at)
