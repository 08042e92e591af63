"""Walks a FEEL expression to its value (DMN 1.5, 10.3.2).

Bounded by steps, not by the clock, so that the same expression always ends the same way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ipudong.city.casework.decisions.arithmetic import calculate, negate
from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.functions import FUNCTIONS
from ipudong.city.casework.decisions.moments import read_part
from ipudong.city.casework.decisions.nodes import (
    Between,
    ContextOf,
    Filter,
    FunctionOf,
    If,
    In,
    InstanceOf,
    Invocation,
    Iteration,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Operation,
    Path,
    RangeOf,
    Tests,
)
from ipudong.city.casework.decisions.values import (
    Function,
    Range,
    Value,
    bounded,
    equal,
    kind_of,
    order,
)

MAX_STEPS: Final = 200_000


class Meter:
    """The steps an evaluation may still take, shared by everything it calls."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def charge(self, steps: int = 1) -> None:
        """Take steps; `DecisionError("too_much")` when none are left."""
        self._left -= steps
        if self._left < 0:
            raise DecisionError("too_much", most=MAX_STEPS)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean here: the innermost meaning first."""

    values: Mapping[str, Value]
    meter: Meter
    outer: "Scope | None" = None

    def inner(self, values: Mapping[str, Value]) -> "Scope":
        """A scope in which these names hide the outer ones."""
        return Scope(values, self.meter, self)

    def find(self, name: str) -> Value:
        """The meaning of a name; `DecisionError("unknown_name")` where it has none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        raise DecisionError("unknown_name", name=name)


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of a node."""
    scope.meter.charge()
    return _EVALUATE[type(node)](node, scope)


def _operation(node: Operation, scope: Scope) -> Value:
    if node.sign in {"and", "or"}:
        return _logic(node, scope)
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if node.sign in _COMPARE:
        return _COMPARE[node.sign](left, right)
    return calculate(node.sign, left, right)


def _logic(node: Operation, scope: Scope) -> bool | None:
    """Ternary logic: one false decides `and`, one true decides `or`, else null is unknown."""
    decides = node.sign == "or"
    left = evaluate(node.left, scope)
    if left is decides:
        return decides
    right = evaluate(node.right, scope)
    if right is decides:
        return decides
    known = isinstance(left, bool) and isinstance(right, bool)
    return not decides if known else None


def _differ(left: Value, right: Value) -> bool | None:
    same = equal(left, right)
    return None if same is None else not same


def _ordered(accept: Callable[[int], bool]) -> Callable[[Value, Value], bool | None]:
    def compare(left: Value, right: Value) -> bool | None:
        found = order(left, right)
        return None if found is None else accept(found)

    return compare


_COMPARE: Final[dict[str, Callable[[Value, Value], bool | None]]] = {
    "=": equal,
    "!=": _differ,
    "<": _ordered(lambda found: found < 0),
    "<=": _ordered(lambda found: found <= 0),
    ">": _ordered(lambda found: found > 0),
    ">=": _ordered(lambda found: found >= 0),
}


def _between(node: Between, scope: Scope) -> bool | None:
    bounds = Range(evaluate(node.low, scope), evaluate(node.high, scope))
    if bounds.start is None or bounds.end is None:
        return None
    return bounds.contains(evaluate(node.value, scope))


def _in(node: In, scope: Scope) -> bool | None:
    return holds(node.tests, evaluate(node.value, scope), scope)


def holds(tests: Tests, value: Value, scope: Scope) -> bool:
    """Whether a value passes unary tests; what cannot be compared does not."""
    if not tests.tests:
        return True
    inner = scope.inner({"?": value})
    passed = any(_passes(test, value, inner) for test in tests.tests)
    return passed != tests.negated


def _passes(test: Node, value: Value, scope: Scope) -> bool:
    result = evaluate(test, scope)
    if isinstance(result, bool) and (mentions(test) or not isinstance(value, bool)):
        return result
    if isinstance(result, Range):
        return bool(result.contains(value)) or equal(result, value) is True
    if isinstance(result, list) and not isinstance(value, list):
        return any(_matches(item, value) for item in result)
    return equal(result, value) is True


def _matches(item: Value, value: Value) -> bool:
    inside = item.contains(value) if isinstance(item, Range) else equal(item, value)
    return inside is True


def mentions(node: Any, name: str = "?") -> bool:
    """Whether an expression speaks of the value under test."""
    if isinstance(node, Name):
        return node.name == name
    if isinstance(node, tuple):
        return any(mentions(each, name) for each in node)
    if not isinstance(node, Node):
        return False
    return any(mentions(getattr(node, field), name) for field in _fields(node))


def _fields(node: Node) -> tuple[str, ...]:
    return tuple(node.__slots__)


def _range(node: RangeOf, scope: Scope) -> Range | None:
    start = None if node.start is None else evaluate(node.start, scope)
    end = None if node.end is None else evaluate(node.end, scope)
    if (node.start is not None and start is None) or (node.end is not None and end is None):
        return None
    return Range(start, end, node.start_closed, node.end_closed)


def _context(node: ContextOf, scope: Scope) -> dict[str, Value]:
    """Each entry sees the entries before it."""
    values: dict[str, Value] = {}
    inner = scope.inner(values)
    for name, entry in node.entries:
        values[name] = evaluate(entry, inner)
    return values


def read_path(source: Value, name: str) -> Value:
    """`source.name`; of a list, the list of each item's."""
    if isinstance(source, dict):
        return source.get(name)
    if isinstance(source, list):
        return [read_path(item, name) for item in source]
    if isinstance(source, Range):
        return _range_part(source, name)
    return None if source is None else read_part(source, name)


