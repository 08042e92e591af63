from collections.abc import Callable
from datetime import date

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Card, CardState, Case, Complaint, ComplaintState
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision import raising
from ipudong.city.casework.supervision.complaints import answer_complaint, make_complaint
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.tests.cases import keep
from ipudong.city.casework.supervision.tests.stories import START, Story, at
from ipudong.city.identity.actors import Actor

pytestmark = pytest.mark.django_db

HEAD = Actor("head", frozenset({"department_head"}), frozenset({"commerce"}), account_id=3)
STRANGER = Actor("other_head", frozenset({"department_head"}), frozenset({"police"}))
SUPERVISOR = Actor("supervisor", frozenset({"supervisor"}))
SECOND = Actor("supervisor2", frozenset({"supervisor"}))
RESIDENT = Actor("resident", frozenset({"resident"}), account_id=9)
NOW = at(date(2011, 10, 19))


@pytest.fixture
def case() -> Case:
    load_known_years(by="system:test", at=at(START))
    return keep(Story().accepted(), "PD-1", account_id=9)


@pytest.fixture
def card(case: Case) -> Card:
    supervise(NOW)
    return Card.objects.get(rule="overrun")


def explain(card: Card) -> None:
    raising.explain_card(card_id=card.pk, text="The system was down.", by=HEAD, at=NOW)


def refused(act: Callable[..., Card], card: Card, by: Actor, text: str = "x", when=NOW) -> str:
    with pytest.raises(CaseworkError) as error:
        act(card_id=card.pk, text=text, by=by, at=when)
    return error.value.code


def test_an_explanation_that_holds_withdraws_the_card(card: Card) -> None:
    explain(card)
    raising.accept_explanation(card_id=card.pk, text="Logs agree.", by=SUPERVISOR, at=NOW)
    card.refresh_from_db()
    assert (card.state, card.settled_at) == (CardState.WITHDRAWN, NOW)
    assert [(e.act, e.by) for e in card.entries.all()] == [
        ("raise", "system:supervision"),
        ("explain", "head"),
        ("accept", "supervisor"),
    ]
    assert Entry.objects.filter(subject=f"card:{card.pk}").count() == 3


def test_a_withdrawn_card_is_not_raised_again(card: Card) -> None:
    raising.withdraw_card(card_id=card.pk, text="Wrong.", by=SUPERVISOR, at=NOW)
    supervise(at(date(2011, 10, 20)))
    assert Card.objects.filter(rule="overrun").count() == 1


def test_a_rejected_explanation_may_be_checked_again_by_somebody_else_once(card: Card) -> None:
    explain(card)
    raising.reject_explanation(card_id=card.pk, text="Logs differ.", by=SUPERVISOR, at=NOW)
    assert Card.objects.get(pk=card.pk).state == CardState.CONFIRMED
    raising.ask_recheck(card_id=card.pk, text="Look at the second log.", by=HEAD, at=NOW)
    assert refused(raising.uphold_card, card, SUPERVISOR) == "same_judge"
    raising.uphold_card(card_id=card.pk, text="It says the same.", by=SECOND, at=NOW)
    assert Card.objects.get(pk=card.pk).state == CardState.FINAL
    assert refused(raising.ask_recheck, card, HEAD) == "wrong_state"
    assert refused(raising.withdraw_card, card, SECOND) == "wrong_state"


def test_a_recheck_may_withdraw_the_card(card: Card) -> None:
    explain(card)
    raising.reject_explanation(card_id=card.pk, text="No.", by=SUPERVISOR, at=NOW)
    raising.ask_recheck(card_id=card.pk, text="Again.", by=HEAD, at=NOW)
    raising.withdraw_card(card_id=card.pk, text="Right.", by=SECOND, at=NOW)
    assert Card.objects.get(pk=card.pk).state == CardState.WITHDRAWN


