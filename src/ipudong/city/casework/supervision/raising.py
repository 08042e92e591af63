"""Cards and what is done with them; each act is one transaction with its entry and audit."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.casework.calendar.days import add_working_days
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Card, CardAct, CardEntry, CardState, Case
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.rules import EXPLANATION_DAYS, Rule
from ipudong.city.identity.actors import Actor

JUDGE: Final = "system:supervision"
LONGEST_TEXT: Final = 4000

# From which states an act is possible, and the state it leads to.
STEPS: Final = {
    CardAct.EXPLAIN: ({CardState.RAISED}, CardState.EXPLAINED),
    CardAct.ACCEPT: ({CardState.EXPLAINED}, CardState.WITHDRAWN),
    CardAct.REJECT: ({CardState.EXPLAINED}, CardState.CONFIRMED),
    CardAct.CONFIRM: ({CardState.RAISED}, CardState.CONFIRMED),
    CardAct.ASK_RECHECK: ({CardState.CONFIRMED}, CardState.RECHECK),
    CardAct.UPHOLD: ({CardState.RECHECK}, CardState.FINAL),
    CardAct.WITHDRAW: (
        {CardState.RAISED, CardState.CONFIRMED, CardState.RECHECK},
        CardState.WITHDRAWN,
    ),
}
OFFICE_ACTS: Final = {CardAct.EXPLAIN, CardAct.ASK_RECHECK}
SETTLING: Final = {CardState.WITHDRAWN, CardState.CONFIRMED, CardState.FINAL}


def raise_card(case: Case, rule: Rule, finding: Finding, *, at: datetime, by: str) -> Card:
    """The card of that occurrence: raised now, or the one raised before, whatever became of it."""
    with transaction.atomic():
        card, is_new = Card.objects.get_or_create(
            case=case,
            rule=rule.code,
            key=finding.key[:80],
            defaults={
                "color": rule.color,
                "department": finding.department,
                "officer": finding.officer,
                "facts": dict(finding.facts),
                "evidence": list(finding.evidence),
                "happened_on": finding.happened_on,
                "raised_at": at,
                "raised_by": by,
                "explain_by": _add_days(timezone.localdate(at), EXPLANATION_DAYS),
            },
        )
        if is_new:
            _write(card, CardAct.RAISE, by=by, at=at)
    return card


def explain_card(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The office says why; only its own people may. Raises CaseworkError `not_yours`, `no_text`,
    `too_late` after the five working days, or `wrong_state`."""
    return _act(card_id, CardAct.EXPLAIN, text=text, by=by, at=at)


def accept_explanation(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The explanation holds: the card is withdrawn. Raises CaseworkError `wrong_state`, or
    `own_card` where the judge belongs to the office."""
    return _act(card_id, CardAct.ACCEPT, text=text, by=by, at=at)


def reject_explanation(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The explanation does not hold: the card is confirmed. Raises as accepting does."""
    return _act(card_id, CardAct.REJECT, text=text, by=by, at=at)


def ask_recheck(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The office asks that another supervisor looks again, once. Raises as explaining does."""
    return _act(card_id, CardAct.ASK_RECHECK, text=text, by=by, at=at)


def uphold_card(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The re-check confirms the card for good. Raises CaseworkError `same_judge` where the one who
    confirmed it would check themselves."""
    return _act(card_id, CardAct.UPHOLD, text=text, by=by, at=at)


def withdraw_card(*, card_id: int, text: str, by: Actor, at: datetime) -> Card:
    """The card was wrong: it stays to be read and counts no more. Raises as upholding does."""
    return _act(card_id, CardAct.WITHDRAW, text=text, by=by, at=at)


def confirm_unexplained(now: datetime) -> int:
    """Confirm the cards whose five working days passed without a word; how many."""
    today = timezone.localdate(now)
    due = Card.objects.filter(state=CardState.RAISED, explain_by__lt=today)
    confirmed = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            card = Card.objects.select_for_update().get(pk=pk)
            if card.state == CardState.RAISED:
                _move(card, CardAct.CONFIRM, by=JUDGE, at=now)
                confirmed += 1
    return confirmed


@transaction.atomic
def _act(card_id: int, act: CardAct, *, text: str, by: Actor, at: datetime) -> Card:
    card = Card.objects.select_for_update().filter(pk=card_id).first()
    if card is None:
        raise CaseworkError("no_such_card", card=card_id)
    _check(card, act, text, by, at)
    _move(card, act, by=by.name, at=at, text=text.strip())
    return card


def _check(card: Card, act: CardAct, text: str, by: Actor, at: datetime) -> None:
    is_own = card.department in by.departments
    if act in OFFICE_ACTS and not is_own:
        raise CaseworkError("not_yours", card=card.pk)
    if act not in OFFICE_ACTS and is_own:
        raise CaseworkError("own_card", card=card.pk)
    if card.state not in STEPS[act][0]:
        raise CaseworkError("wrong_state", card=card.pk, state=card.state)
    if not text.strip():
        raise CaseworkError("no_text", card=card.pk)
    if len(text) > LONGEST_TEXT:
        raise CaseworkError("too_long", card=card.pk, longest=LONGEST_TEXT)
    if act == CardAct.EXPLAIN and timezone.localdate(at) > card.explain_by:
        raise CaseworkError("too_late", card=card.pk, due_on=card.explain_by.isoformat())
    if card.state == CardState.RECHECK and by.name in _list_judges(card):
        raise CaseworkError("same_judge", card=card.pk)


def _list_judges(card: Card) -> set[str]:
    return set(
        card.entries.filter(act__in=(CardAct.REJECT, CardAct.CONFIRM)).values_list("by", flat=True)
    )


def _move(card: Card, act: CardAct, *, by: str, at: datetime, text: str = "") -> None:
    card.state = STEPS[act][1]
    if act == CardAct.EXPLAIN:
        card.explained_at = at
    card.settled_at = at if card.state in SETTLING else None
    card.save(update_fields=["state", "explained_at", "settled_at"])
    _write(card, act, by=by, at=at, text=text)


def _write(card: Card, act: CardAct, *, by: str, at: datetime, text: str = "") -> None:
    CardEntry.objects.create(card=card, act=act, by=by, at=at, text=text)
    record(
        actor=by,
        action=f"supervision.{act}",
        subject=f"card:{card.pk}",
        detail={"case": card.case.number, "rule": card.rule, "key": card.key},
        at=at,
    )


def _add_days(start: date, days: int) -> date:
    return add_working_days(start, days, get_calendar())
