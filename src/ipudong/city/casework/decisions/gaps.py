"""What a decision table forgot: inputs without a rule, and unique inputs with several.

A column whose cells are values, ranges and their lists is cut into the pieces between all bounds
its cells name; every combination of pieces is then put to the rules. A column with another kind of
cell (an expression with `?`, a list of contexts) cannot be cut: the table is not judged, and
`is_judged` says so. Bounded: `MAX_PIECES` combinations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import product
from math import prod
from typing import Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Meter, Scope, evaluate
from ipudong.city.casework.decisions.nodes import Literal, Negation, Node, RangeOf, Tests
from ipudong.city.casework.decisions.tables import Column, DecisionTable
from ipudong.city.casework.decisions.values import Range, Value, equal, kind_of, order, show

MAX_PIECES: Final = 20_000
MAX_REPORTED: Final = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column no cell divides: a value, an open interval, or any other value."""

    value: Value = None
    span: Range | None = None
    other: bool = False

    def __str__(self) -> str:
        if self.other:
            return "any other value"
        return show(self.span) if self.span is not None else show(self.value)


@dataclass(frozen=True, slots=True)
class Gap:
    """Inputs for which a table says nothing: `missing` maps a column to what is not covered."""

    table: str
    line: int
    missing: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.table}: " + ", ".join(f"{name} = {what}" for name, what in self.missing)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Inputs for which several rules of a unique table hold."""

    table: str
    line: int
    rules: tuple[int, ...]
    inputs: tuple[tuple[str, str], ...]


def is_judged(table: DecisionTable) -> bool:
    """Whether the table's cells can be cut into pieces, and there are not too many."""
    return _cut(table) is not None


def find_gaps(table: DecisionTable) -> list[Gap]:
    """At most `MAX_REPORTED` gaps; none where each output has a default."""
    if all(output.default is not None for output in table.outputs):
        return []
    gaps: list[Gap] = []
    for pieces, covers in _combinations(table):
        if not any(covers) and len(gaps) < MAX_REPORTED:
            gaps.append(Gap(table.name, table.line, _name(table, pieces)))
    return gaps


def find_overlaps(table: DecisionTable) -> list[Overlap]:
    """At most `MAX_REPORTED` pairs or groups of rules, each with one example."""
    found: dict[tuple[int, ...], Overlap] = {}
    if table.hit_policy != "UNIQUE":
        return []
    for pieces, covers in _combinations(table):
        pairs = zip(table.rules, covers, strict=True)
        rules = tuple(rule.number for rule, covered in pairs if covered)
        if len(rules) > 1 and rules not in found and len(found) < MAX_REPORTED:
            found[rules] = Overlap(table.name, table.line, rules, _name(table, pieces))
    return list(found.values())


def _name(table: DecisionTable, pieces: Sequence[Piece]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (column.label, str(piece)) for column, piece in zip(table.columns, pieces, strict=True)
    )


def _combinations(table: DecisionTable) -> Iterator[tuple[tuple[Piece, ...], list[bool]]]:
    columns = _cut(table)
    if columns is None:
        return
    covers = [
        [{id(piece): _covers(rule.tests[at], piece) for piece in pieces} for rule in table.rules]
        for at, pieces in enumerate(columns)
    ]
    for pieces in product(*columns):
        yield (
            pieces,
            [
                all(covers[at][row][id(piece)] for at, piece in enumerate(pieces))
                for row in range(len(table.rules))
            ],
        )


def _cut(table: DecisionTable) -> list[list[Piece]] | None:
    columns: list[list[Piece]] = []
    for at, column in enumerate(table.columns):
        cells = [rule.tests[at] for rule in table.rules]
        pieces = _cut_column(column, cells)
        if pieces is None:
            return None
        columns.append(pieces)
    return columns if prod(map(len, columns)) <= MAX_PIECES else None


