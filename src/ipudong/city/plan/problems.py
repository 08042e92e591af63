"""What can be wrong with a plan file: codes with fields; the sentences are in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext_lazy as _

REASONS = {
    "unreadable": _("the file cannot be read: %(reason)s"),
    "not_toml": _("this is not TOML: %(reason)s"),
    "unknown_key": _("“%(key)s” is no key of a %(table)s; known: %(known)s"),
    "missing_key": _("the %(table)s has no “%(key)s”"),
    "wrong_type": _("“%(key)s” must be %(expected)s"),
    "empty": _("“%(key)s” must not be empty"),
    "not_a_choice": _("“%(key)s” is “%(value)s”; it must be one of %(known)s"),
    "unknown_unit": _("unknown unit “%(value)s”; known: %(known)s"),
    "mark_without_target": _("mark %(code)s has no target"),
    "bad_target": _("mark %(code)s: the target %(value)s is out of range"),
    "duplicate_code": _("“%(value)s” was already given in line %(first)s"),
    "unknown_department": _("unknown department “%(value)s”"),
    "unknown_task_key": _("“%(value)s” is no system; known: %(known)s"),
    "bad_date": _("“%(key)s” must be a date like 2013-12-31"),
    "date_out_of_order": _("“%(key)s” (%(value)s) is outside the plan's time"),
    "code_of_another_task": _("mark “%(value)s” stands under task %(number)s"),
    "share_without_percent": _("mark %(code)s is a share, so its unit must be percent"),
    "assumption_missing": _("mark %(code)s is assumed, so it needs “%(key)s”"),
    "assumption_unwanted": _("mark %(code)s has a figure of the source, so no “%(key)s”"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the line, a stable code, and the fields of its sentence."""

    line: int
    code: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def describe(self) -> str:
        """The reason as a sentence in the active language."""
        return str(REASONS[self.code]) % self.fields


class PlanFileError(Exception):
    """A plan file that was refused, with every problem found in it, by line."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        super().__init__(path, problems)
        self.path = path
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"{self.path.name}:{p.line}: {p.describe()}" for p in self.problems)
