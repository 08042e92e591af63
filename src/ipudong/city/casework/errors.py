"""What casework refuses."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.documents.refusals import DOCUMENT_TEXTS

TEXTS: Final[dict[str, Promise]] = {
    **DOCUMENT_TEXTS,
    "unknown_kind": _("There is no such kind of case."),
    "unknown_case": _("There is no such case."),
    "unknown_task": _("There is no such task."),
    "not_allowed": _("You may not do this on this case."),
    "stale": _("Somebody has changed this meanwhile. Load the page again."),
    "taken": _("{by} has already claimed this task."),
    "done_already": _("{by} has already done this task."),
    "not_needed": _("This task is no longer needed."),
    "not_claimed": _("Nobody has claimed this task."),
    "form_invalid": _("Some answers are missing or wrong."),
    "not_a_draft": _("The application has already been handed in."),
    "not_open": _("The case is not being worked on."),
    "suspended": _("The case is suspended; its clock stands still."),
    "not_suspended": _("The case is not suspended."),
    "already_suspended": _("The case is already suspended."),
    "extended_already": _("The time limit has already been extended once."),
    "unknown_reason": _("There is no such reason."),
    "reason_missing": _("Say why."),
    "legal_reason_missing": _("A refusal names the clause it rests on."),
    "empty_text": _("Write a text."),
    "unknown_department": _("There is no such department."),
    "unknown_person": _("Nobody by this name may do this task."),
    "bad_period": _("The end lies before the beginning."),
    "answered_already": _("{by} has already answered."),
    "unknown_version": _("There is no such version of this kind of case."),
    "step_gone": _("The other version has no step {step}, where the case stands now."),
    "process_failed": _("The process cannot go on from here: {reason}"),
    "already_evaluated": _("The case has already been evaluated."),
    "not_closed": _("The case is not finished yet."),
    "bad_value": _("This is not a possible value."),
    "key_used": _("This request was already used for something else."),
}


class CaseworkError(Exception):
    """A refused act; `code` is stable, `fields` say what was wrong.

    Pages and interfaces word it by its code (`text`). No field holds a person's data.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields

    @property
    def text(self) -> str:
        """In the reader's language."""
        text = str(TEXTS.get(self.code, self.code))
        return text.format_map(_Fields(self.fields))


class _Fields(dict[str, object]):
    """What is not known stays out of the sentence."""

    def __missing__(self, key: str) -> str:
        return ""
