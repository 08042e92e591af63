"""Conditions on ways out and keys of messages: the FEEL subset of the decisions, never Python."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.expressions import evaluate_expression, known_names
from ipudong.city.casework.decisions.parser import parse_expression
from ipudong.city.casework.decisions.values import plain

MOST_MISSING: Final = 50


class ConditionError(Exception):
    """A condition failed while a case ran; `text` is the condition."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text}: {reason}")
        self.text = text
        self.reason = reason


@lru_cache(maxsize=2000)
def find_fault(text: str) -> str:
    """Why an expression cannot be read; "" when it can."""
    try:
        parse_expression(text, known_names())
    except (DecisionError, RecursionError) as error:
        return str(error)
    return ""


def evaluate(text: str, context: Mapping[str, Any]) -> Any:
    """The value of an expression over a case's data, as JSON holds it; what nobody has answered yet
    is null. ConditionError when the expression has no value."""
    known = dict(context)
    for _ in range(MOST_MISSING):
        try:
            return plain(evaluate_expression(text, known))
        except DecisionError as error:
            if error.code != "unknown_name" or error.fields.get("name") in known:
                raise ConditionError(text, str(error)) from error
            known[str(error.fields["name"])] = None
    raise ConditionError(text, "too many names are missing")


def holds(text: str, context: Mapping[str, Any]) -> bool:
    """Whether a condition holds: only true is true, as FEEL has it; null is not."""
    return evaluate(text, context) is True
