"""Decision tables: rules, hit policies and aggregations (DMN 1.5, clause 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Scope, evaluate, holds
from ipudong.city.casework.decisions.functions import FUNCTIONS
from ipudong.city.casework.decisions.nodes import Node, Tests
from ipudong.city.casework.decisions.values import Value, equal, show

HIT_POLICIES: Final = frozenset(
    {"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"}
)
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})


@dataclass(frozen=True, slots=True)
class Column:
    """An input: its expression, its type where it says one, and the values it may have."""

    label: str
    expression: Node
    kind: str
    values: Tests | None
    values_text: str
    line: int


@dataclass(frozen=True, slots=True)
class Output:
    """An output: its name (none if it is the only one), values by falling priority, default."""

    name: str
    values: tuple[Node, ...]
    default: Node | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row."""

    number: int
    tests: tuple[Tests, ...]
    outputs: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class DecisionTable(Node):
    """A table; evaluates to a value, a context of outputs, or a list of either."""

    name: str
    hit_policy: str
    aggregation: str
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    line: int


def decide(table: DecisionTable, scope: Scope) -> Value:
    """What the table says; null where no rule holds and there is no default.

    `DecisionError("not_allowed")` for an input outside its column's values, `("several_rules")`
    where a unique table has two answers, `("different_outputs")` where an any table has.
    """
    inputs = [_read_input(column, scope) for column in table.columns]
    hits = [rule for rule in table.rules if _hits(rule, inputs, scope)]
    if not hits:
        return _default(table, scope)
    return _POLICIES[table.hit_policy](table, hits, scope)


def _read_input(column: Column, scope: Scope) -> Value:
    value = evaluate(column.expression, scope)
    if column.values is not None and value is not None and not holds(column.values, value, scope):
        raise DecisionError(
            *("not_allowed", column.line),
            name=column.label,
            value=show(value),
            allowed=column.values_text,
        )
    return value


def _hits(rule: Rule, inputs: Sequence[Value], scope: Scope) -> bool:
    scope.meter.charge()
    pairs = zip(rule.tests, inputs, strict=True)
    try:
        return all(holds(test, value, scope) for test, value in pairs)
    except DecisionError as error:
        raise error.at_line(rule.line) from None


def _default(table: DecisionTable, scope: Scope) -> Value:
    if all(output.default is None for output in table.outputs):
        return _aggregate(table, []) if table.aggregation else None
    values = [
        None if each.default is None else evaluate(each.default, scope) for each in table.outputs
    ]
    return _shape(table, values)


def _shape(table: DecisionTable, values: Sequence[Value]) -> Value:
    if len(table.outputs) == 1:
        return values[0]
    return {each.name: value for each, value in zip(table.outputs, values, strict=True)}


def _answer(table: DecisionTable, rule: Rule, scope: Scope) -> Value:
    try:
        return _shape(table, [evaluate(output, scope) for output in rule.outputs])
    except DecisionError as error:
        raise error.at_line(rule.line) from None


def _unique(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    if len(hits) > 1:
        rules = [rule.number for rule in hits]
        raise DecisionError("several_rules", table.line, table=table.name, rules=rules)
    return _answer(table, hits[0], scope)


def _any(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    answers = [_answer(table, rule, scope) for rule in hits]
    if not all(equal(answers[0], answer) is True for answer in answers[1:]):
        rules = [rule.number for rule in hits]
        raise DecisionError("different_outputs", table.line, table=table.name, rules=rules)
    return answers[0]


def _first(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    return _answer(table, hits[0], scope)


def _rule_order(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    return [_answer(table, rule, scope) for rule in hits]


def _output_order(table: DecisionTable, hits: list[Rule], scope: Scope) -> list[Value]:
    """Answers by the order of the outputs' declared values, the leftmost output first."""
    orders = [[evaluate(value, scope) for value in output.values] for output in table.outputs]

    def rank(answer: Value) -> list[int]:
        values = list(answer.values()) if len(table.outputs) > 1 else [answer]
        return [
            next((at for at, each in enumerate(order) if equal(each, value) is True), len(order))
            for order, value in zip(orders, values, strict=True)
        ]

    return sorted(_rule_order(table, hits, scope), key=rank)


def _priority(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    return _output_order(table, hits, scope)[0]


def _collect(table: DecisionTable, hits: list[Rule], scope: Scope) -> Value:
    answers = _rule_order(table, hits, scope)
    return _aggregate(table, answers) if table.aggregation else answers


def _aggregate(table: DecisionTable, answers: list[Value]) -> Value:
    """Of several outputs, each is aggregated by itself."""
    function = FUNCTIONS[table.aggregation.lower()].body
    if len(table.outputs) == 1 or table.aggregation == "COUNT":
        return function(answers)
    names = [output.name for output in table.outputs]
    return {name: function([answer[name] for answer in answers]) for name in names}


_POLICIES: Final[dict[str, Callable[[DecisionTable, list[Rule], Scope], Value]]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}
