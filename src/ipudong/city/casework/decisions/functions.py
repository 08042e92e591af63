"""FEEL's built-in functions by name (DMN 1.5, 10.3.4).

`matches`, `replace` and `split` are not here: their patterns are regular expressions whose time a
model could not bound.
"""

import inspect
from collections.abc import Callable
from typing import Final

from ipudong.city.casework.decisions import (
    list_functions,
    moment_functions,
    number_functions,
    text_functions,
)
from ipudong.city.casework.decisions.values import Function, Rows, Value, equal, kind_of


def _describe(name: str, body: Callable[..., Value], parameters: tuple[str, ...]) -> Function:
    """A built-in as the evaluator calls it; what Python takes beyond is the function's to say."""
    taken = inspect.signature(body).parameters.values()
    required = sum(
        each.default is each.empty and each.kind is not each.VAR_POSITIONAL for each in taken
    )
    variadic = any(each.kind is each.VAR_POSITIONAL for each in taken)
    return Function(name, parameters, body, required, variadic)


def _deny(negand: Value) -> Value:
    return not negand if isinstance(negand, bool) else None


def _is(value1: Value, value2: Value) -> bool:
    return kind_of(value1) == kind_of(value2) and equal(value1, value2) is True


def _get_value(m: Value, key: Value) -> Value:
    return m.get(key) if isinstance(m, dict) and isinstance(key, str) else None


def _get_entries(m: Value) -> Value:
    if not isinstance(m, dict):
        return None
    return [{"key": key, "value": value} for key, value in m.items()]


_GENERAL: Final[Rows] = {
    "not": (_deny, "negand"),
    "is": (_is, "value1, value2"),
    "get value": (_get_value, "m, key"),
    "get entries": (_get_entries, "m"),
}
FUNCTIONS: Final[dict[str, Function]] = {
    name: _describe(name, body, tuple(parameters.split(", ")))
    for rows in (
        _GENERAL,
        text_functions.ROWS,
        number_functions.ROWS,
        list_functions.ROWS,
        moment_functions.ROWS,
    )
    for name, (body, parameters) in rows.items()
}
