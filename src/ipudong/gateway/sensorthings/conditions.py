"""A `$filter` and `$orderby` on rows of the database, as far as it can decide them exactly.

What it cannot (JSON of mixed types, geometry, text functions that fold case) is left over for
`evaluation.py`, which decides on the entities as they are written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Length, Right, StrIndex, Substr
from django.db.models.lookups import Exact, GreaterThan

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS, EntitySet, Relation
from ipudong.gateway.sensorthings.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Negation,
    Order,
    Path,
    Quantified,
    list_paths,
)
from ipudong.gateway.sensorthings.signatures import check_sides
from ipudong.gateway.sensorthings.values import kind_of
from ipudong.gateway.sensorthings.vocabulary import PROPERTIES, find_kind

MAX_JOINS: Final = 12

FLIPPED: Final = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_LOOKUPS: Final = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}

Condition: TypeAlias = Q | Exists | Exact | GreaterThan
# Datastreams of which an observation fulfils a condition: a question to the history.
FindStreams: TypeAlias = Callable[[Expression | None], list[int]]


class _Inexact(Exception):  # noqa: N818 - no error: another way is taken
    """The database would not decide this as the standard does."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that fulfil what the database can decide, and the rest of the filter and the order.

    `orders` are the keys of `$orderby` where the database cannot order by them, else empty.
    """

    rows: QuerySet[Any]
    rest: Expression | None
    orders: tuple[Order, ...] = ()


def select_rows(
    rows: QuerySet[Any],
    entity_set: EntitySet,
    wanted: Expression | None,
    orders: tuple[Order, ...],
    find_streams: FindStreams,
) -> Selection:
    """The rows of a filter, in order. Raises RequestRefused for what is not there."""
    compiler = _Compiler(find_streams)
    left_over = []
    for part in conjuncts(wanted):
        check_paths(part, entity_set)
        try:
            rows = rows.filter(compiler.condition(part, entity_set))
        except _Inexact:
            left_over.append(part)
    for order in orders:
        check_paths(order.path, entity_set)
    try:
        ordering = [_ordering(order, entity_set) for order in orders]
        rest_of_orders: tuple[Order, ...] = ()
    except _Inexact:
        ordering, rest_of_orders = [], orders
    # The key comes last, so that pages never overlap.
    return Selection(rows.order_by(*ordering, "pk"), _join(left_over), rest_of_orders)


def conjuncts(expression: Expression | None) -> tuple[Expression, ...]:
    """The parts all of which must hold."""
    if expression is None:
        return ()
    if isinstance(expression, Logical) and expression.operator == "and":
        return tuple(part for operand in expression.operands for part in conjuncts(operand))
    return (expression,)


def _join(parts: list[Expression]) -> Expression | None:
    return None if not parts else parts[0] if len(parts) == 1 else Logical("and", tuple(parts))


def check_paths(expression: Expression, entity_set: EntitySet) -> None:
    """Refuse (400) a path to what the standard does not have, and comparisons of other kinds."""
    match expression:
        case Comparison(operator, left, right, at):
            check_sides(operator, _kind(left, entity_set), _kind(right, entity_set), at)
        case Logical(_, operands):
            for operand in operands:
                check_paths(operand, entity_set)
            return
        case Negation(operand):
            check_paths(operand, entity_set)
            return
        case Quantified(_, path, condition):
            target = _follow(path, entity_set)
            if condition is not None:
                check_paths(condition, target)
            return
    for path in list_paths(expression):
        find_path_kind(path, entity_set)


def _kind(side: Expression, entity_set: EntitySet) -> str:
    if isinstance(side, Literal):
        return kind_of(side.value)
    return find_path_kind(side, entity_set) if isinstance(side, Path) else "any"


def find_path_kind(path: Path, entity_set: EntitySet) -> str:
    """The kind of what a path leads to. Raises RequestRefused (400)."""
    for at, name in enumerate(path.parts):
        relation = entity_set.relations.get(name)
        if relation is None:
            return _property_kind(path, at, entity_set)
        if relation.target == OBSERVATIONS:
            return "any"
        entity_set = SETS[relation.target]
    raise bad_request("bad_expression", f"{path} is no property but an entity.", property=str(path))


def _property_kind(path: Path, at: int, entity_set: EntitySet) -> str:
    name = path.parts[at]
    kind = find_kind(entity_set.name, name)
    if kind is None:
        known = ", ".join(sorted({*PROPERTIES.get(entity_set.name, ()), *entity_set.relations}))
        detail = f"At character {path.at}: {name[:40]} is none of: id, {known}."
        raise bad_request("unknown_property", detail, property=str(path)[:80], at=path.at)
    if at + 1 < len(path.parts):
        if kind not in ("any", "geometry"):
            raise bad_request(
                "unknown_property", f"{name} has no properties of its own.", property=str(path)[:80]
            )
        return "any"
    if kind == "id":
        return "text" if entity_set.has_text_key else "number"
    return kind


def _follow(path: Path, entity_set: EntitySet) -> EntitySet:
    for name in path.parts:
        relation = entity_set.relations.get(name)
        if relation is None or relation.target == OBSERVATIONS:
            raise bad_request(
                "unknown_property", f"{path} leads to no entities here.", property=str(path)[:80]
            )
        entity_set = SETS[relation.target]
    return entity_set


class _Compiler:
    """One filter; counts the tables it goes through."""

    def __init__(self, find_streams: FindStreams) -> None:
        self._find_streams = find_streams
        self._joins = 0

    def condition(self, expression: Expression, entity_set: EntitySet) -> Any:
        """The condition of an expression. Raises _Inexact."""
        match expression:
            case Negation(operand):
                return ~self._as_q(operand, entity_set)
            case Logical(operator, operands):
                return self._logical(operator, operands, entity_set)
            case Quantified(quantifier, path, condition):
                return self._quantified(quantifier, path, condition, entity_set)
        step = _common_step(expression, entity_set)
        if step is not None:
            inner = _strip(expression)
            return self._related(
                entity_set.relations[step],
                lambda target: inner,
            )
        if isinstance(expression, Comparison):
            return _compare(expression, entity_set)
        if isinstance(expression, Call):
            return _call(expression, entity_set)
        raise _Inexact

    def _as_q(self, expression: Expression, entity_set: EntitySet) -> Q:
        return Q(self.condition(expression, entity_set))

    def _logical(self, operator: str, operands: tuple[Expression, ...], entity_set: EntitySet) -> Q:
        conditions = [self._as_q(operand, entity_set) for operand in operands]
        joined = conditions[0]
        for condition in conditions[1:]:
            joined = joined & condition if operator == "and" else joined | condition
        return joined

    def _quantified(
        self, quantifier: str, path: Path, condition: Expression | None, entity_set: EntitySet
    ) -> Any:
        relation = entity_set.relations[path.parts[0]]
        if len(path.parts) > 1:
            rest = Quantified(quantifier, Path(path.parts[1:], path.at), condition)
            if quantifier == "all":  # all of all: none of any for which it does not hold
                raise _Inexact
            return self._related(relation, lambda target: rest)
        if quantifier == "any":
            return self._related(relation, lambda target: condition)
        negated = None if condition is None else Negation(condition)
        return ~Q(self._related(relation, lambda target: negated))

    def _related(
        self, relation: Relation, make: Callable[[EntitySet | None], Expression | None]
    ) -> Any:
        """Rows with a related entity that fulfils a condition."""
        self._joins += 1
        if self._joins > MAX_JOINS:
            raise bad_request(
                "expression_too_long", f"At most {MAX_JOINS} steps to other entities."
            )
        if relation.target == OBSERVATIONS:
            return self._observed(relation, make(None))
        target = SETS[relation.target]
        wanted = make(target)
        rows = target.rows().filter(**{relation.lookup: OuterRef(relation.own_field)})
        if wanted is not None:
            rows = rows.filter(self.condition(wanted, target))
        return Exists(rows.order_by())

    def _observed(self, relation: Relation, wanted: Expression | None) -> Any:
        if relation.own_field != "pk" or relation.lookup not in ("", "datastream"):
            raise _Inexact
        return Q(pk__in=self._find_streams(wanted))


def _common_step(expression: Expression, entity_set: EntitySet) -> str | None:
    """The navigation property by which every path of a comparison or call begins."""
    steps = {path.parts[0] for path in list_paths(expression)}
    related = {step for step in steps if step in entity_set.relations}
    if not related:
        return None
    if len(steps) > 1:
        raise _Inexact
    return related.pop()


def _strip(expression: Expression) -> Expression:
    """The same seen from the related entity."""
    match expression:
        case Path(parts, at):
            return Path(parts[1:], at)
        case Call(name, arguments, at):
            return Call(name, tuple(_strip(part) for part in arguments), at)
        case Comparison(operator, left, right, at):
            return Comparison(operator, _strip(left), _strip(right), at)
    return expression


def orient(comparison: Comparison) -> tuple[Expression, str, Any] | None:
    """(what, operator, value) of a comparison with a value, whichever side that stands on."""
    left, right = comparison.left, comparison.right
    if isinstance(right, Literal):
        return left, comparison.operator, right.value
    if isinstance(left, Literal):
        return right, FLIPPED[comparison.operator], left.value
    return None


def _compare(comparison: Comparison, entity_set: EntitySet) -> Any:
    sides = orient(comparison)
    path, operator, value = sides or (None, "", None)
    if not isinstance(path, Path):
        raise _Inexact
    column, kind = _column(path, entity_set)
    if value is None:
        return Q(**{f"{column}__isnull": operator == "eq"})
    if not _is_plain(kind, value):
        raise _Inexact
    if operator == "ne":
        return ~Q(**{column: value})
    return Q(**{f"{column}__{_LOOKUPS[operator]}": value})


def _is_plain(kind: str, value: Any) -> bool:
    """Whether the column of a kind is compared with a value as the standard does."""
    if kind == "number":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "time":
        return isinstance(value, datetime)
    # A column that stands for a property inside JSON keeps text.
    return kind in ("text", "any") and isinstance(value, str)


def _column(path: Path, entity_set: EntitySet) -> tuple[str, str]:
    column = entity_set.columns.get(str(path))
    if column is None:
        raise _Inexact
    return column, find_path_kind(path, entity_set)


def _call(call: Call, entity_set: EntitySet) -> Any:
    """Text in text, with the letters' case told apart, which LIKE does not do on SQLite."""
    make = _TEXT_CALLS.get(call.name)
    if make is None:
        raise _Inexact
    part, text = call.arguments if call.name == "substringof" else reversed(call.arguments)
    if not (isinstance(text, Path) and isinstance(part, Literal) and isinstance(part.value, str)):
        raise _Inexact
    column, kind = _column(text, entity_set)
    if kind != "text" or not part.value:
        raise _Inexact
    return make(column, part.value)


