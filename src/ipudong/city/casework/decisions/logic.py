"""Boxed logic of a decision: an expression, a table, an invocation or a context of them."""

from dataclasses import dataclass

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Scope, evaluate, invoke
from ipudong.city.casework.decisions.nodes import Node
from ipudong.city.casework.decisions.tables import DecisionTable, decide
from ipudong.city.casework.decisions.values import Value


@dataclass(frozen=True, slots=True)
class Expression:
    """A literal expression and its line in the file."""

    node: Node
    line: int


@dataclass(frozen=True, slots=True)
class BoxedInvocation:
    """A call with its arguments bound by name."""

    function: Expression
    bindings: tuple[tuple[str, "Logic"], ...]
    line: int


@dataclass(frozen=True, slots=True)
class BoxedContext:
    """Named entries, each seeing those before; the last may have no name and is the result."""

    entries: tuple[tuple[str, "Logic"], ...]
    result: "Logic | None"


Logic = Expression | DecisionTable | BoxedInvocation | BoxedContext


def run(logic: Logic, scope: Scope) -> Value:
    """The value of a decision's logic; refusals say the line in the file."""
    if isinstance(logic, DecisionTable):
        return decide(logic, scope)
    if isinstance(logic, BoxedInvocation):
        return _run_invocation(logic, scope)
    if isinstance(logic, BoxedContext):
        return _run_context(logic, scope)
    try:
        return evaluate(logic.node, scope)
    except DecisionError as error:
        raise (error if error.line else error.at_line(logic.line)) from None


def _run_invocation(logic: BoxedInvocation, scope: Scope) -> Value:
    function = run(logic.function, scope)
    values = [run(value, scope) for _, value in logic.bindings]
    return invoke(function, values, tuple(name for name, _ in logic.bindings), scope.meter)


def _run_context(logic: BoxedContext, scope: Scope) -> Value:
    values: dict[str, Value] = {}
    inner = scope.inner(values)
    for name, entry in logic.entries:
        values[name] = run(entry, inner)
    return values if logic.result is None else run(logic.result, inner)
