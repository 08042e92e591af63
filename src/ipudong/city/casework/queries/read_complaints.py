"""Reads of complaints about readings."""

from django.db.models import F, QuerySet

from ipudong.city.casework.models import ReadComplaint
from ipudong.city.casework.services.read_complaints import ANSWER
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed


def list_own_read_complaints(person_id: int) -> dict[int, ReadComplaint]:
    """A person's complaints by the reading they are about."""
    return {row.entry: row for row in ReadComplaint.objects.filter(person=person_id)}


def list_read_complaints(actor: Actor) -> QuerySet[ReadComplaint]:
    """All complaints, those unanswered first, then the newest; none but for supervision."""
    rows = ReadComplaint.objects.order_by(F("answered_at").desc(nulls_first=True), "made_at")
    return rows if is_allowed(actor, ANSWER) else rows.none()
