"""Models: what they refuse, what they require, and what their tables forgot."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ipudong.city.casework.decisions import DecisionError, DecisionModel, load_decisions
from ipudong.city.casework.decisions.gaps import is_judged
from ipudong.city.casework.decisions.tests.dmn_files import (
    write_input,
    write_model,
    write_needs,
    write_table,
    write_text,
)

AGE = [("age", "number", "")]
ONE = [("", "", "")]
Loader = Callable[..., DecisionModel]


def refuse(xml: bytes) -> DecisionError:
    with pytest.raises(DecisionError) as refused:
        load_decisions(xml)
    return refused.value


def test_a_required_decision_is_made_first_and_a_date_is_read_from_its_text() -> None:
    body = (
        write_input("born", "date")
        + write_input("on", "date")
        + '<decision id="a" name="age in years">'
        + write_needs(["born", "on"])
        + write_text("literalExpression", "years and months duration(born, on).years")
        + '</decision><decision id="b" name="is elderly">'
        + '<informationRequirement><requiredDecision href="#a"/></informationRequirement>'
        + write_text("literalExpression", "age in years >= 65")
        + "</decision>"
    )
    model = load_decisions(write_model(body))
    assert model.evaluate("is elderly", {"born": "1961-11-22", "on": "2026-11-22"}) is True
    assert model.evaluate("is elderly", {"born": date(1961, 11, 23), "on": "2026-11-22"}) is False
    assert model.evaluate("age in years", {"born": "", "on": "2026-11-22"}) is None


def test_an_input_outside_its_allowed_values_is_named(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", [("risk", "string", '"low","high"')], ONE, [["-", "1"]])
    with pytest.raises(DecisionError) as refused:
        model.evaluate("d", {"risk": "none"})
    assert refused.value.code == "not_allowed"
    assert refused.value.fields["allowed"] == '"low","high"'


def test_an_input_of_another_type_is_named(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", AGE, ONE, [["-", "1"]])
    with pytest.raises(DecisionError) as refused:
        model.evaluate("d", {"age": "old"})
    assert (refused.value.code, refused.value.fields["name"]) == ("wrong_type", "age")


def test_two_rules_of_a_unique_table_are_refused_by_number(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", AGE, ONE, [["<10", "1"], [">5", "2"]])
    with pytest.raises(DecisionError) as refused:
        model.evaluate("d", {"age": 7})
    assert refused.value.code == "several_rules"
    assert refused.value.fields["rules"] == [1, 2]


def test_an_any_table_refuses_two_answers(load_table: Loader) -> None:
    model = load_table("d", "ANY", AGE, ONE, [["<10", "1"], [">5", "2"]])
    with pytest.raises(DecisionError, match="different_outputs"):
        model.evaluate("d", {"age": 7})
    assert model.evaluate("d", {"age": 3}) == 1


def test_an_unknown_decision_is_refused_with_the_known_ones(load_table: Loader) -> None:
    model = load_table("fee", "UNIQUE", AGE, ONE, [["-", "1"]])
    with pytest.raises(DecisionError) as refused:
        model.evaluate("fees", {})
    assert refused.value.fields["known"] == ["fee"]


def test_a_gap_between_numbers_is_named(load_table: Loader) -> None:
    model = load_table("fee", "UNIQUE", AGE, ONE, [["<18", "1"], [">18", "2"]])
    (gap,) = model.find_gaps()
    assert str(gap) == "fee: age = 18"
    model = load_table("fee", "UNIQUE", AGE, ONE, [["[0..18)", "1"], ["[18..60]", "2"]])
    assert [str(gap) for gap in model.find_gaps()] == ["fee: age = <0", "fee: age = >60"]


def test_a_gap_among_enumerations_and_booleans_is_named(load_table: Loader) -> None:
    inputs = [("risk", "string", '"low","middle","high"'), ("new", "boolean", "")]
    rules = [['"low"', "-", "1"], ['"middle"', "true", "2"], ['not("low","middle")', "-", "3"]]
    model = load_table("d", "UNIQUE", inputs, ONE, rules)
    assert [str(gap) for gap in model.find_gaps()] == ["d: risk = middle, new = false"]


def test_a_text_without_declared_values_may_be_any_other(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", [("kind", "string", "")], ONE, [['"a"', "1"]])
    assert [str(gap) for gap in model.find_gaps()] == ["d: kind = any other value"]


def test_days_in_a_row_have_no_gap_between_them(load_table: Loader) -> None:
    rules = [['<=date("2026-12-31")', "1"], ['>=date("2027-01-01")', "2"]]
    assert load_table("d", "UNIQUE", [("on", "date", "")], ONE, rules).find_gaps() == []


def test_a_default_leaves_no_gap(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", AGE, [("", "", "0")], [["<18", "1"]])
    assert model.find_gaps() == []
    assert model.evaluate("d", {"age": 40}) == 0


def test_overlapping_rules_are_named_with_an_example(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", AGE, ONE, [["<=18", "1"], [">=18", "2"], [">30", "3"]])
    found = [(overlap.rules, overlap.inputs) for overlap in model.find_overlaps()]
    assert found == [((1, 2), (("age", "18"),)), ((2, 3), (("age", ">30"),))]


def test_a_table_that_computes_in_a_cell_is_not_judged(load_table: Loader) -> None:
    model = load_table("d", "UNIQUE", AGE, ONE, [["? * 2 > 5", "1"]])
    assert not is_judged(model.tables[0])
    assert model.find_gaps() == []
    assert model.evaluate("d", {"age": 3}) == 1


def test_sums_of_several_outputs_are_kept_apart(load_table: Loader) -> None:
    rules = [["-", "1", "10"], [">5", "2", "20"]]
    outputs = [("a", "", ""), ("b", "", "")]
    model = load_table("d", "COLLECT", AGE, outputs, rules, aggregation="SUM")
    assert model.evaluate("d", {"age": 6}) == {"a": Decimal(3), "b": Decimal(30)}


def test_a_boxed_context_and_invocation_are_run() -> None:
    body = """<inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>
    <businessKnowledgeModel id="k" name="twice"><encapsulatedLogic><formalParameter name="x"/>
    <literalExpression><text>2 * x</text></literalExpression></encapsulatedLogic>
    </businessKnowledgeModel><decision id="d" name="d">
    <informationRequirement><requiredInput href="#i"/></informationRequirement>
    <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement><context>
    <contextEntry><variable name="doubled"/><invocation><literalExpression><text>twice</text>
    </literalExpression><binding><parameter name="x"/><literalExpression><text>n</text>
    </literalExpression></binding></invocation></contextEntry>
    <contextEntry><literalExpression><text>doubled + 1</text></literalExpression></contextEntry>
    </context></decision>"""
    assert load_decisions(write_model(body)).evaluate("d", {"n": 4}) == 9


DECISION = '<decision id="{0}" name="{0}">{1}<literalExpression><text>1</text></literalExpression></decision>'  # noqa: E501
NEEDS = '<informationRequirement><requiredDecision href="#{}"/></informationRequirement>'
REFUSED: list[tuple[str, bytes]] = [
    ("not_xml", b"<definitions"),
    ("not_xml", b""),
    ("not_dmn", b"<html/>"),
    ("has_doctype", b'<!DOCTYPE d [<!ENTITY a "b">]><definitions name="x"/>'),
    ("file_too_large", b" " * 1_000_001),
    ("too_many_elements", write_model("<a/>" * 5_001)),
    ("duplicate_name", write_model(write_input("a", "Any") * 2)),
    ("no_logic", write_model('<decision id="d" name="d"/>')),
    ("no_name", write_model('<decision id="d"/>')),
    ("missing_requirement", write_model(DECISION.format("a", NEEDS.format("b")))),
    ("imported_element", write_model(DECISION.format("a", NEEDS.format("b")).replace("#", "x#"))),
    (
        "circular",
        write_model(
            DECISION.format("a", NEEDS.format("b")) + DECISION.format("b", NEEDS.format("a"))
        ),
    ),
    ("unknown_type", write_model(write_input("a", "tNowhere"))),
    ("unknown_box", write_model('<decision id="d" name="d"><relation/></decision>')),
    (
        "unknown_language",
        write_model(
            '<decision id="d" name="d"><literalExpression expressionLanguage="python">'
            "<text>1</text></literalExpression></decision>"
        ),
    ),
    ("unknown_policy", write_table("d", "RANDOM", AGE, ONE, [])),
    ("wrong_width", write_table("d", "UNIQUE", AGE, ONE, [["-"]])),
    ("no_priorities", write_table("d", "PRIORITY", AGE, ONE, [["-", "1"]])),
    ("unnamed_outputs", write_table("d", "UNIQUE", AGE, [*ONE, *ONE], [["-", "1", "2"]])),
    ("syntax", write_table("d", "UNIQUE", AGE, ONE, [["< <", "1"]])),
]


@pytest.mark.parametrize(("code", "xml"), REFUSED)
def test_a_bad_file_is_refused(code: str, xml: bytes) -> None:
    assert refuse(xml).code == code


def test_a_refusal_names_the_line_of_the_file() -> None:
    xml = write_table("d", "UNIQUE", AGE, ONE, [["<1", "1"], ["<2", "2"], ["<3", "1 +"]])
    assert (refuse(xml).code, refuse(xml).line) == ("syntax", 3)


@pytest.mark.parametrize("value", [object(), b"x", {1: object()}])
def test_an_input_that_is_no_value_is_refused(load_table: Loader, value: Any) -> None:
    model = load_table("d", "UNIQUE", AGE, ONE, [["-", "1"]])
    with pytest.raises(DecisionError, match="unknown_type"):
        model.evaluate("d", {"age": value})
