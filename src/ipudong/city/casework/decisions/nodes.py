"""What a FEEL expression is made of; the parser builds these, the evaluator walks them."""

from dataclasses import dataclass

from ipudong.city.casework.decisions.values import Value


class Node:
    """Any expression."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """Arithmetic, a comparison, `and` or `or`, by its sign."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Unary tests: any of them must hold; none at all (`-`) always does."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    kind: str


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    """`[a..b)`; a bound that is no node is open-ended (`< b`)."""

    start: Node | None
    end: Node | None
    start_closed: bool
    end_closed: bool


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """A call: positional arguments have no names."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """`for`, `some` or `every`, by its word; each name walks through its domain."""

    word: str
    domains: tuple[tuple[str, Node], ...]
    body: Node
