"""Cases that the engine ran, judged by their events: both reckon the same days."""

from datetime import timedelta
from pathlib import Path

import pytest

from ipudong.city.casework.models import Card, Case, SupervisedCase
from ipudong.city.casework.services import complete_task, extend_case, resume_case, suspend_case
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.tests.engine_drawings import licence
from ipudong.city.casework.tests.engine_people import (
    AT,
    CLERK,
    HEAD,
    declare,
    open_offices,
    open_task,
    submitted,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Handed in on Monday 2 March 2026, accepted the same day with ten working days."""
    load_known_years(by="system:test", at=AT)
    open_offices()
    declare(tmp_path, licence())
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    case.refresh_from_db()
    return case


def watched(days: int) -> SupervisedCase:
    supervise(AT + days * DAY)
    return SupervisedCase.objects.get()


def test_supervision_and_engine_agree_on_the_last_day(case: Case) -> None:
    assert str(case.promised_due_on) == "2026-03-16"
    assert watched(0).due_on == case.promised_due_on


def test_they_agree_after_a_suspension_and_an_extension(case: Case) -> None:
    suspend_case(number=case.number, reason="hearing", text="hearing", by=HEAD, at=AT + DAY)
    assert watched(1).due_on is None
    resume_case(number=case.number, by=HEAD, at=AT + 7 * DAY)
    case.refresh_from_db()
    assert watched(7).due_on == case.promised_due_on
    extend_case(number=case.number, days=5, reason="many questions", by=HEAD, at=AT + 8 * DAY)
    case.refresh_from_db()
    assert watched(8).due_on == case.promised_due_on
    assert not Card.objects.filter(rule__in=("overrun", "nine_tenths")).exists()


def test_a_case_left_lying_gets_its_cards_and_a_late_decision_no_more(case: Case) -> None:
    supervise(AT + 30 * DAY)
    assert set(Card.objects.values_list("rule", flat=True)) >= {"nine_tenths", "overrun"}
    before = set(Card.objects.values_list("rule", "key"))
    task = open_task(case, "decide")
    complete_task(task_id=task.pk, data={"result": "approved"}, by=HEAD, at=AT + 31 * DAY)
    supervise(AT + 31 * DAY)
    assert set(Card.objects.values_list("rule", "key")) == before
    row = SupervisedCase.objects.get()
    assert (row.is_open, row.decided_on) == (False, (AT + 31 * DAY).date())


def test_a_refusal_without_its_clause_is_seen(case: Case) -> None:
    answers = {"result": "no", "reason": "too near"}
    task = open_task(case, "decide")
    complete_task(task_id=task.pk, data=answers, by=HEAD, at=AT + DAY)
    supervise(AT + DAY)
    assert list(Card.objects.values_list("rule", "officer")) == [("no_legal_reason", HEAD.name)]