def _range_part(source: Range, name: str) -> Value:
    parts = {
        "start": source.start,
        "end": source.end,
        "start included": source.start_closed,
        "end included": source.end_closed,
    }
    return parts.get(name)


def _filter(node: Filter, scope: Scope) -> Value:
    """By number (from 1, from the end if negative) or by a condition on each item."""
    source = evaluate(node.source, scope)
    items = source if isinstance(source, list) else [] if source is None else [source]
    if not mentions(node.condition, "item"):
        position = _position(node.condition, scope)
        if position is not None:
            return _pick(items, position)
    return [item for item in items if evaluate(node.condition, _item_scope(item, scope)) is True]


def _position(condition: Node, scope: Scope) -> Decimal | None:
    try:
        found = evaluate(condition, scope)
    except DecisionError as error:
        if error.code != "unknown_name":
            raise
        return None
    return found if isinstance(found, Decimal) else None


def _pick(items: list[Value], position: Decimal) -> Value:
    index = int(position) if position == position.to_integral_value() else 0
    if index == 0 or abs(index) > len(items):
        return None
    return items[index - 1 if index > 0 else index]


def _item_scope(item: Value, scope: Scope) -> Scope:
    scope.meter.charge()
    return scope.inner({**item, "item": item} if isinstance(item, dict) else {"item": item})


def _iteration(node: Iteration, scope: Scope) -> Value:
    if node.word == "for":
        return _collect(node, scope)
    decides = node.word == "some"
    unknown = False
    for inner in _turns(node, scope):
        found = evaluate(node.body, inner)
        if found is decides:
            return decides
        unknown = unknown or not isinstance(found, bool)
    return None if unknown else not decides


def _collect(node: Iteration, scope: Scope) -> list[Value]:
    """`partial`, what was collected so far, is copied for each turn only where it is spoken of."""
    partial: list[Value] = []
    copies = mentions(node.body, "partial")
    for inner in _turns(node, scope):
        if copies:
            scope.meter.charge(len(partial))
            inner = inner.inner({"partial": list(partial)})
        partial.append(evaluate(node.body, inner))
        bounded(partial)
    return partial


