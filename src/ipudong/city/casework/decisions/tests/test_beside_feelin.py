"""The same expressions put to feelin, another house's FEEL, which must say the same."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipudong.city.casework.decisions import evaluate_expression, plain
from ipudong.city.casework.decisions.expressions import passes

ROOT = Path(__file__).resolve().parents[6]
FRONTEND = ROOT / "frontend"
ORACLE = Path(__file__).with_name("feelin_oracle.mjs")

CASE = {
    "applicant": {"age": 67, "name": "王秀英", "kinds": ["resident", "elderly"]},
    "monthly income": 2480.5,
    "papers": [{"kind": "id", "days": 30}, {"kind": "photo", "days": 400}],
    "none": None,
}
MONTHS_ONLY = 'years and months duration(date("2011-12-22"), date("2013-08-24"))'
EXPRESSIONS = [
    "1 + 2 * 3 - 4 / 8",
    "2 ** 3 ** 2",
    "-2 ** 2",
    "(1 + 2) * -3",
    "10 / 0",
    "1 + none",
    '"a" + "b"',
    '"a" + 1',
    "monthly income * 12 > 20000",
    "applicant.age >= 60 and applicant.age < 70",
    "none > 3",
    "none = null",
    "1 != null",
    "true and null",
    "false and null",
    "true or null",
    "not(false)",
    "not(null)",
    "if applicant.age > 60 then 20 else 10",
    "if null then 1 else 2",
    "applicant.age between 60 and 70",
    "applicant.age in [60..67)",
    "applicant.age in (60..67]",
    "applicant.age in (< 10, >= 67)",
    '"resident" in applicant.kinds',
    "papers[days > 100].kind",
    "papers[1].kind",
    "papers[-1].kind",
    "papers[3]",
    "count(papers)",
    "[1, 2, 3][item >= 2]",
    "for i in 1..4 return i * i",
    "for i in 4..1 return i",
    "for i in [1, 2], j in [10, 20] return i + j",
    "some paper in papers satisfies paper.days > 100",
    "every paper in papers satisfies paper.days > 100",
    "{a: 1, b: a + 1}.b",
    "{a: {b: 3}}.a.b",
    "string length(applicant.name)",
    'substring("foobar", 3)',
    'substring("foobar", 3, 3)',
    'substring("foobar", -2, 1)',
    'substring before("foobar", "bar")',
    'substring after("foobar", "ob")',
    'upper case("aBc4")',
    'lower case("aBc4")',
    'contains("foobar", "of")',
    'starts with("foobar", "fo")',
    'ends with("foobar", "r")',
    "list contains([1, 2, 3], 2)",
    "min(1, 2, 3)",
    "max([1, 5, 3])",
    "sum([1, 2, 3])",
    "mean([1, 2, 3])",
    "median(8, 2, 5, 3, 4)",
    "product([2, 3, 4])",
    "all([true, false])",
    "any([false, true])",
    "sublist([1, 2, 3], 2)",
    "append([1], 2, 3)",
    "concatenate([1, 2], [3])",
    "insert before([1, 3], 1, 2)",
    "remove([1, 2, 3], 2)",
    "reverse([1, 2, 3])",
    "index of([1, 2, 3, 2], 2)",
    "union([1, 2], [2, 3])",
    "distinct values([1, 2, 3, 2, 1])",
    "flatten([[1, 2], [[3]], 4])",
    "decimal(1/3, 2)",
    "decimal(2.5, 0)",
    "floor(-1.5)",
    "ceiling(-1.5)",
    "abs(-10)",
    "modulo(12, 5)",
    "modulo(-12, 5)",
    "sqrt(16)",
    "odd(5)",
    "even(5)",
    "floor(1.56, 1)",
    "round half up(5.5, 0)",
    "round half down(5.5, 0)",
    "round up(-5.5, 0)",
    "round down(-5.5, 0)",
    'number("1 000.5", " ", ".")',
    "string(1.1)",
    "string(true)",
    'date("2026-11-22") + duration("P1M")',
    'date("2026-01-31") + duration("P1M")',
    'date("2026-11-22") < date("2026-12-01")',
    'date("2026-11-22").year',
    'date("2026-11-22").weekday',
    'duration("P1Y2M").months',
    'duration("P2DT20H14M").hours',
    MONTHS_ONLY,
    'years and months duration(date("1961-11-23"), date("2026-11-22")).years',
    'day of week(date("2019-09-17"))',
    'month of year(date("2019-09-17"))',
    'day of year(date("2019-09-17"))',
    "(function(a, b) a + b)(1, 2)",
    '[1, "a"] = [1, "a"]',
    "{a: 1} = {a: 1}",
    'substring(string: "foobar", start position: 3)',
]
TESTS: list[tuple[str, Any]] = [
    ("<18", 17),
    ("<18", 18),
    (">=18, <3", 2),
    ("[18..60]", 60),
    ("[18..60)", 60),
    ("]18..60[", 18),
    ("-", None),
    ("not(1, 2)", 3),
    ("not(1, 2)", 2),
    ('"low", "high"', "high"),
    ('not("low")', "high"),
    ("true", True),
    ("true", False),
    ("? > 3 and ? < 5", 4),
    ("5", 5),
    ("null", None),
    ("1", None),
]
# Where the two differ, and why ours stands.
DIFFERENT = {
    # DMN 1.5, table 83: the example of the specification itself says P1Y8M; feelin adds days.
    MONTHS_ONLY: "P1Y8M",
}


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    """feelin's answers to all rows, in one run of Node."""
    if not (FRONTEND / "node_modules/feelin").is_dir():
        pytest.skip("feelin is not installed: run `make frontend`")
    node = subprocess.run(
        [ROOT / "tools/prepare-node"], capture_output=True, text=True, check=True
    ).stdout.strip()
    rows = [["expression", text, CASE] for text in EXPRESSIONS]
    rows += [["test", text, {"?": value}] for text, value in TESTS]
    run = subprocess.run(
        [f"{node}/node", ORACLE, str(FRONTEND / "package.json")],
        input="\n".join(map(json.dumps, rows)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize(("place", "text"), list(enumerate(EXPRESSIONS)))
def test_an_expression_means_the_same(place: int, text: str, answers: list[dict[str, Any]]) -> None:
    ours = plain(evaluate_expression(text, CASE))
    same = close(ours, answers[place].get("value"))
    assert same != (text in DIFFERENT), (ours, answers[place])


@pytest.mark.parametrize(("place", "text", "value"), [(n, *row) for n, row in enumerate(TESTS)])
def test_a_cell_means_the_same(
    place: int, text: str, value: Any, answers: list[dict[str, Any]]
) -> None:
    assert passes(text, value) is bool(answers[len(EXPRESSIONS) + place]["value"])


def close(ours: object, theirs: object) -> bool:
    """Equal, numbers up to the last bits of a double."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if type(ours) in {int, float} and type(theirs) in {int, float}:
        return bool(ours == pytest.approx(theirs))
    return ours == theirs
