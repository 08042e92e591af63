"""Following a case: plain words, a supplement answered, withdrawal, stub payment, evaluation."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ipudong.city.casework.models import Case, CaseEvent, Task
from ipudong.city.casework.services import ask_applicant, complete_task
from ipudong.city.identity.actors import Actor
from ipudong.systems.govservice.apply_lookup import MOST_FAILURES
from ipudong.systems.govservice.models import Application, HandoverReceipt, StubPayment
from ipudong.systems.govservice.tests.applying import (
    Resident,
    begun,
    employ,
    hand_in,
    picture,
)
from ipudong.systems.govservice.tests.item_cases import ACCEPT, APPROVE, HOUSE, OK, SAMPLES

CHEN = Actor(
    name="chen",
    roles=frozenset({"clerk", "resident"}),
    departments=frozenset({"city_management", "subdistricts"}),
)


def act(client: Client, case: Case, **sent: str) -> str:
    """Do something on the case page; what the page then says."""
    answer = client.post(f"/govservice/cases/{case.number}/act/", sent, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def finish(case: Case) -> None:
    """The offices do their steps."""
    answers = {"accept": ACCEPT, "appearance": OK, "food": OK, "decide": APPROVE}
    for code, given in answers.items():
        task = Task.objects.filter(case=case, code=code, state="open").first()
        if task is not None:
            complete_task(task_id=task.pk, data=given, by=HOUSE, at=timezone.now())
    case.refresh_from_db()


def test_the_case_page_says_in_plain_words_where_it_stands(resident: Resident) -> None:
    case = hand_in(resident)
    page = resident.client.get(f"/govservice/cases/{case.number}/").content.decode()
    for words in ("已提交，待受理", "您已提交申请。", "受理、核对点位余量", "办理流程"):
        assert words in page


def test_a_finished_case_is_evaluated_once_in_five_levels(resident: Resident) -> None:
    case = hand_in(resident)
    finish(case)
    assert (case.state, case.outcome) == ("closed", "approved")
    page = act(resident.client, case, act="evaluate", stars="5", text="很快")
    assert "感谢评价" in page
    act(resident.client, case, act="evaluate", stars="1")
    assert CaseEvent.objects.get(name="evaluated").payload["stars"] == 5
    assert "非常满意" in page


def test_a_signed_paper_is_opened_by_its_holder_only(resident: Resident) -> None:
    case = hand_in(resident)
    finish(case)
    page = resident.client.get(f"/govservice/cases/{case.number}/").content.decode()
    assert "办理结果" in page
    link = page.split(f"/govservice/cases/{case.number}/papers/")[1].split('"')[0]
    opened = resident.client.get(f"/govservice/cases/{case.number}/papers/{link}")
    assert opened.content.startswith(b"%PDF")


@pytest.mark.parametrize("stars", ["0", "6", "", "x"])
def test_only_five_levels_are_taken(resident: Resident, stars: str) -> None:
    case = hand_in(resident)
    finish(case)
    act(resident.client, case, act="evaluate", stars=stars)
    assert not CaseEvent.objects.filter(name="evaluated").exists()


def test_what_the_office_asks_for_is_answered_exactly(resident: Resident) -> None:
    case = hand_in(resident)
    ask_applicant(
        number=case.number,
        text="请补一张摊位照片",
        wanted=["material_goods"],
        by=CHEN,
        at=timezone.now(),
    )
    page = resident.client.get(f"/govservice/cases/{case.number}/").content.decode()
    assert "请补一张摊位照片" in page
    path = f"/govservice/cases/{case.number}/supplement/"
    shown = resident.client.get(path).content.decode()
    assert "f-material_goods" in shown
    assert "f-spot" not in shown
    sent = {"file-material_goods": picture("second.png"), "send": "1", "text": "已补"}
    assert resident.client.post(path, sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "submitted"
    assert CaseEvent.objects.filter(case=case, name="supplemented").exists()
    assert resident.client.get(path).status_code == 302  # nothing is asked any more


def test_a_message_reaches_the_case(resident: Resident) -> None:
    case = hand_in(resident)
    assert "&lt;b&gt;hello" in act(resident.client, case, act="write", text="<b>hello")
    assert case.messages.get().from_applicant


def test_withdrawing_takes_a_second_thought(resident: Resident) -> None:
    case = hand_in(resident)
    act(resident.client, case, act="withdraw")
    case.refresh_from_db()
    assert case.state == "submitted"
    act(resident.client, case, act="withdraw", sure="true")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "withdrawn")


def test_a_draft_can_be_discarded(resident: Resident) -> None:
    case = begun(resident)
    act(resident.client, case, act="withdraw", sure="true")
    case.refresh_from_db()
    assert case.outcome == "withdrawn"


def test_paying_what_costs_nothing_marks_nothing(resident: Resident) -> None:
    case = hand_in(resident)
    act(resident.client, case, act="pay")
    assert not StubPayment.objects.exists()


def test_an_unknown_act_is_no_page(resident: Resident) -> None:
    case = hand_in(resident)
    path = f"/govservice/cases/{case.number}/act/"
    assert resident.client.post(path, {"act": "approve"}).status_code == 404


def test_the_receipt_is_a_pdf_in_both_languages(resident: Resident) -> None:
    case = hand_in(resident)
    for language in ("zh-hans", "en"):
        resident.client.cookies["django_language"] = language
        answer = resident.client.get(f"/govservice/cases/{case.number}/receipt.pdf")
        assert answer.content.startswith(b"%PDF")


def look(client: Client, number: str, tail: str) -> tuple[int, str]:
    answer = client.post("/govservice/track/", {"number": number, "tail": tail})
    return answer.status_code, answer.content.decode()


def test_number_and_phone_tail_show_the_state_and_nobody(resident: Resident) -> None:
    case = hand_in(resident)
    status, page = look(Client(), case.number, "0001")
    assert status == 200
    assert "已提交，待受理" in page
    for secret in ("王秀英", SAMPLES["citizen-number"], "合欢路", "13800000001"):
        assert secret not in page


def test_the_receipts_code_shows_the_same_and_a_forged_one_nothing(resident: Resident) -> None:
    hand_in(resident)
    token = Application.objects.get().token
    opened = Client().get(f"/govservice/track/{token}/")
    assert opened.status_code == 200
    assert "王秀英" not in opened.content.decode()
    assert Client().get(f"/govservice/track/{'0' * 32}/").status_code == 404


def test_trying_all_digits_closes_the_number_for_an_hour(resident: Resident) -> None:
    case = hand_in(resident)
    client = Client()
    for _ in range(MOST_FAILURES):
        assert look(client, case.number, "9999")[0] == 422
    assert look(client, case.number, "0001")[0] == 422
    Application.objects.update(failed_at=timezone.now() - timedelta(hours=2))
    assert look(client, case.number, "0001")[0] == 200


def test_a_draft_of_nobodys_phone_is_not_found(resident: Resident) -> None:
    case = begun(resident)
    assert look(Client(), case.number, "")[0] == 422


def begin_at_window(client: Client, **changes: str) -> Case | None:
    sent = {
        "act": "begin",
        "item": "street_stall",
        "document": SAMPLES["citizen-number"],
        "consent": "true",
        **changes,
    }
    answer = client.post("/govservice/window/", sent)
    if answer.status_code != 302:
        return None
    return Case.objects.get(number=answer["Location"].split("/")[3])


def test_a_clerk_begins_for_the_person_at_the_counter(resident: Resident) -> None:
    clerk = employ("chen", "city_management")
    case = begin_at_window(clerk)
    assert case is not None
    assert case.channel == "window"
    assert case.applicant_id == resident.person.pk
    assert case.data["name"] == "王秀英"
    page = clerk.get(f"/govservice/cases/{case.number}/form/page/details/").content.decode()
    assert "窗口代填" in page
    assert resident.client.get(f"/govservice/cases/{case.number}/form/").status_code == 302


@pytest.mark.parametrize(
    "changes", [{"consent": ""}, {"document": "310115194803120000"}, {"item": "restaurant"}]
)
def test_nothing_begins_at_a_counter_without_consent_person_or_competence(
    resident: Resident, changes: dict[str, str]
) -> None:
    assert begin_at_window(employ("chen", "city_management"), **changes) is None
    assert not Case.objects.exists()


def test_a_clerk_goes_on_with_a_case_begun_online(resident: Resident) -> None:
    case = begun(resident)
    clerk = employ("chen", "city_management")
    assert clerk.get(f"/govservice/cases/{case.number}/form/").status_code == 404
    refused = clerk.post("/govservice/window/", {"act": "continue", "number": case.number})
    assert refused.status_code == 422
    sent = {"act": "continue", "number": case.number, "consent": "true"}
    assert clerk.post("/govservice/window/", sent).status_code == 302
    assert clerk.get(f"/govservice/cases/{case.number}/form/").status_code == 302
    other = employ("li", "food_drug")
    assert other.post("/govservice/window/", sent).status_code == 422


def test_papers_handed_over_have_a_receipt_for_both(resident: Resident) -> None:
    case = hand_in(resident)
    clerk = employ("chen", "city_management")
    sent = {"act": "continue", "number": case.number, "consent": "true"}
    clerk.post("/govservice/window/", sent)
    path = f"/govservice/cases/{case.number}/handover/"
    papers = {"direction": "received", "paper-0": "健康证", "copies-0": "2", "kind-0": "copy"}
    assert resident.client.post(path, papers).status_code == 403
    clerk.post(path, papers)
    row = HandoverReceipt.objects.get()
    assert row.papers == [{"name": "健康证", "copies": 2, "kind": "copy"}]
    for client in (clerk, resident.client):
        assert client.get(f"{path}{row.number}/").content.startswith(b"%PDF")
    clerk.post(path, {"direction": "received"})
    assert HandoverReceipt.objects.count() == 1
