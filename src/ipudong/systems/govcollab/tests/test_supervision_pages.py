"""Pages of supervision: for whom they open, what they say, what is done on them."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from ipudong.city.audit.models import Entry
from ipudong.city.casework.models import Card, CardState, Case, Complaint, QuarterScore
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.tests.stories import at
from ipudong.systems.govcollab.supervision_urls import urlpatterns
from ipudong.systems.govcollab.tests.supervised import (
    LATE,
    open_district,
    sign_in,
    sign_in_applicant,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 24
OFFICE = frozenset({"clerk", "duty_officer", "department_head"})
JUDGES = frozenset({"supervisor"})
WATCHERS = frozenset({"supervisor", "district_leader"})
OFFICERS = OFFICE | WATCHERS | {"administrator"}
ROLES = OFFICERS | {"resident", "agent", "integrator"}
# everybody who signs in is a resident too
PAGES = {
    "supervision": WATCHERS,
    "supervision_mine": OFFICE,
    "supervision_complaints": WATCHERS,
    "supervision_scores": OFFICERS,
    "supervision_patterns": WATCHERS,
    "work_calendar": OFFICERS,
}
ACTS = (
    ("supervision_office_act", (1, "explain"), OFFICE),
    ("supervision_judge_act", (1, "accept"), JUDGES),
    ("supervision_answer", (1,), JUDGES),
    ("supervision_publish", ("2011Q4",), JUDGES),
    ("supervision_complain", ("PD-2011-1",), ROLES),
)


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Case:
    """A district as of the day after the last day in time."""
    set_today(monkeypatch, LATE)
    return open_district()


def set_today(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Pages ask Django what time it is."""

    def now() -> datetime:
        return at(day)

    monkeypatch.setattr("django.utils.timezone.now", now)


@pytest.fixture
def card(case: Case) -> Card:
    return Card.objects.get(rule="overrun")


def url(name: str, *args: object) -> str:
    return reverse(f"govcollab:{name}", args=args)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_pages_and_acts_are_for_their_roles_alone(case: Case, role: str) -> None:
    client = sign_in(role)
    for name, allowed in PAGES.items():
        assert client.get(url(name)).status_code == (200 if role in allowed else 403), name
    for name, args, allowed in ACTS:
        answer = client.post(url(name, *args), {"text": "x"})
        assert (answer.status_code != 403) is (role in allowed), name
    for name in ("supervision_scores_csv", "supervision_scores_xlsx"):
        status = client.get(url(name, "2011Q4")).status_code
        assert status == (200 if role in OFFICERS else 403)


def test_nobody_is_asked_to_sign_in(db: None) -> None:
    for name in PAGES:
        answer = Client().get(url(name))
        assert answer.status_code == 302
        assert "next=" in answer["Location"]
    for name, args, _allowed in ACTS:
        assert Client().post(url(name, *args)).status_code == 403


