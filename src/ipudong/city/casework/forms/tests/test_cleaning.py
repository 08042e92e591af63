"""Answers are tidied and checked, and the schema says the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ipudong.city.casework.forms.formats import format_checker
from ipudong.city.casework.forms.tests.stall import (
    ANSWERS,
    CREDIT_CODE,
    FORM,
    declaration,
    parse,
)

PUBLIC = Draft202012Validator(FORM.export_schema(), format_checker=format_checker())


def problems_of(**changes: Any) -> dict[str, str]:
    data = {name: value for name, value in {**ANSWERS, **changes}.items() if value is not None}
    return {one.path: one.code for one in FORM.clean(data).problems}


def test_right_answers_are_kept_as_they_are() -> None:
    cleaned = FORM.clean(ANSWERS)
    assert cleaned.ok
    assert cleaned.values == ANSWERS


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": None}, {"name": "required"}),
        ({"name": "   "}, {"name": "required"}),
        ({"number": "110105194912310021"}, {"number": "citizen-number"}),
        ({"phone": "12800138000"}, {"phone": "mobile-phone"}),
        ({"holder": "nobody"}, {"holder": "not_a_choice"}),
        ({"holder": None}, {"holder": "choose"}),
        ({"goods": []}, {"goods": "choose"}),
        ({"goods": ["clothes", "clothes"]}, {"goods": "twice"}),
        ({"area_m2": 0}, {"area_m2": "too_small"}),
        ({"area_m2": "wide"}, {"area_m2": "not_a_number"}),
        ({"area_m2": True}, {"area_m2": "not_a_number"}),
        ({"rent": "12.345"}, {"rent": "money"}),
        ({"starts_on": "2026-02-30"}, {"starts_on": "date"}),
        ({"helpers": [{"age": 20}]}, {"helpers/0/name": "required"}),
        ({"helpers": [{"name": "王小明", "age": 15}]}, {"helpers/0/age": "too_small"}),
        ({"helpers": ["王小明"]}, {"helpers/0": "unreadable"}),
        ({"helpers": [{"name": "王小明"}] * 4}, {"helpers": "too_many"}),
        ({"remarks": "长" * 501}, {"remarks": "too_long"}),
        ({"truthful": False}, {"truthful": "agree"}),
        ({"truthful": None}, {"truthful": "agree"}),
        ({"photo": None}, {"photo": "attach"}),
        ({"ends_on": "2026-11-30"}, {"ends_on": "rule"}),
        ({"signed": "李四"}, {"signed": "rule"}),
    ],
)
def test_a_wrong_answer_has_one_problem_at_its_place(changes: Any, found: dict[str, str]) -> None:
    assert problems_of(**changes) == found


def test_what_a_chinese_keyboard_types_is_understood() -> None:
    cleaned = FORM.clean(
        {
            **ANSWERS,
            "phone": "+86 138-0013-8000",
            "number": "11010519491231002x ",
            "rent": "１,２００．５０",
            "starts_on": "２０２６-12-01",
        }
    )
    assert cleaned.ok
    assert cleaned.values == ANSWERS


def test_an_answer_hidden_by_another_is_neither_asked_nor_kept() -> None:
    assert problems_of(holder="company") == {"credit_code": "required"}
    assert problems_of(holder="company", credit_code=CREDIT_CODE) == {}
    cleaned = FORM.clean({**ANSWERS, "credit_code": "nonsense"})
    assert cleaned.ok
    assert "credit_code" not in cleaned.values


def test_answers_no_question_has_are_named_and_left_out() -> None:
    cleaned = FORM.clean({**ANSWERS, "is_admin": True})
    assert cleaned.dropped == ("is_admin",)
    assert "is_admin" not in cleaned.values


def test_nul_and_lone_surrogates_never_reach_the_database() -> None:
    cleaned = FORM.clean({**ANSWERS, "remarks": "a\x00b\ud800c\r\nd"})
    assert cleaned.values["remarks"] == "abc\nd"


def test_a_pasted_book_is_refused_as_a_whole() -> None:
    cleaned = FORM.clean({**ANSWERS, "remarks": "长" * 50_000})
    assert [one.code for one in cleaned.problems] == ["too_much"]
    assert cleaned.values == {}


def test_a_page_tells_its_own_problems_only() -> None:
    assert {one.path for one in FORM.clean({}, page="who").problems} == {
        "name",
        "number",
        "phone",
        "holder",
    }


def test_problems_come_in_the_order_of_the_questions() -> None:
    order = [one.path for one in FORM.clean({"holder": "company"}).problems]
    assert order == [name for name in FORM.fields if name in order]


def test_an_older_draft_is_taken_over_with_its_renamed_answers() -> None:
    adopted, left = FORM.adopt({"name": "王秀英", "phone_number": "13800138000", "fax": "1"})
    assert adopted == {"name": "王秀英", "phone": "13800138000"}
    assert left == ("fax",)


def test_only_what_the_form_asks_for_is_read_from_the_registry() -> None:
    assert FORM.list_prefilled("person") == ("name", "citizen_number", "phone", "address")
    assert FORM.prefill({"person": {"name": "王秀英", "phone": "", "income": 1}}) == {
        "name": "王秀英"
    }


FEEL = 'if goods = null then null else area_m2 <= 6 or list contains(goods, "repair")'
RULE = {"at": "area_m2", "feel": FEEL, "message": {"zh": "面积过大", "en": "too large"}}


def test_a_feel_rule_is_judged_when_all_other_answers_are_right() -> None:
    form = parse({**declaration(), "rules": [RULE]})
    assert form.clean(ANSWERS).ok
    broken = form.clean({**ANSWERS, "area_m2": 7.5}).problems
    assert [(one.path, one.code) for one in broken] == [("area_m2", "rule")]
    assert form.clean({**ANSWERS, "area_m2": 7.5, "goods": ["repair"]}).ok


def test_feel_sees_dates_and_amounts() -> None:
    feel = 'ends_on - starts_on <= duration("P1Y") and rent * 12 < 20000'
    form = parse({**declaration(), "rules": [{**RULE, "feel": feel}]})
    assert form.clean({**ANSWERS, "rent": "1200"}).ok
    assert not form.clean({**ANSWERS, "rent": "2000"}).ok


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 200), st.floats(allow_nan=False), st.text(max_size=60)
)
ROW = st.dictionaries(st.sampled_from(("name", "number", "age", "x")), ODD, max_size=4)
VALUE = st.one_of(ODD, st.lists(st.one_of(ODD, ROW), max_size=5))


@given(changes=st.dictionaries(st.sampled_from(list(ANSWERS)), VALUE, max_size=5))
def test_server_and_published_schema_agree_on_any_answers(changes: dict[str, Any]) -> None:
    cleaned = FORM.clean({**ANSWERS, **changes})
    by_schema = [one for one in cleaned.problems if one.code != "rule"]
    assert PUBLIC.is_valid(cleaned.values) is (not by_schema)
    assert all(one.text for one in cleaned.problems)
    assert FORM.clean(cleaned.values) == type(cleaned)(cleaned.values, cleaned.problems)


@given(data=st.dictionaries(st.text(max_size=8), VALUE, max_size=6))
def test_any_answers_get_an_answer(data: dict[str, Any]) -> None:
    cleaned = FORM.clean(data)
    assert not cleaned.ok
    json.dumps(cleaned.values).encode("utf-8")