def test_office_and_judge_are_different_people(card: Card) -> None:
    assert refused(raising.explain_card, card, STRANGER) == "not_yours"
    assert refused(raising.explain_card, card, SUPERVISOR) == "not_yours"
    assert refused(raising.withdraw_card, card, HEAD) == "own_card"
    explain(card)
    assert refused(raising.accept_explanation, card, HEAD) == "own_card"


def test_acts_that_cannot_be_are_refused(card: Card) -> None:
    assert refused(raising.explain_card, card, HEAD, text="  ") == "no_text"
    assert refused(raising.explain_card, card, HEAD, text="x" * 4001) == "too_long"
    late = at(date(2011, 10, 27))
    assert refused(raising.explain_card, card, HEAD, when=late) == "too_late"
    assert refused(raising.accept_explanation, card, SUPERVISOR) == "wrong_state"
    explain(card)
    assert refused(raising.explain_card, card, HEAD) == "wrong_state"
    with pytest.raises(CaseworkError, match="no_such_card"):
        raising.explain_card(card_id=10**9, text="x", by=HEAD, at=NOW)


def test_an_upheld_complaint_raises_its_card(case: Case) -> None:
    complaint = make_complaint(
        case=case, subject="unlawful_charge", text="I paid twice.", by=RESIDENT, at=at(START)
    )
    assert complaint.answer_by == date(2011, 9, 29)
    answered = answer_complaint(
        complaint_id=complaint.pk, is_upheld=True, text="True.", by=SUPERVISOR, at=at(START)
    )
    assert answered.card is not None
    assert (answered.card.rule, answered.card.color) == ("unlawful_charge", "red")
    assert answered.card.facts["complaint"] == complaint.pk
    with pytest.raises(CaseworkError, match="answered_already"):
        answer_complaint(
            complaint_id=complaint.pk, is_upheld=False, text="x", by=SUPERVISOR, at=at(START)
        )


def test_an_upheld_complaint_leans_on_the_card_that_stands(card: Card) -> None:
    complaint = make_complaint(
        case=card.case, subject="overrun", text="Too slow.", by=RESIDENT, at=NOW
    )
    answer_complaint(complaint_id=complaint.pk, is_upheld=True, text="Yes.", by=SUPERVISOR, at=NOW)
    complaint.refresh_from_db()
    assert complaint.card == card
    assert Card.objects.filter(rule="overrun").count() == 1


def test_a_dismissed_complaint_raises_nothing(case: Case) -> None:
    complaint = make_complaint(
        case=case, subject="misconduct", text="Rude.", by=RESIDENT, at=at(START)
    )
    answer_complaint(
        complaint_id=complaint.pk, is_upheld=False, text="Heard both.", by=SUPERVISOR, at=at(START)
    )
    assert Complaint.objects.get().state == ComplaintState.DISMISSED
    assert not Card.objects.exists()


@pytest.mark.parametrize(
    ("subject", "text", "code"),
    [
        ("nine_tenths", "x", "unknown_subject"),
        ("nonsense", "x", "unknown_subject"),
        ("misconduct", " ", "no_text"),
        ("misconduct", "x" * 4001, "too_long"),
    ],
)
def test_complaints_that_cannot_be_are_refused(
    case: Case, subject: str, text: str, code: str
) -> None:
    with pytest.raises(CaseworkError, match=code):
        make_complaint(case=case, subject=subject, text=text, by=RESIDENT, at=at(START))


def test_complaining_twice_of_the_same_waits_for_the_answer(case: Case) -> None:
    make_complaint(case=case, subject="misconduct", text="Rude.", by=RESIDENT, at=at(START))
    with pytest.raises(CaseworkError, match="complained_already"):
        make_complaint(case=case, subject="misconduct", text="Rude.", by=RESIDENT, at=at(START))


def test_an_office_does_not_judge_complaints_about_itself(case: Case) -> None:
    complaint = make_complaint(
        case=case, subject="misconduct", text="Rude.", by=RESIDENT, at=at(START)
    )
    with pytest.raises(CaseworkError, match="own_card"):
        answer_complaint(
            complaint_id=complaint.pk, is_upheld=False, text="x", by=HEAD, at=at(START)
        )
