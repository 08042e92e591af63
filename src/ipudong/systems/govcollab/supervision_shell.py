"""What all supervision pages share: the tabs, names of offices, refusals in words."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import CaseKindVersion
from ipudong.city.identity.models import Department
from ipudong.city.identity.tabs import Tab, list_tabs
from ipudong.city.languages import reads_chinese

TABS: Final = (
    Tab("board", _("Cards"), "govcollab:supervision", "supervision.view"),
    Tab("mine", _("To explain"), "govcollab:supervision_mine", "supervision.explain"),
    Tab("complaints", _("Complaints"), "govcollab:supervision_complaints", "supervision.view"),
    Tab("scores", _("Scores"), "govcollab:supervision_scores", "supervision.score"),
    Tab("patterns", _("Patterns"), "govcollab:supervision_patterns", "supervision.view"),
    Tab("rules", _("Published rules"), "govcollab:supervision_rules", "govcollab.view"),
    Tab("calendar", _("Working days"), "govcollab:work_calendar", "supervision.view_calendar"),
)

REFUSALS: Final[dict[str, Promise]] = {
    "not_yours": _("Only people of the office that the card was raised against may do this."),
    "own_card": _("Nobody judges what concerns their own office. Ask another supervisor."),
    "same_judge": _(
        "You confirmed this card yourself. The re-check is for another supervisor to decide."
    ),
    "wrong_state": _("Somebody was quicker: the card has moved on. This is how it stands now."),
    "no_text": _("Nothing was written. Say why in a sentence or two."),
    "too_long": _("The text is too long: 4,000 characters at most."),
    "too_late": _("The five working days to explain the card are over; it was confirmed."),
    "unknown_subject": _("Choose what the complaint is about."),
    "complained_already": _("You complained of this already; the answer is being prepared."),
    "answered_already": _("This complaint has been answered already."),
    "quarter_not_over": _("Scores are published when the quarter is over."),
    "no_note": _("This quarter has been published. Say in a note what is corrected and why."),
    "nothing_changed": _("Nothing differs from what was published; nothing was done."),
}


def show(
    request: HttpRequest, tab: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Draw a page of supervision under its tab."""
    shell = {
        "tabs": list_tabs(request, TABS),
        "tab": tab,
        "today": timezone.localdate(),
    }
    path = f"govcollab/supervision/{template}"
    return render(request, path, {**shell, **context}, status=status)


def refuse(request: HttpRequest, error: CaseworkError) -> None:
    """Say in the reader's language why nothing was done."""
    messages.error(request, str(REFUSALS.get(error.code, error.code)))


def names_of_departments(codes: Iterable[str]) -> dict[str, str]:
    """Names of offices in the reader's language; the code where an office is not known."""
    wanted = set(codes)
    rows = Department.objects.in_bulk(list(wanted))
    stem = "name_zh" if reads_chinese() else "name_en"
    return {code: getattr(rows.get(code), stem, "") or code for code in wanted}


def titles_of_kinds(codes: Iterable[str]) -> dict[str, str]:
    """Titles of case kinds in the reader's language."""
    wanted = set(codes)
    rows = CaseKindVersion.objects.filter(code__in=wanted, current=True)
    titles = {row.code: row.title for row in rows.only("code", "title_zh", "title_en")}
    return {code: titles.get(code, code) for code in wanted}
