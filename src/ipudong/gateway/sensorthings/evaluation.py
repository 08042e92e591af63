"""A `$filter` on written entities: for what the database cannot decide exactly.

A path through a collection stands for each of its entities: a comparison holds when it holds for
any of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, product
from typing import Any

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Negation,
    Path,
    Quantified,
    list_paths,
)
from ipudong.gateway.sensorthings.functions import apply, compare

MAX_COMBINATIONS = 10_000

Entity = Mapping[str, Any]


def holds(expression: Expression, entity: Entity, now: datetime) -> bool:
    """Whether a condition is true of an entity."""
    match expression:
        case Logical("and", operands):
            return all(holds(operand, entity, now) for operand in operands)
        case Logical(_, operands):
            return any(holds(operand, entity, now) for operand in operands)
        case Negation(operand):
            return not holds(operand, entity, now)
        case Comparison(operator, left, right):
            sides = _combine((left, right), entity, now)
            return any(compare(operator, *pair) for pair in sides)
        case Quantified(quantifier, path, condition):
            return _quantify(quantifier, find_values(path.parts, entity), condition, now)
    return any(value is True for value in list_values(expression, entity, now))


def _quantify(
    quantifier: str, found: Sequence[Any], condition: Expression | None, now: datetime
) -> bool:
    if condition is None:
        return bool(found)
    answers = (holds(condition, entity, now) for entity in found if isinstance(entity, Mapping))
    return all(answers) if quantifier == "all" else any(answers)


def list_values(expression: Expression, entity: Entity, now: datetime) -> list[Any]:
    """The values of an expression: one, or one for each entity its paths lead to."""
    match expression:
        case Literal(value):
            return [value]
        case Path(parts):
            return find_values(parts, entity)
        case Call(name, arguments):
            return [apply(name, list(row), now) for row in _combine(arguments, entity, now)]
    return [holds(expression, entity, now)]


def _combine(
    parts: Sequence[Expression], entity: Entity, now: datetime
) -> Iterator[tuple[Any, ...]]:
    values = [list_values(part, entity, now) for part in parts]
    return islice(product(*values), MAX_COMBINATIONS)


def find_values(parts: Sequence[str], value: Any) -> list[Any]:
    """What a path leads to; [None] where one entity or object has nothing there."""
    if not parts:
        return [value]
    if isinstance(value, list):
        if parts[0].isdigit():
            place = int(parts[0])
            return find_values(parts[1:], value[place] if place < len(value) else None)
        return [found for item in value for found in find_values(parts, item)]
    if isinstance(value, Mapping):
        name = "@iot.id" if parts[0] == "id" and "@iot.id" in value else parts[0]
        found = value.get(name)
        if isinstance(found, list) and len(parts) == 1:
            return found
        return find_values(parts[1:], found)
    return [None]


def fold(expression: Expression, now: datetime) -> Expression:
    """The same with every call of constants worked out: `now() sub duration'PT1H'` is a time."""
    match expression:
        case Call(name, arguments, at):
            parts = tuple(fold(part, now) for part in arguments)
            if all(isinstance(part, Literal) for part in parts):
                value = apply(name, [part.value for part in parts], now)  # type: ignore[union-attr]
                if value is None and not any(part.value is None for part in parts):  # type: ignore[union-attr]
                    detail = f"At character {at}: {name} has no value for this."
                    raise bad_request("bad_expression", detail, at=at)
                return Literal(value, at)
            return Call(name, parts, at)
        case Comparison(operator, left, right, at):
            return Comparison(operator, fold(left, now), fold(right, now), at)
        case Logical(operator, operands):
            return Logical(operator, tuple(fold(operand, now) for operand in operands))
        case Negation(operand):
            return Negation(fold(operand, now))
        case Quantified(quantifier, path, condition) if condition is not None:
            return Quantified(quantifier, path, fold(condition, now))
    return expression


def has_paths(expression: Expression) -> bool:
    """Whether anything of an entity is asked for at all."""
    return next(list_paths(expression), None) is not None