def _turns(node: Iteration, scope: Scope) -> Iterator[Scope]:
    """A later domain may use the names of the earlier ones."""
    (name, domain), *rest = node.domains
    for value in _walk(evaluate(domain, scope), scope):
        scope.meter.charge()
        inner = scope.inner({name: value})
        if rest:
            yield from _turns(Iteration(node.word, tuple(rest), node.body), inner)
        else:
            yield inner


def _walk(domain: Value, scope: Scope) -> Iterator[Value]:
    if isinstance(domain, Range):
        yield from _count(domain)
    elif isinstance(domain, list):
        yield from domain
    elif domain is not None:
        yield domain


def _count(domain: Range) -> Iterator[Value]:
    """Whole numbers, or days, upwards or downwards."""
    at, end = domain.start, domain.end
    if kind_of(at) not in {"number", "date"} or kind_of(at) != kind_of(end):
        return
    downwards = (order(at, end) or 0) > 0
    step = Decimal(-1 if downwards else 1)
    if kind_of(at) == "date":
        direction = -1 if downwards else 1
        for number in range(abs((end - at).days) + 1):
            yield at.fromordinal(at.toordinal() + direction * number)
        return
    while (at >= end) if downwards else (at <= end):
        yield at
        at = at + step


def _function(node: FunctionOf, scope: Scope) -> Function:
    def body(*values: Value) -> Value:
        return evaluate(node.body, scope.inner(dict(zip(node.parameters, values, strict=True))))

    return Function("function", node.parameters, body, len(node.parameters))


def _invocation(node: Invocation, scope: Scope) -> Value:
    function = evaluate(node.function, scope)
    values = [evaluate(argument, scope) for argument in node.arguments]
    return invoke(function, values, node.names, scope.meter)


def invoke(function: Value, values: list[Value], names: tuple[str, ...], meter: Meter) -> Value:
    """A call; null for what is no function, or is called with other arguments than it takes."""
    if not isinstance(function, Function):
        return None
    meter.charge(sum(len(value) for value in values if isinstance(value, list | str)))
    if names:
        named = dict(zip(names, values, strict=True))
        if len(named) != len(names) or not named.keys() <= set(function.parameters):
            return None
        values = _in_place(function, named)
    return bounded(_call(function, values))


def _in_place(function: Function, named: dict[str, Value]) -> list[Value]:
    """Named arguments in the order of the parameters, without the absent last ones."""
    count = max(function.parameters.index(name) for name in named) + 1
    return [named.get(name) for name in function.parameters[:count]]


def _call(function: Function, values: list[Value]) -> Value:
    most = len(function.parameters)
    if len(values) < function.required or (len(values) > most and not function.variadic):
        return None
    return function.body(*values)


def _instance_of(node: InstanceOf, scope: Scope) -> bool:
    value = evaluate(node.value, scope)
    return value is not None and node.kind in {kind_of(value), "Any"}


def _name(node: Name, scope: Scope) -> Value:
    return scope.find(node.name)


def _list(node: ListOf, scope: Scope) -> list[Value]:
    return [evaluate(item, scope) for item in node.items]


def _if(node: If, scope: Scope) -> Value:
    chosen = node.then if evaluate(node.condition, scope) is True else node.otherwise
    return evaluate(chosen, scope)


_EVALUATE: Final[dict[type[Node], Callable[[Any, Scope], Value]]] = {
    Literal: lambda node, scope: node.value,
    Name: _name,
    Negation: lambda node, scope: negate(evaluate(node.operand, scope)),
    Operation: _operation,
    Between: _between,
    In: _in,
    InstanceOf: _instance_of,
    RangeOf: _range,
    ListOf: _list,
    ContextOf: _context,
    Path: lambda node, scope: read_path(evaluate(node.source, scope), node.name),
    Filter: _filter,
    Invocation: _invocation,
    FunctionOf: _function,
    If: _if,
    Iteration: _iteration,
}
