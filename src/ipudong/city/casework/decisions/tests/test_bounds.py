"""Whatever text comes in: a value or a refusal, soon."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.casework.decisions import (
    DecisionError,
    evaluate_expression,
    load_decisions,
    plain,
)
from ipudong.city.casework.decisions.expressions import passes
from ipudong.city.casework.decisions.tests.dmn_files import write_table
from ipudong.city.casework.decisions.values import show, to_feel

NUMBERS = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=4)
WORDS = st.sampled_from(
    [
        *("1", "2.5", "a", "b", "(", ")", "[", "]", "{", "}", ",", ":", "..", ".", "+", "-", "*"),
        *("/", "**", "<", "<=", ">", ">=", "=", "!=", "?", "@", '"x"', "null", "true", "if"),
        *("then", "else", "for", "in", "return", "some", "every", "satisfies", "between", "and"),
        *("or", "not", "instance", "of", "function", "sum", "count", "partial", "item", "->"),
        *("//", "/*", 'date("2026-01-01")', 'duration("P1D")', "string length"),
    ]
)


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    judge(text)


@given(st.lists(WORDS, max_size=25).map(" ".join))
@settings(max_examples=500)
def test_any_words_are_a_value_or_a_refusal(text: str) -> None:
    judge(text)


def judge(text: str) -> None:
    for read in (evaluate_expression, passes_one):
        with suppress(DecisionError):
            show(read(text, {"a": 1, "b": [1, 2]}))


def passes_one(text: str, context: dict[str, Any]) -> bool:
    return passes(text, 1, context)


@given(NUMBERS, NUMBERS)
def test_a_sum_is_exact_and_may_be_taken_back(left: Decimal, right: Decimal) -> None:
    found = evaluate_expression("(a + b) - b", {"a": left, "b": right})
    assert found == left


@given(NUMBERS)
def test_a_number_is_shown_as_feel_reads_it(number: Decimal) -> None:
    text = show(to_feel(number))
    assert evaluate_expression(text) == number


@given(st.dates(), st.integers(-1000, 1000))
def test_a_date_and_days_are_a_date_and_back(day: Any, days: int) -> None:
    context = {"day": day, "days": days}
    text = 'day + days * duration("P1D") - days * duration("P1D")'
    assert evaluate_expression(text, context) in {day, None}


@given(st.recursive(st.none() | st.booleans() | st.text() | NUMBERS, st.lists))
def test_a_value_is_itself_in_every_form(value: Any) -> None:
    held = to_feel(value)
    assert evaluate_expression("x = x", {"x": value}) in {True, None}
    plain(held)


@given(st.sets(st.integers(0, 50), min_size=1, max_size=5), st.booleans())
def test_a_gap_is_named_exactly_where_a_question_has_no_answer(
    bounds: set[int], closed: bool
) -> None:
    ends = sorted(bounds)
    rules = [[f"[{low}..{high}{']' if closed else ')'}", "1"] for low, high in pairs(ends)]
    model = load_decisions(write_table("d", "FIRST", [("n", "number", "")], [("", "", "")], rules))
    gaps = [dict(gap.missing)["n"] for gap in model.find_gaps()]
    for number in [Decimal(half) / 2 for half in range(-2, 104)]:
        answered = model.evaluate("d", {"n": number}) is not None
        assert answered != any(passes(gap, number) for gap in gaps if gap != "any other value") or (
            not rules and not answered
        )


def pairs(ends: list[int]) -> list[tuple[int, int]]:
    """Every second stretch, so that there are gaps between them."""
    return list(zip(ends[::2], ends[1::2], strict=False))


LONG: list[tuple[str, str]] = [
    ("too_deep", "(" * 200 + "1" + ")" * 200),
    ("too_deep", "-" * 500 + "1"),
    ("too_deep", "[" * 5000),
    ("expression_too_long", "1 + " * 6000 + "1"),
    ("too_much", "[1..[1.." * 19 + "1"),
    ("too_many_items", "for i in 1..1000000000 return i"),
    ("too_much", "some i in 1..2000, j in 1..2000 satisfies i + j < 0"),
    ("too_many_items", "for i in 1..20000 return 1"),
    ("text_too_long", 'string join(for i in 1..9000 return "abcdefghijklmnopqrstuvwxyz")'),
    ("unknown_name", "__import__"),
    ("unknown_name", 'eval("1")'),
    ("unknown_name", "today()"),
    ("unknown_sign", "1 # 2"),
    ("syntax", "1 2"),
    ("unknown_sign", '"open'),
    ("duplicate_key", "{a: 1, a: 2}"),
    ("mixed_arguments", 'substring("a", start position: 1)'),
]


@pytest.mark.parametrize(("code", "text"), LONG)
def test_what_would_take_too_long_is_refused(code: str, text: str) -> None:
    with pytest.raises(DecisionError) as refused:
        evaluate_expression(text)
    assert refused.value.code == code


def test_python_s_own_attributes_are_no_paths() -> None:
    assert evaluate_expression("a.__class__", {"a": "x"}) is None
    assert evaluate_expression("a.tzinfo", {"a": to_feel("x")}) is None


@pytest.mark.parametrize("text", ["9e9999", "10 ** 999999999", "exp(100000)", "-1 ** 0.5"])
def test_a_number_too_large_is_null(text: str) -> None:
    assert evaluate_expression(text) is None


def test_a_refusal_says_where() -> None:
    with pytest.raises(DecisionError) as refused:
        evaluate_expression("1 +\n  2 +\n  then")
    assert (refused.value.line, refused.value.fields["column"]) == (3, 3)
