"""Suspensions, extensions, timers, messages, consultations: what moves or stops a case."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, Message, Suspension, Wait
from ipudong.city.casework.queries import list_consultations, list_events, list_my_tasks, list_pool
from ipudong.city.casework.services import (
    answer_applicant,
    answer_consultation,
    ask_applicant,
    complete_task,
    consult,
    correlate_message,
    delegate_task,
    extend_case,
    fire_timers,
    read_messages,
    reassign_task,
    release_task,
    resume_case,
    send_message,
    suspend_case,
)
from ipudong.city.casework.services.tasks import claim_task
from ipudong.city.casework.tests.engine_drawings import (
    drawing,
    flows,
    lanes,
    licence,
    node,
    timer,
)
from ipudong.city.casework.tests.engine_people import (
    AT,
    CLERK,
    HEAD,
    OTHER_CLERK,
    POLICE,
    RESIDENT,
    STRANGER,
    declare,
    hire,
    open_offices,
    open_task,
    submitted,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def office(tmp_path: Path) -> None:
    open_offices()
    declare(tmp_path, licence())


@pytest.fixture
def accepted() -> Case:
    case = submitted()
    return complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)


def names_of(case: Case) -> list[str]:
    return [event.name for event in list_events(case.number)]


def test_asking_the_applicant_stops_the_clock_until_they_answer(accepted: Case) -> None:
    case = ask_applicant(
        number=accepted.number, text="The lease, please", wanted=["note"], by=CLERK, at=AT
    )
    assert case.state == "suspended"
    decide = open_task(case, "decide")
    with pytest.raises(CaseworkError, match="suspended"):
        complete_task(task_id=decide.pk, data={}, by=HEAD, at=AT)
    later = AT + 7 * DAY  # five working days
    case = answer_applicant(number=case.number, data={"note": "lease"}, by=RESIDENT, at=later)
    assert (case.state, case.data["note"]) == ("accepted", "lease")
    assert str(case.promised_due_on) == "2026-03-23"
    assert str(open_task(case, "decide").due_on) == "2026-03-10"
    assert names_of(case)[-3:] == ["suspended", "supplemented", "resumed"]
    assert Message.objects.filter(case=case, from_applicant=False).count() == 1


def test_only_the_applicant_answers_and_only_once(accepted: Case) -> None:
    ask_applicant(number=accepted.number, text="The lease", by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="not_allowed"):
        answer_applicant(number=accepted.number, data={}, by=STRANGER, at=AT)
    answer_applicant(number=accepted.number, data={}, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError, match="not_suspended"):
        answer_applicant(number=accepted.number, data={}, by=RESIDENT, at=AT)


def test_a_suspension_has_a_ground_the_law_knows_and_there_is_one_at_a_time(
    accepted: Case,
) -> None:
    number = accepted.number
    with pytest.raises(CaseworkError, match="unknown_reason"):
        suspend_case(number=number, reason="holiday", text="x", by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="reason_missing"):
        suspend_case(number=number, reason="hearing", text=" ", by=CLERK, at=AT)
    suspend_case(number=number, reason="hearing", text="On Friday", by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="already_suspended"):
        suspend_case(number=number, reason="appraisal", text="x", by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="not_suspended"):
        answer_applicant(number=number, data={}, by=RESIDENT, at=AT)
    resume_case(number=number, by=CLERK, at=AT + DAY)
    assert Suspension.objects.get(case=accepted).ended_at == AT + DAY


def test_an_extension_is_the_heads_and_happens_once(accepted: Case) -> None:
    with pytest.raises(CaseworkError, match="not_allowed"):
        extend_case(number=accepted.number, days=10, reason="hard", by=CLERK, at=AT)
    case = extend_case(number=accepted.number, days=5, reason="hard", by=HEAD, at=AT)
    assert str(case.promised_due_on) == "2026-03-23"
    with pytest.raises(CaseworkError, match="extended_already"):
        extend_case(number=accepted.number, days=5, reason="hard", by=HEAD, at=AT)


def late_process() -> bytes:
    return drawing(
        lanes(clerk="check", department_head="remind"),
        node("startEvent", "start"),
        node("userTask", "check"),
        node("boundaryEvent", "late", timer("P2D"), 'attachedToRef="check" cancelActivity="false"'),
        node("userTask", "remind", form="check"),
        node("endEvent", "end"),
        flows("start", "check", "end"),
        flows("late", "remind", "end"),
    )


def test_a_timer_fires_once_and_opens_what_it_leads_to(tmp_path: Path) -> None:
    declare(tmp_path, late_process(), code="test.late")
    case = submitted("test.late")
    assert fire_timers(AT + DAY) == 0
    assert fire_timers(AT + 2 * DAY) == 1
    assert fire_timers(AT + 2 * DAY) == 0
    assert {task.code for task in case.tasks.filter(state="open")} == {"check", "remind"}
    assert names_of(case).count("timer_fired") == 1


def test_timers_stand_still_with_the_clock(tmp_path: Path) -> None:
    declare(tmp_path, late_process(), code="test.late")
    case = submitted("test.late")
    suspend_case(number=case.number, reason="hearing", text="x", by=CLERK, at=AT + DAY)
    assert fire_timers(AT + 5 * DAY) == 0
    resume_case(number=case.number, by=CLERK, at=AT + 8 * DAY)
    assert Wait.objects.get(case=case).fire_at == AT + 9 * DAY
    assert fire_timers(AT + 8.5 * DAY) == 0
    assert fire_timers(AT + 9 * DAY) == 1


def test_a_message_reaches_the_case_that_waits_for_its_key_and_no_other(tmp_path: Path) -> None:
    content = drawing(
        node("startEvent", "start"),
        node("receiveTask", "payment", attributes='messageRef="m1"', key="application.note"),
        node("endEvent", "end", outcome="approved"),
        flows("start", "payment", "end"),
        more='<message id="m1" name="paid"/>',
    )
    declare(tmp_path, content, code="test.paid")
    first = submitted("test.paid", {"note": "A-1"})
    second = submitted("test.paid", {"note": "A-2"})
    assert correlate_message(name="paid", key="A-3", at=AT) == 0
    assert correlate_message(name="refunded", key="A-1", at=AT) == 0
    assert correlate_message(name="paid", key="A-1", payload={"amount": 5}, at=AT) == 1
    assert correlate_message(name="paid", key="A-1", payload={"amount": 5}, at=AT) == 0
    assert Case.objects.get(pk=first.pk).outcome == "approved"
    assert Case.objects.get(pk=second.pk).state == "accepted"


def test_departments_are_consulted_at_once_while_the_case_goes_on(accepted: Case) -> None:
    asked = [
        consult(
            number=accepted.number,
            department=department,
            question="Any objection?",
            due_on=date(2026, 3, 6),
            by=CLERK,
            at=AT,
        )
        for department in ("police", "health")
    ]
    assert [row.pk for row in list_consultations(POLICE)] == [asked[0].pk]
    assert list_consultations(STRANGER) == []
    with pytest.raises(CaseworkError, match="not_allowed"):
        answer_consultation(
            consultation_id=asked[0].pk, opinion="agrees", answer="no", by=CLERK, at=AT
        )
    answer_consultation(
        consultation_id=asked[0].pk, opinion="agrees", answer="none", by=POLICE, at=AT
    )
    with pytest.raises(CaseworkError, match="answered_already"):
        answer_consultation(
            consultation_id=asked[0].pk, opinion="objects", answer="x", by=POLICE, at=AT
        )
    assert names_of(accepted)[-3:] == ["consulted", "consulted", "consultation_answered"]


def test_applicant_and_office_write_to_one_another_and_nobody_else_does(accepted: Case) -> None:
    number = accepted.number
    assert send_message(number=number, text="When?", by=RESIDENT, at=AT).from_applicant
    assert not send_message(number=number, text="Soon", by=CLERK, at=AT).from_applicant
    for actor in (STRANGER, POLICE):
        with pytest.raises(CaseworkError, match="not_allowed"):
            send_message(number=number, text="Hello", by=actor, at=AT)
    with pytest.raises(CaseworkError, match="empty_text"):
        send_message(number=number, text="  ", by=RESIDENT, at=AT)
    assert read_messages(number=number, by=RESIDENT, at=AT) == 1
    assert read_messages(number=number, by=RESIDENT, at=AT) == 0


def test_a_head_reassigns_to_an_officer_who_may_do_it() -> None:
    hire("clerk9", "clerk")
    hire("police9", "clerk", "police")
    task = open_task(submitted(), "check")
    with pytest.raises(CaseworkError, match="not_allowed"):
        reassign_task(task_id=task.pk, to="clerk9", by=CLERK, at=AT)
    for name in ("police9", "nobody"):
        with pytest.raises(CaseworkError, match="unknown_person"):
            reassign_task(task_id=task.pk, to=name, by=HEAD, at=AT)
    assert reassign_task(task_id=task.pk, to="clerk9", by=HEAD, at=AT).holder == "clerk9"


def test_a_delegate_stands_in_until_the_time_is_over() -> None:
    hire(OTHER_CLERK.name, "clerk")
    task = open_task(submitted(), "check")
    claim_task(task_id=task.pk, by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="bad_period"):
        delegate_task(task_id=task.pk, to=OTHER_CLERK.name, until=AT, by=CLERK, at=AT)
    delegate_task(task_id=task.pk, to=OTHER_CLERK.name, until=AT + DAY, by=CLERK, at=AT)
    assert [t.pk for t in list_my_tasks(OTHER_CLERK, now=AT).tasks] == [task.pk]
    assert list_my_tasks(OTHER_CLERK, now=AT + DAY).tasks == []
    with pytest.raises(CaseworkError, match="taken"):
        complete_task(task_id=task.pk, data={}, by=OTHER_CLERK, at=AT + DAY)
    complete_task(task_id=task.pk, data={}, by=OTHER_CLERK, at=AT + DAY / 2)


def test_what_is_released_lies_in_the_pool_again() -> None:
    task = open_task(submitted(), "check")
    claim_task(task_id=task.pk, by=CLERK, at=AT)
    assert list_pool(OTHER_CLERK).tasks == []
    with pytest.raises(CaseworkError, match="not_allowed"):
        release_task(task_id=task.pk, by=OTHER_CLERK, at=AT)
    release_task(task_id=task.pk, by=CLERK, at=AT)
    assert [t.pk for t in list_pool(OTHER_CLERK).tasks] == [task.pk]
