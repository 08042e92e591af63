"""The check before applying: the item's questions, its decision, and what the answer means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.utils.translation import gettext as _

from ipudong.city.casework.catalogue.records import Answer, Check, Item
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.queries.cases import list_kinds

log = structlog.get_logger()
DECISION: Final = "eligibility"
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


@dataclass(frozen=True, kw_only=True)
class CheckView:
    """One question of the check as the page shows it."""

    code: str
    asked: str
    kind: str
    unit: str
    options: tuple[tuple[str, str], ...]
    value: str
    missing: bool = False


def draw_checks(
    item: Item, given: Mapping[str, str], *, mark_missing: bool = False
) -> list[CheckView]:
    """The questions with the answers given so far."""
    return [
        CheckView(
            code=check.code,
            asked=str(check.asked),
            kind=check.kind,
            unit=str(check.unit or ""),
            options=_options(check),
            value=given.get(check.code, ""),
            missing=mark_missing and read_check(check, given.get(check.code, "")) is None,
        )
        for check in item.checks
    ]


def _options(check: Check) -> tuple[tuple[str, str], ...]:
    if check.kind == "yes_no":
        return (("yes", _("Yes")), ("no", _("No")))
    return tuple((choice.value, str(choice.name)) for choice in check.choices)


def read_checks(item: Item, given: Mapping[str, str]) -> dict[str, Any]:
    """Answers as the decision takes them; what was not (rightly) answered is not there."""
    read = {check.code: read_check(check, given.get(check.code, "")) for check in item.checks}
    return {code: value for code, value in read.items() if value is not None}


def read_check(check: Check, sent: str) -> Any:
    """One answer, None where it is none."""
    if check.kind == "yes_no":
        return {"yes": True, "no": False}.get(sent)
    if check.kind == "choice":
        return sent if sent in {choice.value for choice in check.choices} else None
    return float(sent) if _NUMBER.fullmatch(sent.strip()) else None


def judge(item: Item, answers: Mapping[str, Any]) -> Answer | None:
    """What the item's decision says of these answers; None where it has none to give.

    The check only advises: whoever wants to apply may, and the office decides.
    """
    version = next((row for row in list_kinds() if row.code == item.case_kind), None)
    if version is None or not item.checks:
        return None
    kind = compiled(version)
    name = next((n for n in _names(kind) if n.lower() == DECISION), "")
    if not name:
        return None
    try:
        outcome = kind.decide(name, answers)
    except CaseworkError:
        log.warning("eligibility_undecided", item=item.code)
        return None
    return next((row for row in item.answers if row.code == outcome), None)


def _names(kind: Any) -> list[str]:
    return list(kind.decisions.decisions) if kind.decisions else []
