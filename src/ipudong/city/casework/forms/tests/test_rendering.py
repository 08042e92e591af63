"""A drawn page says what is asked, keeps scripts harmless, and reads back what it sent."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.forms.posting import change_rows, drop_empty_rows, read_post
from ipudong.city.casework.forms.rendering import Drawing, StoredFile, render_page
from ipudong.city.casework.forms.summary import list_answers
from ipudong.city.casework.forms.tests.stall import ANSWERS, FORM

PAGES = {page.code: page for page in FORM.declaration.pages}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Sent(HTMLParser):
    """What a browser without scripts would send: the successful controls of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.query = QueryDict(mutable=True)
        self.ids: list[str] = []
        self.tags: list[str] = []
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        row = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in row:
            self.ids.append(row["id"])
        if tag == "input" and row["type"] != "file":
            if row["type"] not in {"checkbox", "radio"} or "checked" in row:
                self.query.appendlist(row["name"], row["value"])
        elif tag == "textarea":
            self._area = row["name"]
        elif tag == "select":
            self._select = row["name"]
        elif tag == "option" and "selected" in row:
            self.query.appendlist(self._select, row["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.query.appendlist(self._area, data)
            self._area = ""


def draw(code: str, data: dict[str, Any], language: str = "zh-hans", **more: Any) -> str:
    with translation.override(language):
        return render_page(
            RequestFactory().get("/"),
            Drawing(form=FORM, page=PAGES[code], data=data, **more),
        )


def test_a_page_without_scripts_sends_back_the_answers_it_showed() -> None:
    answers: dict[str, Any] = {}
    for code, page in PAGES.items():
        sent = Sent(draw(code, ANSWERS))
        assert len(sent.ids) == len(set(sent.ids))
        answers = read_post(page, sent.query, answers)
    assert {**answers, "photo": ANSWERS["photo"]} == ANSWERS


def test_script_in_every_answer_stays_text() -> None:
    data: dict[str, Any] = {
        name: [SCRIPT] if field.type == "array" else SCRIPT for name, field in FORM.fields.items()
    }
    data["helpers"] = [{"name": SCRIPT, "number": SCRIPT, "age": SCRIPT}]
    data["goods"] = ["food"]
    data["holder"] = "company"
    file = StoredFile(key=SCRIPT, name=SCRIPT, size=SCRIPT, url="/x")
    for code in PAGES:
        html = draw(code, data, problems=FORM.clean(data).problems, files={"photo": [file]})
        tags = Sent(html).tags
        assert tags.count("script") == 1  # the JSON of the checks
        assert "onerror=alert" not in html.replace("onerror=alert(1)&gt;", "").replace(
            "onerror=alert(1)\\u003E", ""
        )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_problems_are_listed_with_links_to_their_questions(language: str) -> None:
    data = {**ANSWERS, "phone": "1", "helpers": [{"age": 3}]}
    html = draw("stall", data, language, problems=FORM.clean(data).problems)
    assert 'href="#f-phone"' in html
    assert 'href="#f-helpers-0-name"' in html
    assert 'id="f-helpers-0-name"' in html
    assert 'aria-describedby="f-helpers-0-name-problem"' in html
    assert ("手机号码" if language == "zh-hans" else "Mobile number") in html


def test_a_locked_answer_cannot_be_sent() -> None:
    post = QueryDict("name=Mallory&phone=13900139000")
    answers = read_post(PAGES["who"], post, {"name": "王秀英"}, locked={"name"})
    assert answers == {"name": "王秀英", "phone": "13900139000"}


def test_attachments_are_never_taken_from_what_was_sent() -> None:
    answers = read_post(PAGES["materials"], QueryDict("photo=17&truthful=true"), {"photo": ["1"]})
    assert answers == {"photo": ["1"], "truthful": True}


def test_rows_are_added_up_to_the_limit_and_removed() -> None:
    page = PAGES["stall"]
    answers: dict[str, Any] = {}
    for _ in range(4):
        changed = change_rows(page, QueryDict("add=helpers"), answers)
        assert changed is not None
        answers, anchor = changed
    assert len(answers["helpers"]) == 3
    assert anchor == "f-helpers"
    changed = change_rows(page, QueryDict("remove=helpers-1"), answers)
    assert changed is not None
    assert len(changed[0]["helpers"]) == 2
    assert drop_empty_rows(page, changed[0])["helpers"] == []
    assert change_rows(page, QueryDict("add=goods"), answers) is None
    assert change_rows(page, QueryDict("next=1"), answers) is None


def test_a_claimed_count_of_rows_makes_no_rows_beyond_the_limit() -> None:
    assert len(read_post(PAGES["stall"], QueryDict("helpers-rows=999"), {})["helpers"]) == 3
    assert "helpers" not in read_post(PAGES["stall"], QueryDict("helpers-rows=99999999"), {})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("4.5", 4.5),
        ("４", 4),
        ("1,000", 1000),
        ("1e9", "1e9"),
        ("inf", "inf"),
        ("９" * 40, "9" * 30),
    ],
)
def test_numbers_are_read_in_digits(sent: str, kept: object) -> None:
    post = QueryDict(mutable=True)
    post["area_m2"] = sent
    assert read_post(PAGES["stall"], post, {})["area_m2"] == kept


def test_all_answers_are_said_in_words() -> None:
    with translation.override("zh-hans"):
        pages = list_answers(FORM, ANSWERS)
    said = {answer.label: answer.text for page in pages for answer in page.answers}
    assert said["经营主体"] == "个人"
    assert said["月租金（元）"] == "¥ 1200.50"
    assert said["经营品类"] == "服装"
    assert "统一社会信用代码" not in said


@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=30), max_size=3)))
def test_anything_sent_is_read(sent: dict[str, list[str]]) -> None:
    post = QueryDict(mutable=True)
    for name, values in sent.items():
        post.setlist(name, values)
    for page in PAGES.values():
        FORM.clean(read_post(page, post, {}))