_TEXT_CALLS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "substringof": lambda column, part: GreaterThan(StrIndex(F(column), Value(part)), Value(0)),
    "startswith": lambda column, part: Exact(Substr(F(column), 1, len(part)), Value(part)),
    "endswith": lambda column, part: (
        Q(GreaterThan(Length(F(column)), Value(len(part) - 1)))
        & Q(Exact(Right(F(column), len(part)), Value(part)))
    ),
}


def _ordering(order: Order, entity_set: EntitySet) -> Any:
    if not isinstance(order.path, Path):
        raise _Inexact
    value = _order_value(order.path, entity_set)
    return value.desc() if order.descending else value.asc()


def _order_value(path: Path, entity_set: EntitySet) -> Any:
    column = entity_set.columns.get(str(path))
    if column is not None:
        return F(column)
    relation = entity_set.relations.get(path.parts[0])
    if relation is None or relation.to_many or relation.target == OBSERVATIONS:
        raise _Inexact
    target = SETS[relation.target]
    value = _order_value(Path(path.parts[1:], path.at), target)
    rows = target.rows().filter(**{relation.lookup: OuterRef(relation.own_field)})
    return Subquery(rows.order_by().values(_ordered_by=value)[:1])


def refuse_observations(entity_set: EntitySet, expression: Expression) -> None:
    """What is left over is decided on written entities, and observations are too many for that."""
    for path in list_paths(expression):
        here: EntitySet = entity_set
        for name in path.parts:
            relation = here.relations.get(name)
            if relation is None:
                break
            if relation.target == OBSERVATIONS:
                raise _too_mixed(path)
            here = SETS[relation.target]


def _too_mixed(path: Path) -> RequestRefused:
    detail = f"At character {path.at}: compare {path} with a value or with other observations."
    return bad_request("unsupported_comparison", detail, property=str(path)[:80], at=path.at)
