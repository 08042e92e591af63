"""Answers as they came -> answers as they are kept, and what is wrong with them."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from ipudong.city.casework.forms.conditions import holds, list_names
from ipudong.city.casework.forms.declaration import Declaration, Field, FormPage, Rule
from ipudong.city.casework.forms.feel_rules import is_broken
from ipudong.city.casework.forms.formats import format_checker, tidy
from ipudong.city.casework.forms.problems import Problem

MAX_ANSWER_BYTES: Final = 128 * 1024
# Keyword of the schema -> code of the problem; the keyword's value is its `limit`.
_CODES: Final[Mapping[str, str]] = {
    "minLength": "too_short",
    "maxLength": "too_long",
    "pattern": "pattern",
    "enum": "not_a_choice",
    "minimum": "too_small",
    "exclusiveMinimum": "too_small",
    "maximum": "too_large",
    "multipleOf": "step",
    "minItems": "too_few",
    "maxItems": "too_many",
    "uniqueItems": "twice",
    "const": "agree",
}
# One problem a question is enough; the first of these is said.
_GRAVEST: Final = ("required", "agree", "unreadable", "not_a_number", "too_long", "too_short")


@dataclass(frozen=True)
class Cleaned:
    """`values` are tidy and hold only what was asked; `dropped` names answers no question has."""

    values: Mapping[str, Any]
    problems: tuple[Problem, ...]
    dropped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the answers may be submitted."""
        return not self.problems


class Cleaner:
    """Checks answers against one declaration; made once a form, used by many threads."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self._fields = {row.name: row for row in declaration.fields}
        self.validator: Validator = Draft202012Validator(
            declaration.schema, format_checker=format_checker()
        )

    def clean(self, data: Mapping[str, Any], page: str = "") -> Cleaned:
        """All answers tidied; problems of the whole form or of one page of it."""
        if _size_of(data) > MAX_ANSWER_BYTES:
            return Cleaned({}, (Problem("", "too_much"),))
        known = {row.name: row for row in self.declaration.fields}
        dropped = tuple(sorted(str(name) for name in data if name not in known))
        tidied = {name: tidy_answer(known[name], data[name]) for name in known if name in data}
        shown = list_shown(self.declaration, tidied)
        values = {row.name: tidied[row.name] for row in shown if tidied.get(row.name) is not None}
        problems = self._list_problems(values, shown)
        if page:
            problems = _only_page(problems, self.declaration, page)
        return Cleaned(values, tuple(problems), dropped)

    def _list_problems(self, values: Mapping[str, Any], shown: list[Field]) -> list[Problem]:
        asked = {row.name: row for row in shown}
        found: dict[str, Problem] = {}
        for error in self.validator.iter_errors(values):
            for problem in _read_error(error, asked):
                kept = found.get(problem.path)
                if kept is None or _gravity(problem) < _gravity(kept):
                    found[problem.path] = problem
        self._add_rules(found, values, asked)
        order = {name: place for place, name in enumerate(asked)}
        return sorted(found.values(), key=lambda one: _place(one, order))

    def _add_rules(
        self, found: dict[str, Problem], values: Mapping[str, Any], asked: Mapping[str, Field]
    ) -> None:
        """A rule speaks only where all it asks about was given, and given rightly."""
        wrong = {path.split("/")[0] for path in found}
        for rule in self.declaration.rules:
            if rule.at in asked and self._is_broken(rule, values, wrong):
                found.setdefault(rule.at, Problem(rule.at, "rule", words=rule.message))

    def _is_broken(self, rule: Rule, values: Mapping[str, Any], wrong: set[str]) -> bool:
        if rule.holds is None:
            return not wrong and is_broken(rule.feel, self._fields, values)
        names = set(list_names(rule.holds))
        return names <= set(values) and not names & wrong and not holds(rule.holds, values)


def list_shown(declaration: Declaration, answers: Mapping[str, Any]) -> list[Field]:
    """Questions that these answers call for, in order.

    A hidden question's answer counts as not given when later conditions ask for it.
    """
    shown: list[Field] = []
    seen: dict[str, Any] = {}
    for page in declaration.pages:
        if page.show_if is not None and not holds(page.show_if, seen):
            continue
        for row in page.fields:
            if row.show_if is None or holds(row.show_if, seen):
                shown.append(row)
                if answers.get(row.name) is not None:
                    seen[row.name] = answers[row.name]
    return shown


def list_shown_pages(declaration: Declaration, answers: Mapping[str, Any]) -> list[FormPage]:
    """Pages that these answers call for: those with a question left to ask."""
    asked = {row.name for row in list_shown(declaration, answers)}
    return [page for page in declaration.pages if any(row.name in asked for row in page.fields)]


def tidy_answer(row: Field, value: Any) -> Any:
    """An answer as it is kept; None where nothing was given."""
    if row.type == "string" and isinstance(value, str):
        return tidy(value, format_name=row.format, lines=row.widget == "textarea") or None
    if row.widget == "group" and isinstance(value, list):
        return [tidy_row(row, one) for one in value] or None
    if row.type == "array" and isinstance(value, list):
        return [tidy(one) if isinstance(one, str) else one for one in value] or None
    # JSON has no infinity: kept as a text, it is refused as no number.
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def tidy_row(row: Field, value: Any) -> Any:
    """One row of a repeated group; what is no row stays, to be refused."""
    if not isinstance(value, dict):
        return value
    inner = {field.name: tidy_answer(field, value.get(field.name)) for field in row.fields}
    return {name: answer for name, answer in inner.items() if answer is not None}


def _size_of(data: Mapping[str, Any]) -> int:
    return len(json.dumps(data, ensure_ascii=True, default=str))


def _read_error(error: ValidationError, asked: Mapping[str, Field]) -> Iterable[Problem]:
    path = "/".join(str(part) for part in error.absolute_path)
    if error.validator == "required":
        yield from _read_required(error, path, asked)
    elif error.validator == "type":
        number = error.validator_value in {"integer", "number"}
        yield Problem(path, "not_a_number" if number else "unreadable")
    elif error.validator == "format":
        yield Problem(path, str(error.validator_value))
    elif error.validator in _CODES:
        yield Problem(path, _CODES[str(error.validator)], {"limit": error.validator_value})
    else:
        yield Problem(path, "unreadable")


def _read_required(
    error: ValidationError, path: str, asked: Mapping[str, Field]
) -> Iterable[Problem]:
    """One problem a missing answer; those never asked for are not missing."""
    rows = {row.name: row for row in asked[path.split("/")[0]].fields} if path else asked
    instance, wanted = error.instance, error.validator_value
    if isinstance(instance, dict) and isinstance(wanted, list):
        for name in wanted:
            if name not in instance and name in rows:
                yield Problem(f"{path}/{name}".lstrip("/"), missing_code(rows[name]))


def missing_code(row: Field) -> str:
    """How a missing answer is told: attach, choose, agree or answer."""
    if row.widget == "checkbox":
        return "agree"
    if row.widget in {"radio", "select", "checkboxes", "yes_no"}:
        return "choose"
    return "attach" if row.widget == "attachment" else "required"


def _gravity(problem: Problem) -> int:
    return _GRAVEST.index(problem.code) if problem.code in _GRAVEST else len(_GRAVEST)


def _place(problem: Problem, order: Mapping[str, int]) -> tuple[int, str]:
    return order.get(problem.path.split("/")[0], -1), problem.path


def _only_page(problems: list[Problem], declaration: Declaration, code: str) -> list[Problem]:
    names = {row.name for page in declaration.pages if page.code == code for row in page.fields}
    return [one for one in problems if one.path.split("/")[0] in names]
