"""A case from the first click to its end."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError

from ipudong.city.audit.models import Entry
from ipudong.city.casework.case_events import EVENT_NAMES
from ipudong.city.casework.case_services import ServiceRequest
from ipudong.city.casework.errors import TEXTS, CaseworkError
from ipudong.city.casework.models import CaseEvent, CaseEventError
from ipudong.city.casework.queries import draw_process, get_case, list_events, list_pool
from ipudong.city.casework.services import (
    claim_task,
    complete_task,
    evaluate_case,
    open_case,
    refuse_case,
    retry_service_calls,
    save_draft,
    submit_case,
    withdraw_case,
)
from ipudong.city.casework.tests.engine_drawings import (
    drawing,
    flow,
    flows,
    lanes,
    licence,
    node,
    timer,
)
from ipudong.city.casework.tests.engine_people import (
    APPLICANT,
    AT,
    CLERK,
    HEAD,
    ISSUED,
    OTHER_CLERK,
    POLICE,
    RESIDENT,
    STRANGER,
    declare,
    open_offices,
    open_task,
    simple_form,
    submitted,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def office(tmp_path: Path) -> None:
    ISSUED.clear()
    open_offices()
    declare(tmp_path, licence())


def names_of(number: str) -> list[str]:
    return [event.name for event in list_events(number)]


def test_a_case_runs_from_the_first_click_to_its_paper() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={"note": "full"}, by=CLERK, at=AT)
    decide = open_task(case, "decide")
    done = complete_task(task_id=decide.pk, data={"result": "approved"}, by=HEAD, at=AT)
    assert (done.state, done.outcome) == ("closed", "approved")
    assert len(ISSUED) == 1
    assert names_of(case.number) == [
        *("opened", "submitted", "task_opened", "task_completed", "accepted", "task_opened"),
        *("task_completed", "decided", "service_done", "issued", "closed"),
    ]


def test_a_refusal_names_the_clause_the_answers_gave() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    answers = {"result": "no", "reason": "too near", "legal_reason": "Article 5"}
    complete_task(task_id=open_task(case, "decide").pk, data=answers, by=HEAD, at=AT)
    refused = next(e for e in list_events(case.number) if e.name == "refused")
    assert refused.payload == {"reason": "too near", "legal_reason": "Article 5"}
    assert ISSUED == []


def test_the_number_exists_from_the_first_click_and_the_due_days_from_acceptance() -> None:
    case = open_case(kind="test.licence", applicant=APPLICANT, by=RESIDENT, at=AT)
    assert len(case.number) == 17
    case = submit_case(number=case.number, by=RESIDENT, at=AT)
    assert (case.state, case.promised_due_on) == ("submitted", None)
    case = complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    assert (case.state, str(case.promised_due_on)) == ("accepted", "2026-03-16")
    assert str(case.legal_due_on) == "2026-03-30"
    assert (case.promised_rule, case.legal_rule) == ("promise", "legal")


def test_a_task_is_due_by_its_own_limit_and_before_acceptance_in_five_days() -> None:
    case = submitted()
    check = open_task(case, "check")
    assert (str(check.due_on), check.due_rule) == ("2026-03-05", "step")
    complete_task(task_id=check.pk, data={}, by=CLERK, at=AT)
    decide = open_task(case, "decide")
    assert (str(decide.due_on), decide.due_rule) == ("2026-03-03", "step")


def test_a_stale_draft_is_refused_and_nothing_is_lost() -> None:
    case = open_case(kind="test.licence", applicant=APPLICANT, by=RESIDENT, at=AT)
    save_draft(number=case.number, data={"note": "phone"}, revision=1, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError, match="stale"):
        save_draft(number=case.number, data={"note": "desk"}, revision=1, by=RESIDENT, at=AT)
    assert get_case(RESIDENT, case.number).data == {"note": "phone"}


def test_an_application_that_is_not_right_is_not_taken(tmp_path: Path) -> None:
    forms = {key: simple_form("f", "note", required=not key) for key in ("", "check", "decide")}
    declare(tmp_path, licence(), forms=forms)
    case = open_case(kind="test.licence", applicant=APPLICANT, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError) as caught:
        submit_case(number=case.number, by=RESIDENT, at=AT, idempotency_key="k")
    assert caught.value.code == "form_invalid"
    assert [problem.code for problem in caught.value.fields["problems"]] == ["required"]
    save_draft(number=case.number, data={"note": "now"}, revision=1, by=RESIDENT, at=AT)
    assert submit_case(number=case.number, by=RESIDENT, at=AT, idempotency_key="k").is_open


def test_impatient_clicking_submits_once() -> None:
    case = open_case(kind="test.licence", applicant=APPLICANT, by=RESIDENT, at=AT)
    for _ in range(3):
        submit_case(number=case.number, by=RESIDENT, at=AT, idempotency_key="click-1")
    assert names_of(case.number).count("submitted") == 1
    assert case.tasks.count() == 1
    with pytest.raises(CaseworkError, match="not_a_draft"):
        submit_case(number=case.number, by=RESIDENT, at=AT, idempotency_key="click-2")


def test_nobody_applies_for_somebody_else() -> None:
    with pytest.raises(CaseworkError, match="not_allowed"):
        open_case(kind="test.licence", applicant=APPLICANT, by=STRANGER, at=AT)
    with pytest.raises(CaseworkError, match="not_allowed"):
        open_case(kind="test.licence", applicant=APPLICANT, channel="window", by=STRANGER, at=AT)
    case = open_case(kind="test.licence", applicant=APPLICANT, channel="window", by=CLERK, at=AT)
    assert get_case(RESIDENT, case.number).channel == "window"


def test_another_persons_case_is_not_there_for_anybody_without_a_part() -> None:
    case = submitted()
    for actor in (STRANGER, POLICE):
        with pytest.raises(CaseworkError, match="unknown_case"):
            get_case(actor, case.number)
    for actor in (RESIDENT, CLERK, HEAD):
        assert get_case(actor, case.number).number == case.number


@pytest.mark.parametrize("actor", [RESIDENT, STRANGER, POLICE, HEAD])
def test_a_task_is_for_its_department_and_role(actor: Actor) -> None:
    task = open_task(submitted(), "check")
    if actor is HEAD:
        assert claim_task(task_id=task.pk, by=actor, at=AT).holder == HEAD.name
        return
    with pytest.raises(CaseworkError, match="not_allowed"):
        claim_task(task_id=task.pk, by=actor, at=AT)


def test_a_clerk_does_not_decide_for_the_head() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    decide = open_task(case, "decide")
    with pytest.raises(CaseworkError, match="not_allowed"):
        complete_task(task_id=decide.pk, data={"result": "approved"}, by=CLERK, at=AT)
    assert list_pool(CLERK).tasks == []
    assert [task.pk for task in list_pool(HEAD).tasks] == [decide.pk]


def test_the_second_clerk_is_told_who_was_first() -> None:
    task = open_task(submitted(), "check")
    claim_task(task_id=task.pk, by=CLERK, at=AT)
    with pytest.raises(CaseworkError) as caught:
        complete_task(task_id=task.pk, data={}, by=OTHER_CLERK, at=AT)
    assert (caught.value.code, caught.value.fields["by"]) == ("taken", "clerk1")
    complete_task(task_id=task.pk, data={}, by=CLERK, at=AT)
    with pytest.raises(CaseworkError) as caught:
        claim_task(task_id=task.pk, by=OTHER_CLERK, at=AT)
    assert (caught.value.code, caught.value.fields["by"]) == ("done_already", "clerk1")
    assert "clerk1" in caught.value.text


def test_completing_twice_with_the_same_answers_is_once() -> None:
    case = submitted()
    task = open_task(case, "check")
    for _ in range(2):
        complete_task(task_id=task.pk, data={"note": "x"}, by=CLERK, at=AT)
    assert names_of(case.number).count("task_completed") == 1
    with pytest.raises(CaseworkError, match="done_already"):
        complete_task(task_id=task.pk, data={"note": "y"}, by=CLERK, at=AT)


def test_script_in_every_field_stays_text() -> None:
    text = "<script>alert(1)</script>${7*7}{{7*7}}"
    case = submitted(data={"note": text, "result": text})
    case = complete_task(task_id=open_task(case, "check").pk, data={"note": text}, by=CLERK, at=AT)
    assert case.data["note"] == text
    assert open_task(case, "decide")


def test_a_refusal_needs_its_reason_and_its_clause() -> None:
    case = submitted()
    for reason, clause, code in (("x", " ", "legal_reason_missing"), ("", "5", "reason_missing")):
        with pytest.raises(CaseworkError, match=code):
            refuse_case(number=case.number, reason=reason, legal_reason=clause, by=CLERK, at=AT)
    case = refuse_case(number=case.number, reason="x", legal_reason="Art. 5", by=CLERK, at=AT)
    assert case.outcome == "not_accepted"
    assert case.tasks.filter(state="open").count() == 0


def test_a_withdrawn_case_is_worked_on_no_more() -> None:
    case = submitted()
    task = open_task(case, "check")
    withdraw_case(number=case.number, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError, match="not_needed"):
        complete_task(task_id=task.pk, data={}, by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="not_open"):
        withdraw_case(number=case.number, by=RESIDENT, at=AT)


def test_a_closed_case_is_evaluated_once_by_its_applicant() -> None:
    case = submitted()
    with pytest.raises(CaseworkError, match="not_closed"):
        evaluate_case(number=case.number, stars=5, by=RESIDENT, at=AT)
    withdraw_case(number=case.number, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError, match="not_allowed"):
        evaluate_case(number=case.number, stars=5, by=CLERK, at=AT)
    evaluate_case(number=case.number, stars=2, by=RESIDENT, at=AT)
    with pytest.raises(CaseworkError, match="already_evaluated"):
        evaluate_case(number=case.number, stars=5, by=RESIDENT, at=AT)


def test_an_event_is_never_changed() -> None:
    event = CaseEvent.objects.get(case=submitted(), sequence=1)
    with pytest.raises(CaseEventError):
        event.save()
    with pytest.raises(CaseEventError):
        event.delete()
    with pytest.raises(DatabaseError, match="append-only"):
        CaseEvent.objects.filter(pk=event.pk).update(name="forged")


def test_events_count_without_gaps_and_the_audit_tells_the_same() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    assert [e.sequence for e in list_events(case.number)] == list(range(1, 7))
    acts = Entry.objects.filter(subject=f"case:{case.number}").values_list("action", flat=True)
    assert list(acts) == [
        *("casework.open_case", "casework.submit_case", "casework.complete_task"),
    ]


def test_every_event_name_is_declared_and_every_refusal_has_words() -> None:
    assert {e.name for e in list_events(submitted().number)} <= EVENT_NAMES
    for code in TEXTS:
        assert CaseworkError(code, by="x", step="y", reason="z").text != code


def test_the_picture_shows_where_the_case_stands_and_what_it_passed() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    picture = draw_process(case.number)
    assert picture.current == ("decide",)
    assert {"start", "check"} <= set(picture.passed)
    assert picture.bpmn.startswith("<?xml")


def test_a_service_that_fails_leaves_the_case_and_is_tried_again(tmp_path: Path) -> None:
    failures = [OSError("printer"), None]

    def fragile(request: ServiceRequest) -> dict[str, str]:
        Account.objects.create(username="half-done")
        failure = failures.pop(0)
        if failure:
            raise failure
        return {"paper": "P"}

    content = licence().replace(b"test_paper", b"fragile_paper")
    declare(tmp_path, content, code="test.fragile", services={"fragile_paper": fragile})
    case = submitted("test.fragile")
    complete_task(task_id=open_task(case, "check").pk, data={}, by=CLERK, at=AT)
    decide = open_task(case, "decide")
    case = complete_task(task_id=decide.pk, data={"result": "approved"}, by=HEAD, at=AT)
    assert case.state == "accepted"
    assert not Account.objects.filter(username="half-done").exists()
    assert draw_process(case.number).current == ("issue",)
    assert retry_service_calls(AT + timedelta(seconds=10)) == 0
    assert retry_service_calls(AT + timedelta(seconds=31)) == 1
    assert get_case(RESIDENT, case.number).outcome == "approved"
    assert names_of(case.number).count("service_failed") == 1
    assert names_of(case.number).count("service_done") == 1


def test_a_process_that_runs_away_leaves_the_case_as_it_was(tmp_path: Path) -> None:
    content = drawing(
        lanes(clerk="check"),
        node("startEvent", "start"),
        node("userTask", "check"),
        node("intermediateCatchEvent", "blink", timer("PT0S")),
        node("exclusiveGateway", "choice", attributes='default="choice-blink"'),
        node("endEvent", "end"),
        flows("start", "check", "blink", "choice"),
        flow("choice", "blink"),
        flow("choice", "end", "done"),
    )
    declare(tmp_path, content, code="test.broken")
    case = submitted("test.broken")
    check, before = open_task(case, "check"), names_of(case.number)
    with pytest.raises(CaseworkError, match="runaway") as caught:
        complete_task(task_id=check.pk, data={}, by=CLERK, at=AT)
    assert caught.value.code == "process_failed"
    assert names_of(case.number) == before
    assert open_task(case, "check").revision == check.revision