def _cut_column(column: Column, cells: Sequence[Tests]) -> list[Piece] | None:
    """Enumerations by their values, booleans by both, all else along the line of its bounds."""
    values = [_constants(cell) for cell in cells]
    declared = _constants(column.values) if column.values is not None else []
    if declared is None or any(each is None for each in values):
        return None
    if declared and not any(isinstance(each, Range) for each in declared):
        return [Piece(value) for value in _distinct(declared)]
    named = [each for cell in values for each in cell or ()]
    bounds = _distinct([bound for each in [*named, *declared] for bound in _bounds(each)])
    kinds = {kind_of(bound) for bound in bounds}
    if column.kind == "boolean" or kinds == {"boolean"}:
        return [Piece(True), Piece(False)]
    if len(kinds) > 1:
        return None
    pieces = _along(bounds) if _is_line(named, kinds) else [*map(Piece, bounds), Piece(other=True)]
    return [piece for piece in pieces if not declared or _is_declared(piece, declared)]


def _is_declared(piece: Piece, declared: Sequence[Value]) -> bool:
    return any(_is_inside(piece, each) for each in declared)


def _is_line(named: Sequence[Value], kinds: set[str]) -> bool:
    """Numbers and dates lie on a line; texts only where a cell has a range of them."""
    return kinds != {"string"} or any(isinstance(each, Range) for each in named)


def _along(bounds: Sequence[Value]) -> list[Piece]:
    line = sorted(bounds, key=cmp_to_key(lambda left, right: order(left, right) or 0))
    if not line:
        return [Piece(other=True)]
    pieces = [Piece(span=Range(None, line[0], start_closed=False, end_closed=False))]
    for at, bound in enumerate(line):
        end = line[at + 1] if at + 1 < len(line) else None
        pieces.append(Piece(bound))
        if not _are_neighbors(bound, end):
            pieces.append(Piece(span=Range(bound, end, start_closed=False, end_closed=False)))
    return pieces


def _are_neighbors(left: Value, right: Value) -> bool:
    """Between two days in a row there is no day; between two numbers there always is a number."""
    return kind_of(left) == "date" and right is not None and (right - left).days == 1


def _bounds(value: Value) -> list[Value]:
    if isinstance(value, Range):
        return [bound for bound in (value.start, value.end) if bound is not None]
    return [] if value is None else [value]


def _distinct(values: Sequence[Value]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if not any(equal(value, each) is True for each in found):
            found.append(value)
    return found


def _constants(tests: Tests) -> list[Value] | None:
    """The values and ranges a cell names; None where it computes."""
    found = [_constant(test) for test in tests.tests]
    return None if any(isinstance(each, _Unknown) for each in found) else found


class _Unknown:
    """A cell that is not a constant."""


def _constant(node: Node) -> Value:
    bounds = (node.start, node.end) if isinstance(node, RangeOf) else (node,)
    simple = all(bound is None or _is_simple(bound) for bound in bounds)
    value = evaluate(node, Scope({}, Meter())) if simple else None
    plain = isinstance(value, Range) or kind_of(value) in _SIMPLE
    return value if plain else _Unknown()


_SIMPLE: Final = {
    "number",
    "string",
    "boolean",
    "date",
    "date and time",
    "days and time duration",
    "years and months duration",
}


def _is_simple(node: Node) -> bool:
    """A literal, its negation, or a call of a constructor with literals."""
    if isinstance(node, Negation):
        return _is_simple(node.operand)
    if isinstance(node, Literal):
        return True
    try:
        return kind_of(evaluate(node, Scope({}, Meter(1000)))) in _SIMPLE
    except DecisionError:
        return False


def _covers(tests: Tests, piece: Piece) -> bool:
    if not tests.tests:
        return True
    inside = any(_is_inside(piece, each) for each in _constants(tests) or ())
    return inside != tests.negated


def _is_inside(piece: Piece, named: Value) -> bool:
    if piece.other:
        return False
    if piece.span is None:
        if isinstance(named, Range):
            return named.contains(piece.value) is True
        return equal(named, piece.value) is True
    return isinstance(named, Range) and _spans(named, piece.span)


def _spans(outer: Range, inner: Range) -> bool:
    """The pieces were cut at every bound, so only their ends need comparing."""
    low = outer.start is None or (
        inner.start is not None and (order(outer.start, inner.start) or 0) <= 0
    )
    high = outer.end is None or (inner.end is not None and (order(inner.end, outer.end) or 0) <= 0)
    return low and high
