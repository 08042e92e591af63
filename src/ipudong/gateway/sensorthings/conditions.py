"""A `$filter` and `$orderby` on rows of the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.expressions import (
    Comparison,
    Expression,
    Literal,
    Logical,
    Negation,
    Order,
    Path,
)

_LOOKUPS: Final = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
FLIPPED: Final = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}

Columns = Mapping[str, str]


def to_condition(expression: Expression, columns: Columns) -> Q:
    """The condition of an expression. Raises RequestRefused for a property that is not there."""
    if isinstance(expression, Negation):
        return ~to_condition(expression.operand, columns)
    if isinstance(expression, Logical):
        conditions = [to_condition(operand, columns) for operand in expression.operands]
        joined = conditions[0]
        for condition in conditions[1:]:
            joined = joined & condition if expression.operator == "and" else joined | condition
        return joined
    path, operator, value = orient(expression)
    column = find_column(path, columns)
    if value is None:
        return _null_condition(column, operator)
    _refuse_odd_value(path, column, value)
    if operator == "ne":
        return ~Q(**{column: value})
    return Q(**{f"{column}__{_LOOKUPS[operator]}": value})


def _null_condition(column: str, operator: str) -> Q:
    if operator not in ("eq", "ne"):
        raise bad_request("bad_expression", "null is only equal or not equal.")
    return Q(**{f"{column}__isnull": operator == "eq"})


def _refuse_odd_value(path: Path, column: str, value: Any) -> None:
    """Ids of rows are whole numbers, all else here is text."""
    wants_number = column in ("pk", "thing_id") and not isinstance(value, str)
    wants_text = column not in ("thing_id",) and isinstance(value, str)
    if isinstance(value, bool | datetime) or not (wants_number or wants_text):
        raise bad_request("bad_expression", f"{path} cannot be compared with {value!r}.")


def orient(comparison: Comparison) -> tuple[Path, str, Any]:
    """(property, operator, value) of a comparison, whichever side the property stands on."""
    left, right = comparison.left, comparison.right
    if isinstance(left, Path) and isinstance(right, Literal):
        return left, comparison.operator, right.value
    if isinstance(left, Literal) and isinstance(right, Path):
        return right, FLIPPED[comparison.operator], left.value
    raise bad_request("bad_expression", "Compare a property with a value.")


def find_column(path: Path, columns: Columns) -> str:
    """Where a property is kept. Raises RequestRefused."""
    column = columns.get(str(path))
    if column is None:
        known = ", ".join(sorted(columns))
        raise bad_request("unknown_property", f"{path} is none of: {known}.", property=str(path))
    return column


def to_ordering(orders: tuple[Order, ...], columns: Columns) -> list[str]:
    """The ordering of rows; the key comes last, so that pages never overlap."""
    names = [
        ("-" if order.descending else "") + find_column(order.path, columns) for order in orders
    ]
    return [*names, "pk"]
