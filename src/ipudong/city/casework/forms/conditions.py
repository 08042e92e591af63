"""Conditions on answers: small enough that server and browser say the same.

A condition is an object: `{"field": "kind", "is": "shop"}` with one of `is`, `in`, `at_least`,
`at_most`, `has` (a list holds it) or `given` (true/false); `{"all": [...]}`, `{"any": [...]}`,
`{"not": ...}` put them together. In a rule the right side may be another answer:
`{"field": "ends_on", "at_least": {"field": "starts_on"}}`. An answer not given fulfills nothing
but `{"given": false}`. `frontend/src/forms/conditions.ts` is its twin.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ipudong.city.casework.forms.errors import FormError

TESTS: Final = frozenset({"is", "in", "at_least", "at_most", "has", "given"})
_JOINTS: Final = frozenset({"all", "any", "not"})
_MAX_DEPTH: Final = 6


def holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the answers fulfill a (checked) condition."""
    if "all" in condition:
        return all(holds(part, values) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, values) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], values)
    return _test(condition, values)


def _test(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    value = values.get(condition["field"])
    test = next(name for name in condition if name != "field")
    wanted = condition[test]
    if test == "given":
        return (value is not None) is wanted
    if isinstance(wanted, Mapping):
        wanted = values.get(wanted["field"])
    if value is None or wanted is None:
        return False
    if test == "is":
        return same(value, wanted)
    if test == "in":
        return any(same(value, one) for one in wanted)
    if test == "has":
        return isinstance(value, list) and any(same(one, wanted) for one in value)
    return _compare(test, value, wanted)


def same(left: Any, right: Any) -> bool:
    """JSON's equality: true is not 1."""
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def _compare(test: str, value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return False
    numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    if not numbers and not (isinstance(value, str) and isinstance(wanted, str)):
        return False
    return bool(value >= wanted if test == "at_least" else value <= wanted)


def check(condition: Any, *, known: frozenset[str], place: str, between: bool = False) -> None:
    """Refuse a condition that is malformed or names an unknown (or later) answer.

    `between` allows another answer on the right side, as rules do.
    """
    _check(condition, known, place, between, 0)


def _check(condition: Any, known: frozenset[str], place: str, between: bool, depth: int) -> None:
    if not isinstance(condition, Mapping) or depth > _MAX_DEPTH:
        raise FormError("condition_shape", place)
    joints = _JOINTS & set(condition)
    if joints:
        _check_joint(condition, known, place, between, depth)
        return
    names = set(condition) - {"field"}
    if "field" not in condition or len(names) != 1 or not names <= TESTS:
        raise FormError("condition_shape", place)
    _check_name(condition["field"], known, place)
    test = names.pop()
    _check_wanted(test, condition[test], known, place, between)


def _check_joint(
    condition: Mapping[str, Any], known: frozenset[str], place: str, between: bool, depth: int
) -> None:
    if len(condition) != 1:
        raise FormError("condition_shape", place)
    joint, inner = next(iter(condition.items()))
    parts = [inner] if joint == "not" else inner
    if not isinstance(parts, list) or not parts:
        raise FormError("condition_shape", place)
    for part in parts:
        _check(part, known, place, between, depth + 1)


def _check_name(name: Any, known: frozenset[str], place: str) -> None:
    if not isinstance(name, str) or name not in known:
        raise FormError("condition_field", place, field=str(name))


def _check_wanted(test: str, wanted: Any, known: frozenset[str], place: str, between: bool) -> None:
    if isinstance(wanted, Mapping):
        if not between or set(wanted) != {"field"} or test in {"in", "given"}:
            raise FormError("condition_shape", place)
        _check_name(wanted["field"], known, place)
    elif not _is_wanted(test, wanted):
        raise FormError("condition_shape", place)


def _is_wanted(test: str, wanted: Any) -> bool:
    if test == "in":
        return isinstance(wanted, list) and bool(wanted)
    if test == "given":
        return isinstance(wanted, bool)
    if test in {"at_least", "at_most"}:
        return isinstance(wanted, int | float) and not isinstance(wanted, bool)
    return isinstance(wanted, str | int | float)


def list_names(condition: Mapping[str, Any]) -> Iterator[str]:
    """Answers that a condition asks about."""
    for key, part in condition.items():
        if key == "field":
            yield part
        elif isinstance(part, Mapping):
            yield from list_names(part)
        elif key in {"all", "any"}:
            for inner in part:
                yield from list_names(inner)


def as_schema(condition: Mapping[str, Any]) -> dict[str, Any]:
    """A `show_if` condition as JSON Schema 2020-12 over the form's data."""
    for joint, keyword in (("all", "allOf"), ("any", "anyOf")):
        if joint in condition:
            return {keyword: [as_schema(part) for part in condition[joint]]}
    if "not" in condition:
        return {"not": as_schema(condition["not"])}
    name = condition["field"]
    test = next(key for key in condition if key != "field")
    wanted = condition[test]
    given = {"required": [name]}
    if test == "given":
        return given if wanted else {"not": given}
    return {"properties": {name: _as_keyword(test, wanted)}, **given}


def _as_keyword(test: str, wanted: Any) -> dict[str, Any]:
    if test == "in":
        return {"enum": list(wanted)}
    if test == "has":
        return {"type": "array", "contains": {"const": wanted}}
    if test == "is":
        return {"const": wanted}
    return {"type": "number", "minimum" if test == "at_least" else "maximum": wanted}
