"""An expression on its own: text and context in, value out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Meter, Scope, evaluate, holds
from ipudong.city.casework.decisions.functions import FUNCTIONS
from ipudong.city.casework.decisions.parser import parse_expression, parse_tests
from ipudong.city.casework.decisions.tokens import Names
from ipudong.city.casework.decisions.values import MAX_NESTING, Value, to_feel

_PARTS: Final = ("time offset", "start included", "end included")


def known_names(names: Iterable[str] = ()) -> Names:
    """Names an expression may use besides the built-in ones."""
    return Names([*FUNCTIONS, *_PARTS, *names])


def evaluate_expression(text: str, context: Mapping[str, object] | None = None) -> Value:
    """The value of a FEEL expression; `DecisionError` for bad syntax and unknown names.

    What FEEL calls an error (a number plus a text) is null, as the standard has it.
    """
    values, names = _prepare(context)
    try:
        return evaluate(parse_expression(text, names), Scope(values, Meter()))
    except RecursionError:
        raise DecisionError("too_deep") from None


def passes(text: str, value: object, context: Mapping[str, object] | None = None) -> bool:
    """Whether a value passes unary tests, as a cell of a decision table has them."""
    values, names = _prepare(context)
    try:
        return holds(parse_tests(text, names), to_feel(value), Scope(values, Meter()))
    except RecursionError:
        raise DecisionError("too_deep") from None


def _prepare(context: Mapping[str, object] | None) -> tuple[dict[str, Value], Names]:
    values = to_feel(context or {})
    return values, known_names(list_keys(values))


def list_keys(value: Value, nesting: int = 0) -> Iterator[str]:
    """Every key in a context, also inside others."""
    if nesting > MAX_NESTING:
        return
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from list_keys(item, nesting + 1)
    elif isinstance(value, list):
        for item in value:
            yield from list_keys(item, nesting + 1)
