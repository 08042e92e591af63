"""Reads the boxed logic of decisions from XML."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from lxml import etree

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.expressions import known_names
from ipudong.city.casework.decisions.inputs import PLAIN, ItemType, plain_name
from ipudong.city.casework.decisions.item_types import find_text
from ipudong.city.casework.decisions.logic import (
    BoxedContext,
    BoxedInvocation,
    Expression,
    Logic,
)
from ipudong.city.casework.decisions.nodes import Node, Tests
from ipudong.city.casework.decisions.parser import parse_expression, parse_tests
from ipudong.city.casework.decisions.tables import (
    AGGREGATIONS,
    HIT_POLICIES,
    Column,
    DecisionTable,
    Output,
    Rule,
)
from ipudong.city.casework.decisions.tokens import Names

_FOREIGN: Final = "expressionLanguage"
N = TypeVar("N", bound=Node)


def list_children(node: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Children with one of the local names."""
    for child in node.iterchildren("{*}*"):
        if etree.QName(child).localname in names:
            yield child


class Reading:
    """What expressions of one model may speak of."""

    def __init__(self, types: dict[str, ItemType], names: Iterable[str]) -> None:
        self._types = types
        self._names: Names = known_names(names)

    def find_type(self, reference: str, line: int) -> ItemType:
        """The type a `typeRef` names; anything where it names none."""
        name = plain_name(reference)
        if name in self._types:
            return self._types[name]
        if name and name not in PLAIN:
            raise DecisionError("unknown_type", line, type=name)
        return ItemType(name, name) if name else ItemType("Any")

    def read_logic(self, node: etree._Element, name: str) -> Logic | None:
        """The boxed expression in a node, None if there is none; refuses kinds of level 3."""
        for child in node.iterchildren("{*}*"):
            kind = etree.QName(child).localname
            if kind in {"relation", "list", "functionDefinition", "conditional", "for", "filter"}:
                raise DecisionError("unknown_box", child.sourceline or 0, box=kind, name=name)
            if kind in _BOXES:
                return _BOXES[kind](self, child, name)
        return None

    def read_expression(self, node: etree._Element) -> Node:
        """The expression in a node's text; an empty one is null."""
        return self._parse(node, parse_expression, "null")

    def read_tests(self, node: etree._Element) -> Tests:
        """The unary tests in a node's text; an empty cell is any value."""
        return self._parse(node, parse_tests, "-")

    def _parse(self, node: etree._Element, parse: Callable[[str, Names], N], empty: str) -> N:
        line = node.sourceline or 0
        language = node.get(_FOREIGN, "FEEL")
        if "feel" not in language.lower():
            raise DecisionError("unknown_language", line, language=language[:80])
        try:
            return parse(find_text(node, "text") or empty, self._names)
        except DecisionError as error:
            raise error.at_line(line) from None

    # -- boxes

    def _literal(self, node: etree._Element, name: str) -> Logic:
        return Expression(self.read_expression(node), node.sourceline or 0)

    def _invocation(self, node: etree._Element, name: str) -> Logic:
        line = node.sourceline or 0
        function = next(list_children(node, "literalExpression"), None)
        if function is None:
            raise DecisionError("no_logic", line, name=name)
        bindings = tuple(self._binding(each, name) for each in list_children(node, "binding"))
        called = Expression(self.read_expression(function), line)
        return BoxedInvocation(called, bindings, line)

    def _binding(self, node: etree._Element, name: str) -> tuple[str, Logic]:
        parameter = next(list_children(node, "parameter"), None)
        logic = self.read_logic(node, name)
        if parameter is None or logic is None:
            raise DecisionError("no_logic", node.sourceline or 0, name=name)
        return " ".join(parameter.get("name", "").split()), logic

    def _context(self, node: etree._Element, name: str) -> Logic:
        entries: list[tuple[str, Logic]] = []
        result: Logic | None = None
        for entry in list_children(node, "contextEntry"):
            logic = self.read_logic(entry, name)
            variable = next(list_children(entry, "variable"), None)
            if logic is None or result is not None:
                raise DecisionError("no_logic", entry.sourceline or 0, name=name)
            if variable is None:
                result = logic
            else:
                entries.append((" ".join(variable.get("name", "").split()), logic))
        return BoxedContext(tuple(entries), result)

    # -- tables

    def _table(self, node: etree._Element, name: str) -> Logic:
        line = node.sourceline or 0
        policy = node.get("hitPolicy", "UNIQUE").replace("_", " ")
        aggregation = node.get("aggregation", "")
        if policy not in HIT_POLICIES or (aggregation and aggregation not in AGGREGATIONS):
            raise DecisionError("unknown_policy", line, policy=policy, aggregation=aggregation)
        columns = tuple(self._column(each) for each in list_children(node, "input"))
        outputs = tuple(self._output(each) for each in list_children(node, "output"))
        rules = tuple(
            self._rule(number, each, (len(columns), len(outputs)))
            for number, each in enumerate(list_children(node, "rule"), start=1)
        )
        self._check_outputs(policy, outputs, line, name)
        return DecisionTable(name, policy, aggregation, columns, outputs, rules, line)

    def _check_outputs(
        self, policy: str, outputs: tuple[Output, ...], line: int, name: str
    ) -> None:
        names = [output.name for output in outputs]
        if not outputs or (len(outputs) > 1 and (not all(names) or len(set(names)) < len(names))):
            raise DecisionError("unnamed_outputs", line, table=name)
        if policy in {"PRIORITY", "OUTPUT ORDER"} and not any(each.values for each in outputs):
            raise DecisionError("no_priorities", line, table=name)

    def _column(self, node: etree._Element) -> Column:
        line = node.sourceline or 0
        expression = next(list_children(node, "inputExpression"), None)
        if expression is None:
            raise DecisionError("no_logic", line, element="input")
        values = next(list_children(node, "inputValues"), None)
        kind = self.find_type(expression.get("typeRef", ""), line)
        text = find_text(expression, "text")
        return Column(
            label=node.get("label") or text,
            expression=self.read_expression(expression),
            kind=kind.base,
            values=kind.allowed if values is None else self.read_tests(values),
            values_text=kind.allowed_text if values is None else find_text(values, "text"),
            line=line,
        )

    def _output(self, node: etree._Element) -> Output:
        values = next(list_children(node, "outputValues"), None)
        default = next(list_children(node, "defaultOutputEntry"), None)
        return Output(
            name=" ".join(node.get("name", "").split()),
            values=() if values is None else self.read_tests(values).tests,
            default=None if default is None else self.read_expression(default),
        )

    def _rule(self, number: int, node: etree._Element, widths: tuple[int, int]) -> Rule:
        line = node.sourceline or 0
        tests = tuple(self.read_tests(each) for each in list_children(node, "inputEntry"))
        outputs = tuple(self.read_expression(each) for each in list_children(node, "outputEntry"))
        if (len(tests), len(outputs)) != widths:
            raise DecisionError("wrong_width", line, rule=number)
        return Rule(number, tests, outputs, line)


_BOXES: dict[str, Callable[[Reading, etree._Element, str], Logic]] = {
    "literalExpression": Reading._literal,
    "decisionTable": Reading._table,
    "invocation": Reading._invocation,
    "context": Reading._context,
}
