"""Coverage-guided fuzzing of decisions: ``python tests/fuzz/decisions_fuzz.py -runs=20000``.

Extra arguments go to libFuzzer. The first byte chooses where an input enters: as a FEEL
expression, as unary tests, as the cells of a table, or as a whole DMN file. Besides never raising
anything but its own refusal, it demands that an expression has the same value twice, that what is
shown is bounded, and that a table says a gap only where it has no answer.
"""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

import atheris

with atheris.instrument_imports(include=["ipudong.city.casework.decisions"]):
    from ipudong.city.casework.decisions import DecisionError, evaluate_expression, load_decisions
    from ipudong.city.casework.decisions.expressions import passes
    from ipudong.city.casework.decisions.values import plain, show

CONTEXT = {"a": 1, "b": [1, 2, {"c d": None}], "monthly income": 2480.5, "on": "2026-11-22"}
TABLE = """<definitions name="m"><inputData id="i" name="a"/><decision id="d" name="d">
<informationRequirement><requiredInput href="#i"/></informationRequirement><decisionTable>
<input><inputExpression><text>a</text></inputExpression></input><output/>{}
</decisionTable></decision></definitions>"""
RULE = (
    "<rule><inputEntry><text>{}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
)
EXPRESSIONS = [
    "for i in 1..3 return i * partial[-1]",
    "some x in b satisfies x > 1 and x in (1..3]",
    "{k: function(x, y) x ** y, v: k(2, 3)}.v + monthly income",
    'date("2026-11-22") + duration("P1Y2M") - @"P3DT4H"',
    'if a between 0 and 2 then substring("foobar", start position: 2) else null',
    "sort(b, function(x, y) x < y)[item instance of number]",
    "decimal(median([1, 2.5]), 2) / stddev(1, 2, 4)",
]
CELLS = ["<18", '"a","b"', "not(1, 2)", "[1..5[, >9", "-", "? > 3", 'date("2026-01-01")']


def check_expression(text: str) -> None:
    """The same value twice, and one that can be shown."""
    first, second = evaluate_expression(text, CONTEXT), evaluate_expression(text, CONTEXT)
    assert show(first) == show(second)
    plain(first)


def check_table(cells: str) -> None:
    """Every gap that is a single value has no answer."""
    rules = "".join(RULE.format(escape(cell)) for cell in cells.split("\n"))
    model = load_decisions(TABLE.format(rules).encode(errors="replace"))
    model.find_overlaps()
    for gap in model.find_gaps():
        assert gap.missing
    model.evaluate("d", {"a": 1})


def check(data: bytes) -> None:
    """One input, the first byte choosing where it enters."""
    text = data[1:].decode(errors="replace")
    enter = {
        b"E": lambda: check_expression(text),
        b"C": lambda: passes(text, 1, CONTEXT),
        b"T": lambda: check_table(text),
    }
    with suppress(DecisionError):
        enter.get(data[:1], lambda: load_decisions(data).find_gaps())()


def write_seeds(folder: Path) -> None:
    """Expressions, cells, a table and a file."""
    for number, text in enumerate(EXPRESSIONS):
        (folder / f"expression{number}").write_text("E" + text)
    for number, text in enumerate(CELLS):
        (folder / f"cell{number}").write_text("C" + text)
    (folder / "table").write_text("T" + "\n".join(CELLS))
    (folder / "file").write_text(TABLE.format(RULE.format("1")))


def main() -> None:
    """Fuzz until the runs or the time given to libFuzzer are used up."""
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        atheris.Setup([*sys.argv, "-max_len=2048", folder], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
