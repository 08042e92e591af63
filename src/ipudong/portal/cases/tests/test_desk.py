"""The desk: what lies on it, taking and giving tasks, and who may see it."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from ipudong.city.casework.calendar.days import Calendar
from ipudong.city.casework.models import Case, Task
from ipudong.portal.cases.deadlines import judge_deadline
from ipudong.portal.cases.filters import Wanted, read_key, read_wanted, write_key

pytestmark = pytest.mark.django_db
LISTS = ["desk", "pool", "consultations", "department", "cases"]
WORK_PAGES = {
    "desk": {"li", "zhou", "head", "police", "judge", "leader"},
    "pool": {"li", "zhou", "head", "police"},
    "consultations": {"li", "zhou", "head", "police"},
    "department": {"head"},
    "cases": {"li", "zhou", "head", "police", "judge", "leader"},
    "find": {"li", "zhou", "head", "police", "judge", "leader"},
    "export": {"li", "zhou", "head", "police"},
}
EVERYBODY = ("li", "head", "police", "judge", "leader", "admin", "builder", "wang")


def url_of(name: str, *args: object) -> str:
    return reverse(f"portal:cases:{name}", args=args)


def body_of(client: Client, name: str, *args: object, **query: str) -> str:
    page = client.get(url_of(name, *args), query)
    assert page.status_code == 200
    return page.content.decode()


def the_task(case: Case) -> Task:
    return case.tasks.get(state="open")


@pytest.mark.parametrize("page", WORK_PAGES)
@pytest.mark.parametrize("username", EVERYBODY)
def test_a_list_is_open_to_its_roles_only(sign_in, page: str, username: str) -> None:
    status = sign_in(username).get(url_of(page)).status_code
    assert (status == 403) == (username not in WORK_PAGES[page])


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get(url_of("desk")).status_code == 302


def test_a_new_task_lies_in_the_pool_and_after_claiming_on_the_desk(sign_in, case: Case) -> None:
    clerk, task = sign_in("li"), the_task(case)
    assert case.number in body_of(clerk, "pool")
    assert case.number not in body_of(clerk, "desk")
    answer = clerk.post(url_of("claim", task.pk), {"back": url_of("pool")}, follow=True)
    assert "The task is yours." in answer.content.decode()
    assert case.number in body_of(clerk, "desk")
    assert case.number not in body_of(clerk, "pool")
    clerk.post(url_of("release", task.pk))
    assert case.number in body_of(clerk, "pool")


def test_the_pool_of_another_department_does_not_hold_it(sign_in, case: Case) -> None:
    assert case.number not in body_of(sign_in("police"), "pool")
    assert sign_in("police").post(url_of("claim", the_task(case).pk)).status_code == 404


def test_who_comes_second_is_told_by_name(sign_in, case: Case, people) -> None:
    people["li"].display_name = "李明"
    people["li"].save()
    task = the_task(case)
    sign_in("li").post(url_of("claim", task.pk))
    answer = sign_in("zhou").post(url_of("claim", task.pk), follow=True).content.decode()
    assert "李明 has already claimed this task." in answer


def test_a_list_names_no_person(sign_in, case: Case) -> None:
    for page in ("pool", "cases"):
        assert "王秀英" not in body_of(sign_in("li"), page)


def test_many_are_claimed_at_once_and_refusals_are_told(sign_in, case: Case, kind, people) -> None:
    task = the_task(case)
    clerk = sign_in("li")
    answer = clerk.post(
        url_of("act_on_many"), {"task": [task.pk, 999_999], "act": "claim"}, follow=True
    )
    text = answer.content.decode()
    assert "1 task done." in text
    assert "1 task not: There is no such task." in text
    task.refresh_from_db()
    assert task.holder == "li"


def test_ticking_nothing_says_so(sign_in, case: Case) -> None:
    answer = sign_in("li").post(url_of("act_on_many"), {"act": "claim"}, follow=True)
    assert "Tick some tasks" in answer.content.decode()


def test_a_department_head_gives_a_task_to_an_officer(sign_in, case: Case) -> None:
    task = the_task(case)
    head = sign_in("head")
    assert case.number in body_of(head, "department")
    head.post(url_of("act_on_many"), {"task": [task.pk], "act": "reassign", "to": "zhou"})
    task.refresh_from_db()
    assert task.holder == "zhou"
    assert sign_in("li").post(url_of("reassign", task.pk), {"to": "li"}).status_code == 403


def test_a_task_may_be_delegated_until_a_day(sign_in, case: Case) -> None:
    task = the_task(case)
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    answer = clerk.post(url_of("delegate", task.pk), {"to": "zhou", "until": "x"}, follow=True)
    assert "Say until which day." in answer.content.decode()
    clerk.post(url_of("delegate", task.pk), {"to": "zhou", "until": "2099-01-01"})
    task.refresh_from_db()
    assert (task.holder, task.delegate) == ("li", "zhou")
    assert case.number in body_of(sign_in("zhou"), "desk")


def test_a_list_is_narrowed_by_kind_department_and_deadline(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    assert case.number in body_of(clerk, "pool", kind="test.licence", department="commerce")
    assert case.number not in body_of(clerk, "pool", kind="other")
    assert case.number in body_of(clerk, "pool", deadline="overdue")
    clerk.post(url_of("claim", the_task(case).pk))
    assert case.number in body_of(clerk, "desk", deadline="overdue")
    assert case.number not in body_of(clerk, "desk", kind="other")


def test_the_export_holds_the_narrowed_list(sign_in, case: Case) -> None:
    clerk = sign_in("li")
    answer = clerk.get(url_of("export"), {"list": "pool"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert rows[0][0] == "Case number"
    assert rows[1][0] == case.number
    empty = clerk.get(url_of("export"), {"list": "pool", "kind": "other"})
    assert len(b"".join(empty.streaming_content).decode().splitlines()) == 1


def test_a_case_is_found_by_its_number(sign_in, case: Case) -> None:
    answer = sign_in("li").get(url_of("find"), {"number": f" {case.number[:9]} {case.number[9:]}"})
    assert answer.headers["Location"] == url_of("case", case.number)
    answer = sign_in("police").get(url_of("find"), {"number": case.number}, follow=True)
    assert "that you may open" in answer.content.decode()


def test_supervision_comes_to_the_list_of_all_cases(sign_in, case: Case) -> None:
    answer = sign_in("judge").get(url_of("desk"))
    assert answer.headers["Location"] == url_of("cases")
    assert case.number in body_of(sign_in("judge"), "cases")
    assert case.number not in body_of(sign_in("police"), "cases")


def test_going_back_never_leads_away_from_the_house(sign_in, case: Case) -> None:
    task = the_task(case)
    answer = sign_in("li").post(url_of("claim", task.pk), {"back": "//evil.example/"})
    assert answer.headers["Location"] == url_of("task", task.pk)


@pytest.mark.parametrize(
    ("due", "words", "tone"),
    [
        (date(2026, 11, 20), "1 working day overdue", "bad"),
        (date(2026, 11, 23), "Due today", "notice"),
        (date(2026, 11, 24), "1 working day left", "notice"),
        (date(2026, 12, 1), "6 working days left", "good"),
        (date(1999, 1, 1), "10188 working days overdue", "bad"),
        (None, "No due date", ""),
    ],
)
def test_a_deadline_is_told_in_words(due: date | None, words: str, tone: str, settings) -> None:
    settings.LANGUAGE_CODE = "en"
    found = judge_deadline(due, date(2026, 11, 23), Calendar())
    assert (found.words, found.tone) == (words, tone)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01.1", "2026-11-22.x", "2026-11-22." + "9" * 20]
)
def test_a_broken_place_in_a_list_is_the_beginning(text: str) -> None:
    assert read_key(text) is None


def test_a_place_in_a_list_survives_its_address() -> None:
    key = (date(2026, 11, 22), 17)
    assert read_key(write_key(key)) == key
    assert read_wanted({"deadline": "never"}) == Wanted()
