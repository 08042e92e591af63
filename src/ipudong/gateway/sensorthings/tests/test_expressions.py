"""The grammar of query options."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.sensorthings.expressions import (
    Comparison,
    Literal,
    Logical,
    Negation,
    Order,
    Path,
    parse_filter,
    parse_orderby,
)
from ipudong.gateway.sensorthings.options import MAX_TOP, parse_options
from ipudong.gateway.sensorthings.paths import Segment, parse_path


def test_and_binds_stronger_than_or_and_not_strongest() -> None:
    found = parse_filter("result gt 5 or not id eq 1 and name eq 'a'")
    assert found == Logical(
        "or",
        (
            Comparison("gt", Path(("result",)), Literal(5)),
            Logical(
                "and",
                (
                    Negation(Comparison("eq", Path(("id",)), Literal(1))),
                    Comparison("eq", Path(("name",)), Literal("a")),
                ),
            ),
        ),
    )


def test_brackets_change_the_order() -> None:
    found = parse_filter("(a eq 1 or b eq 2) and c eq 3")
    assert isinstance(found, Logical)
    assert found.operator == "and"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'O''Neil'", "O'Neil"),
        ("-1.5e3", -1500.0),
        ("42", 42),
        ("true", True),
        ("null", None),
        ("2026-01-01T08:00:00+08:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.25Z", datetime(2026, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_values_are_read_by_their_form(text: str, value: object) -> None:
    found = parse_filter(f"x eq {text}")
    assert isinstance(found, Comparison)
    assert found.right == Literal(value)


def test_a_path_may_go_over_a_relation() -> None:
    found = parse_filter("Thing/name eq 'x'")
    assert isinstance(found, Comparison)
    assert found.left == Path(("Thing", "name"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a eq",
        "a eq 1 b",
        "(a eq 1",
        "a eq 'x",
        "a is 1",
        "a eq 1 and",
        "eq eq eq eq",
        "a eq 2026-01-01T00:00:00",
        "a eq 1)",
        "a // b eq 1",
        "a eq 12x",
        "x" * 2001,
    ],
)
def test_what_is_no_expression_is_refused_as_400(text: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_filter(text)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("startswith(name)", 0),
        ("startswith(name,5) and id eq 1", 0),
        ("length(name,'a') eq 1", 0),
        ("name eq 'a' and year('x') eq 2015", 16),
        ("'a' gt 3", 4),
        ("result add 'x' gt 2", 7),
        ("nothing(name) eq 1", 0),
        ("result add 1", 0),
        ("st_within(location, geography'POINT(1 2') eq true", 20),
        ("name gt null", 5),
        ("geography'POINT(1 2)' gt geography'POINT(1 2)'", 22),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(text: str, at: int) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_filter(text)
    assert (refused.value.status, refused.value.fields["at"]) == (400, at)


def test_depth_and_size_are_bounded() -> None:
    with pytest.raises(RequestRefused):
        parse_filter("(" * 100 + "a eq 1" + ")" * 100)
    with pytest.raises(RequestRefused):
        parse_filter(" or ".join(["a eq 1"] * 51))


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RequestRefused):
        parse_filter(text)


def test_orderby_has_keys_and_directions() -> None:
    assert parse_orderby("phenomenonTime desc, result") == (
        Order(Path(("phenomenonTime",)), descending=True),
        Order(Path(("result",))),
    )


def test_options_are_read_and_top_is_bounded() -> None:
    options = parse_options(
        [("$top", "99999"), ("$skip", "3"), ("$count", "true"), ("$select", "name, id")]
    )
    assert (options.top, options.skip, options.count) == (MAX_TOP, 3, True)
    assert options.select == ("name", "id")


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("$tpo", "1")], "unknown_option"),
        ([("limit", "1")], "unknown_option"),
        ([("$top", "1"), ("$top", "2")], "repeated_option"),
        ([("$top", "-1")], "bad_option"),
        ([("$top", "ten")], "bad_option"),
        ([("$count", "yes")], "bad_option"),
        ([("$skip", "1000001")], "bad_option"),
        ([("$expand", "A/B/C/D/E/F")], "expand_too_deep"),
        ([("$expand", "A($top=1")], "bad_option"),
        ([("$expand", "A($top=x)")], "bad_option"),
        ([("$expand", "A($resultFormat=CSV)")], "unknown_option"),
        ([("$expand", ",".join(chr(97 + n) for n in range(26)))], "expand_too_large"),
        ([("$resultFormat", "xml")], "bad_option"),
        ([("$expand", "")], "bad_option"),
    ],
)
def test_options_that_cannot_be_are_refused(pairs, code: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_options(pairs)
    assert refused.value.code == code


def test_an_entity_takes_no_collection_options() -> None:
    with pytest.raises(RequestRefused):
        parse_options([("$top", "1")], single=True)


def test_paths_have_sets_and_keys() -> None:
    assert parse_path("/Things(1)/Datastreams") == (Segment("Things", 1), Segment("Datastreams"))
    assert parse_path("ObservedProperties('pm25')") == (Segment("ObservedProperties", "pm25"),)


@pytest.mark.parametrize("path", ["", "Things(", "Things(x)", "A/" * 12 + "A", "Things(1)x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(RequestRefused):
        parse_path(path)
