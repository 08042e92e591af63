"""Cards, complaints and what is behind them, as the caller may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q, QuerySet

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    Card,
    CardState,
    CaseEvent,
    Color,
    Complaint,
    ComplaintState,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed

VIEW: Final = "supervision.view"
EXPLAIN: Final = "supervision.explain"
WAITING: Final = (CardState.EXPLAINED, CardState.RECHECK)
"""States in which a supervisor has to decide."""


@dataclass(frozen=True, kw_only=True)
class CardFilter:
    """What the board is narrowed to; nothing given is every card."""

    state: str = ""
    color: str = ""
    rule: str = ""
    department: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The board at a glance."""

    to_explain: int
    to_judge: int
    overdue_soon: int
    red: int
    yellow: int
    withdrawn: int
    complaints: int


def list_cards(actor: Actor, wanted: CardFilter = CardFilter()) -> QuerySet[Card]:
    """Cards, newest first: all for supervision, those of one's own office for its people."""
    cards = _visible(actor).select_related("case", "case__kind")
    for name in ("state", "color", "rule", "department"):
        value = getattr(wanted, name)
        if value:
            cards = cards.filter(**{name: value})
    if wanted.text:
        cards = cards.filter(case__number__startswith=wanted.text.strip().upper())
    return cards.defer("case__kind__process", "case__kind__forms", "case__kind__decisions")


def get_card(actor: Actor, card_id: int) -> Card:
    """One card. Raises CaseworkError `no_such_card` also where the caller may not see it."""
    card = list_cards(actor).filter(pk=card_id).first()
    if card is None:
        raise CaseworkError("no_such_card", card=card_id)
    return card


def list_to_explain(actor: Actor) -> QuerySet[Card]:
    """What one's own offices still have to explain or may answer, the most urgent first."""
    own = list_cards(actor).filter(department__in=actor.departments)
    return own.exclude(state=CardState.WITHDRAWN).order_by("explain_by", "pk")


def list_evidence(card: Card) -> list[CaseEvent]:
    """The events of the case the card rests on."""
    return list(
        CaseEvent.objects.filter(case=card.case, sequence__in=card.evidence).order_by("sequence")
    )


def count_cards(actor: Actor, today: date) -> Counts:
    """The figures above the board; `overdue_soon` are explanations due today."""
    found = _visible(actor).aggregate(
        to_explain=Count("pk", filter=Q(state=CardState.RAISED)),
        to_judge=Count("pk", filter=Q(state__in=WAITING)),
        overdue_soon=Count("pk", filter=Q(state=CardState.RAISED, explain_by=today)),
        red=Count("pk", filter=Q(color=Color.RED) & ~Q(state=CardState.WITHDRAWN)),
        yellow=Count("pk", filter=Q(color=Color.YELLOW) & ~Q(state=CardState.WITHDRAWN)),
        withdrawn=Count("pk", filter=Q(state=CardState.WITHDRAWN)),
    )
    complaints = list_complaints(actor).filter(state=ComplaintState.OPEN).count()
    return Counts(**found, complaints=complaints)


def list_complaints(actor: Actor) -> QuerySet[Complaint]:
    """Complaints, newest first: all for supervision, one's own for everybody else."""
    rows = Complaint.objects.select_related("case", "card")
    if is_allowed(actor, VIEW):
        return rows
    if actor.account_id is None:
        return rows.none()
    return rows.filter(account_id=actor.account_id)


def list_departments_with_cards(actor: Actor) -> Sequence[str]:
    """Codes of the offices that have cards the caller may see."""
    return list(
        _visible(actor).order_by("department").values_list("department", flat=True).distinct()
    )


def _visible(actor: Actor) -> QuerySet[Card]:
    if is_allowed(actor, VIEW):
        return Card.objects.all()
    if is_allowed(actor, EXPLAIN):
        return Card.objects.filter(department__in=actor.departments)
    return Card.objects.none()
