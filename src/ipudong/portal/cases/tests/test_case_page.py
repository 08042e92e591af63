"""The case page: what it shows to whom, and every act on it."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.casework.case_events import EVENT_NAMES
from ipudong.city.casework.models import Case, Consultation
from ipudong.city.casework.services import claim_task, complete_task
from ipudong.city.identity.queries import actor_of
from ipudong.portal.cases.event_words import TITLES
from ipudong.portal.cases.tests.conftest import OPENED_AT

pytestmark = pytest.mark.django_db
ACTS = {
    "message": {"text": "请补充平面图"},
    "messages_read": {},
    "ask": {"text": "租赁合同", "wanted": ["note"]},
    "suspend": {"reason": "hearing", "text": "听证"},
    "resume": {"text": ""},
    "consult": {"departments": ["police"], "question": "?", "due_on": "2099-01-01"},
    "accept": {},
    "refuse": {"reason": "不符合", "legal_reason": "第三十五条"},
    "offline": {"what": "现场核验"},
    "applicant": {},
}


def url_of(name: str, *args: object) -> str:
    return reverse(f"portal:cases:{name}", args=args)


def page_of(client: Client, case: Case) -> str:
    page = client.get(url_of("case", case.number))
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    return page.content.decode()


@pytest.mark.parametrize(
    ("username", "status"),
    [
        *(("li", 200), ("head", 200), ("judge", 200), ("leader", 200)),
        *(("police", 404), ("admin", 403), ("builder", 403), ("wang", 403), ("other", 403)),
    ],
)
def test_a_case_is_open_to_who_has_a_part_in_it(sign_in, case, username, status) -> None:
    assert sign_in(username).get(url_of("case", case.number)).status_code == status
    assert sign_in(username).get(url_of("drawing", case.number)).status_code == status


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("username", "status"), [("police", 404), ("judge", 403), ("wang", 403), ("admin", 403)]
)
def test_no_act_is_open_to_the_wrong_role(sign_in, case, act, username, status) -> None:
    before = case.events.count()
    assert sign_in(username).post(url_of(act, case.number), ACTS[act]).status_code == status
    assert case.events.count() == before


def test_a_number_nobody_has_is_not_found(sign_in, kind) -> None:
    assert sign_in("li").get(url_of("case", "20260610000000001")).status_code == 404


def test_the_page_tells_steps_rules_and_what_happened(sign_in, case: Case) -> None:
    text = page_of(sign_in("li"), case)
    assert "check step" in text
    assert "the limit of this step" in text
    assert "Application handed in" in text
    assert "Stands at" in text
    assert "两间门面" in text


def test_supervision_reads_the_case_but_not_the_application(sign_in, case: Case) -> None:
    text = page_of(sign_in("judge"), case)
    assert "Application handed in" in text
    assert "两间门面" not in text
    assert "What to do" not in text


def test_due_dates_name_their_rule_after_acceptance(sign_in, case: Case, people) -> None:
    clerk = actor_of(people["li"])
    task = case.tasks.get(state="open")
    claim_task(task_id=task.pk, by=clerk, at=OPENED_AT)
    complete_task(task_id=task.pk, data={}, by=clerk, at=OPENED_AT)
    text = page_of(sign_in("li"), case)
    assert "the time promised for this item" in text
    assert "10 working days" in text
    assert "counted from 2026-03-03" in text


def test_a_persons_data_are_shown_only_when_asked_for_and_the_reading_is_recorded(
    sign_in, case: Case, applicant
) -> None:
    clerk = sign_in("li")
    assert "王秀英" not in page_of(clerk, case)
    assert not Entry.objects.filter(action="registry.read_person").exists()
    answer = clerk.post(url_of("applicant", case.number))
    assert "王秀英" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    entry = Entry.objects.get(action="registry.read_person")
    assert entry.subject == f"person:{applicant.pk}"
    assert entry.detail["purpose"] == "case_handling"
    assert entry.detail["case"] == case.number


def test_a_message_is_sent_and_an_empty_one_is_not(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("message", case.number), ACTS["message"])
    assert case.messages.get().text == "请补充平面图"
    answer = clerk.post(url_of("message", case.number), {"text": " "})
    assert answer.status_code == 422
    assert case.messages.count() == 1


def test_script_in_a_message_is_only_text(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("message", case.number), {"text": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in page_of(clerk, case)


def test_asking_the_applicant_stops_the_clock_and_resuming_lets_it_go_on(sign_in, case) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("ask", case.number), ACTS["ask"])
    case.refresh_from_db()
    assert case.state == "suspended"
    assert case.suspensions.get().wanted == ["note"]
    assert "The applicant completes the application" in page_of(clerk, case)
    clerk.post(url_of("resume", case.number), ACTS["resume"])
    case.refresh_from_db()
    assert case.state != "suspended"


def test_a_suspension_names_its_ground(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    assert clerk.post(url_of("suspend", case.number), {"text": "x"}).status_code == 422
    clerk.post(url_of("suspend", case.number), ACTS["suspend"])
    assert case.suspensions.get().reason == "hearing"


def test_departments_are_consulted_at_once_and_answer(sign_in, case: Case) -> None:
    sign_in("li").post(
        url_of("consult", case.number),
        {"departments": ["police", "health"], "question": "有无异议？", "due_on": "2099-01-01"},
    )
    assert Consultation.objects.count() == 2
    police = sign_in("police")
    assert case.number in police.get(url_of("consultations")).content.decode()
    text = page_of(police, case)
    assert "Your department is asked" in text
    asked = Consultation.objects.get(department="police")
    url = url_of("answer", case.number, asked.pk)
    assert police.post(url, {"opinion": "agrees", "answer": ""}).status_code == 422
    police.post(url, {"opinion": "agrees", "answer": "同意"})
    asked.refresh_from_db()
    assert (asked.opinion, asked.answered_by) == ("agrees", "police")
    assert police.post(url_of("answer", case.number, 999), {}).status_code == 404


def test_a_refusal_needs_its_clause(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    answer = clerk.post(url_of("refuse", case.number), {"reason": "x", "legal_reason": ""})
    assert answer.status_code == 422
    clerk.post(url_of("refuse", case.number), ACTS["refuse"])
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "not_accepted")
    assert "Legal reason: 第三十五条" in page_of(clerk, case)


def test_an_application_is_accepted_and_an_offline_step_noted(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("accept", case.number))
    case.refresh_from_db()
    assert case.accepted_at is not None
    clerk.post(url_of("offline", case.number), ACTS["offline"])
    assert "Step done outside the system" in page_of(clerk, case)


def test_only_the_departments_head_moves_a_case(sign_in, case: Case) -> None:
    data = {"version": "2", "reason": "x"}
    assert sign_in("li").post(url_of("move", case.number), data).status_code == 403
    answer = sign_in("head").post(url_of("move", case.number), data)
    assert answer.status_code == 422
    assert "no such version" in answer.content.decode()


def test_the_drawing_says_where_the_case_stands(sign_in, case: Case) -> None:
    found = json.loads(sign_in("li").get(url_of("drawing", case.number)).content)
    assert found["current"] == ["check"]
    assert "<process" in found["bpmn"]


@pytest.mark.parametrize("name", ["attachment", "thumbnail", "paper"])
def test_a_file_that_is_not_the_cases_is_not_found(sign_in, case: Case, name: str) -> None:
    assert sign_in("li").get(url_of(name, case.number, 1)).status_code == 404
    assert sign_in("wang").get(url_of(name, case.number, 1)).status_code == 403


def test_every_kind_of_event_has_words() -> None:
    assert set(TITLES) == EVENT_NAMES
