"""Rules between answers that a condition cannot say, as FEEL expressions; checked on the server."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ipudong.city.casework.decisions import DecisionError, evaluate_expression
from ipudong.city.casework.decisions.expressions import known_names
from ipudong.city.casework.decisions.parser import parse_expression
from ipudong.city.casework.forms.declaration import Field
from ipudong.city.casework.forms.errors import FormError

MAX_EXPRESSION = 1000


def check_feel(text: str, names: frozenset[str], place: str) -> None:
    """Refuse an expression that does not parse or names no answer."""
    if len(text) > MAX_EXPRESSION:
        raise FormError("text_too_long", place, limit=MAX_EXPRESSION)
    try:
        parse_expression(text, known_names(names))
        evaluate_expression(text, dict.fromkeys(names))
    except DecisionError as error:
        raise FormError("feel", place, text=f"{error.code} {error.fields}") from error


def is_broken(text: str, fields: Mapping[str, Field], values: Mapping[str, Any]) -> bool:
    """Whether the answers break the rule: false. Null (something was not given) breaks nothing."""
    context = {name: as_feel(row, values.get(name)) for name, row in fields.items()}
    return evaluate_expression(text, context) is False


def as_feel(row: Field, value: Any) -> Any:
    """An answer as FEEL has it: dates as dates, amounts as numbers; a wrong one is null."""
    if not isinstance(value, str):
        return value
    try:
        if row.format == "date":
            return date.fromisoformat(value)
        return Decimal(value) if row.format == "money" else value
    except (ArithmeticError, ValueError):
        return None