def test_everybody_reads_the_rules(case: Case) -> None:
    answer = Client().get(url("supervision_rules"), headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "90 %" in answer.content.decode()


def test_every_address_of_supervision_is_visited_here() -> None:
    visited = {*PAGES, "supervision_card", "supervision_office_act", "supervision_judge_act"}
    visited |= {"supervision_answer", "supervision_complain", "supervision_publish"}
    visited |= {"supervision_scores_csv", "supervision_scores_xlsx", "supervision_department"}
    assert {pattern.name for pattern in urlpatterns} == visited | {"supervision_rules"}


def test_a_card_explains_itself(card: Card, django_assert_max_num_queries) -> None:
    client = sign_in("supervisor")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(url("supervision_card", card.pk), headers={"Accept-Language": "en"})
    text = page.content.decode()
    for wanted in ("2011-10-18", "2011-09-16", "PD-2011-1", "2011 version 1", "edition 1", "100 %"):
        assert wanted in text, wanted
    assert "Civil Code, article 201" in text
    assert "Hearing" in text


def test_the_board_is_narrowed(case: Case, django_assert_max_num_queries) -> None:
    client = sign_in("supervisor")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert len(client.get(url("supervision")).context["cards"]) == 2
    for query, found in (
        ("color=red", 1),
        ("rule=nine_tenths", 1),
        ("state=raised", 2),
        ("state=withdrawn", 0),
        ("department=police", 0),
        ("text=pd-2011-1", 2),
        ("text=%27%3B--", 0),
        ("page=999&color=yellow", 1),
    ):
        page = client.get(f"{url('supervision')}?{query}")
        assert len(page.context["cards"]) == found, query


def test_only_its_office_and_supervision_see_a_card(card: Card) -> None:
    address = url("supervision_card", card.pk)
    assert sign_in("department_head", "commerce").get(address).status_code == 200
    assert sign_in("clerk", "police").get(address).status_code == 404
    assert sign_in("duty_officer").get(address).status_code == 404
    assert sign_in("district_leader").get(address).status_code == 200
    assert sign_in("supervisor").get(url("supervision_card", 10**9)).status_code == 404


def test_an_office_explains_and_supervision_accepts(card: Card) -> None:
    head, supervisor = sign_in("department_head", "commerce"), sign_in("supervisor")
    assert len(head.get(url("supervision_mine")).context["waiting"]) == 2
    explain = url("supervision_office_act", card.pk, "explain")
    head.post(explain, {"text": "<script>alert(1)</script> The power failed."})
    page = supervisor.get(url("supervision_card", card.pk)).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    supervisor.post(url("supervision_judge_act", card.pk, "accept"), {"text": "Log agrees."})
    card.refresh_from_db()
    assert card.state == CardState.WITHDRAWN


def test_a_refused_act_says_why_and_changes_nothing(card: Card) -> None:
    head, supervisor = sign_in("department_head", "commerce"), sign_in("supervisor")
    empty = head.post(url("supervision_office_act", card.pk, "explain"), {"text": " "}, follow=True)
    assert [str(message) for message in empty.context["messages"]]
    answer = supervisor.post(
        url("supervision_judge_act", card.pk, "accept"), {"text": "x"}, follow=True
    )
    assert [message.tags for message in answer.context["messages"]] == ["error"]
    card.refresh_from_db()
    assert card.state == CardState.RAISED


def test_unknown_acts_and_cards_of_others_are_not_there(card: Card) -> None:
    supervisor, clerk = sign_in("supervisor"), sign_in("clerk", "police")
    assert supervisor.post(url("supervision_judge_act", card.pk, "burn")).status_code == 404
    assert supervisor.get(url("supervision_judge_act", card.pk, "accept")).status_code == 405
    other = url("supervision_office_act", card.pk, "explain")
    assert clerk.post(other, {"text": "x"}).status_code == 404


def test_an_applicant_complains_and_reads_the_answer(case: Case) -> None:
    resident, supervisor = sign_in_applicant(case), sign_in("supervisor")
    address = url("supervision_complain", case.number)
    asked = {"subject": "misconduct", "text": "They shouted."}
    first = resident.post(address, asked, follow=True)
    assert [message.tags for message in first.context["messages"]] == ["success"]
    twice = resident.post(address, asked)
    assert [message.tags for message in twice.context["messages"]] == ["error"]
    complaint = Complaint.objects.get()
    supervisor.post(
        url("supervision_answer", complaint.pk), {"verdict": "uphold", "text": "We heard them."}
    )
    assert "We heard them." in resident.get(address).content.decode()
    assert Card.objects.filter(rule="misconduct").count() == 1
    missing = url("supervision_answer", 10**9)
    assert supervisor.post(missing, {"verdict": "dismiss", "text": "x"}).status_code == 404


def test_nobody_complains_about_the_case_of_another(case: Case) -> None:
    stranger = sign_in("resident")
    assert stranger.get(url("supervision_complain", case.number)).status_code == 404
    assert stranger.get(url("supervision_complain", "PD-0")).status_code == 404


def test_scores_lead_to_everything_behind_them(case: Case, django_assert_max_num_queries) -> None:
    client = sign_in("supervisor")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(f"{url('supervision_scores')}?quarter=2011Q4")
    assert [row["row"].department for row in page.context["rows"]] == ["police", "commerce"]
    assert page.context["chart"]["series"][0]["points"][0][1] == 92.2
    behind = client.get(url("supervision_department", "2011Q4", "commerce"))
    text = behind.content.decode()
    assert "PD-2011-1" in text
    assert len(behind.context["cards"]) == 2
    assert client.get(f"{url('supervision_scores')}?quarter=soon").status_code == 404
    assert client.get(url("supervision_department", "2011Q9", "commerce")).status_code == 404


def test_scores_are_taken_along_as_csv_and_xlsx(case: Case) -> None:
    client = sign_in("administrator")
    text = client.get(url("supervision_scores_csv", "2011Q4")).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("2011Q4,")
    content = client.get(url("supervision_scores_xlsx", "2011Q4")).content
    sheet = load_workbook(BytesIO(content)).active
    assert [sheet.cell(2, 1).value, sheet.cell(2, 3).value] == ["2011Q4", 92.2]
    assert Entry.objects.filter(action="supervision.export_scores").count() == 2


def test_scores_are_published_after_the_quarter(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervise(at(date(2012, 1, 4)))
    set_today(monkeypatch, date(2012, 1, 4))
    client = sign_in("supervisor")
    early = client.post(url("supervision_publish", "2012Q1"), follow=True)
    assert [message.tags for message in early.context["messages"]] == ["error"]
    page = client.post(url("supervision_publish", "2011Q4"), follow=True)
    assert [message.tags for message in page.context["messages"]] == ["success"]
    assert QuarterScore.objects.count() == 2
    assert page.context["quarter"].number == 4


def test_patterns_are_shown_with_their_basis(case: Case, django_assert_max_num_queries) -> None:
    client = sign_in("supervisor")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(url("supervision_patterns"))
    assert page.context["found"].cases == 2
    assert len(page.context["shares"]) == 3


def test_the_calendar_of_2011_shows_national_day_and_its_moved_days(case: Case) -> None:
    page = sign_in("clerk").get(f"{url('work_calendar')}?year=2011")
    october = page.context["months"][9]
    kinds = {day["day"].day: day["kind"] for week in october["weeks"] for day in week if day}
    assert [n for n, kind in kinds.items() if kind == "holiday"] == [1, 2, 3, 4, 5, 6, 7]
    assert [n for n, kind in kinds.items() if kind == "made_up"] == [8, 9]
    assert page.context["working_days"] == 250
    assert page.context["is_known"]


def test_a_year_that_is_none_is_not_there(db: None) -> None:
    client = sign_in("clerk")
    for year in ("1999", "2100", "x", "20110", "²011", "-1"):
        assert client.get(f"{url('work_calendar')}?year={year}").status_code == 404, year


def test_a_year_without_notice_says_so(db: None) -> None:
    page = sign_in("clerk").get(f"{url('work_calendar')}?year=2040")
    assert not page.context["is_known"]


def test_pages_are_drawn_in_both_languages(card: Card) -> None:
    client = sign_in("supervisor")
    names = [name for name in PAGES if name != "supervision_mine"]
    addresses = [*(url(name) for name in names), url("supervision_card", card.pk)]
    for language in ("zh-hans", "en"):
        for address in addresses:
            answer = client.get(address, headers={"Accept-Language": language})
            assert answer.status_code == 200
            assert f'lang="{language}' in answer.content.decode().lower()
