"""What can be wrong with an item's file: codes with fields; the sentences are in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext_lazy as _

REASONS = {
    "unreadable": _("the file cannot be read: %(reason)s"),
    "not_toml": _("this is not TOML: %(reason)s"),
    "wrong_value": _("%(place)s: %(reason)s"),
    "bad_item_code": _("the national item code is wrong: %(reason)s"),
    "unknown_department": _("there is no department “%(value)s”"),
    "unknown_theme": _("there is no theme “%(value)s”; known: %(known)s"),
    "unknown_event": _("there is no life event “%(value)s”; known: %(known)s"),
    "unknown_material": _(
        "situation “%(situation)s” names the material “%(value)s”, which is not there"
    ),
    "unknown_fee": _("situation “%(situation)s” names the fee “%(value)s”, which is not there"),
    "unknown_situation": _("the situation “%(value)s” is named here but not there"),
    "unused_material": _("no situation asks for the material “%(value)s”"),
    "duplicate_code": _("“%(value)s” is given twice"),
    "promise_beyond_law": _("%(promised)s working days are promised, the law allows %(legal)s"),
    "no_case_kind": _("an item accepted online needs a case kind"),
    "other_folder": _("the item calls itself “%(value)s”, its folder %(folder)s"),
    "no_answers": _("questions without answers: the check could say nothing"),
    "no_header": _("the first line must be: %(wanted)s"),
    "wrong_columns": _("this line has %(count)s columns, wanted %(wanted)s"),
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


class ItemFileError(Exception):
    """An item's file that was refused, with every problem found in it, by line."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        super().__init__(path, problems)
        self.path = path
        self.problems = problems

    def __str__(self) -> str:
        name = f"{self.path.parent.name}/{self.path.name}"
        return "\n".join(f"{name}:{p.line}: {p.describe()}" for p in self.problems)
