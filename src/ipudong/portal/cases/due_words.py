"""Due dates of a case with the rule that produced each, in words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ipudong.city.casework.calendar import Calendar, Clock
from ipudong.city.casework.due_dates import clocks_of
from ipudong.city.casework.models import Case
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.portal.cases.deadlines import Deadline, judge_deadline

RULES: Final[dict[str, Promise]] = {
    "promise": gettext_lazy("the time promised for this item"),
    "legal": gettext_lazy("the time the law allows"),
    "step": gettext_lazy("the limit of this step"),
    "licensing.notice": gettext_lazy(
        "five working days to accept or to say all that is missing "
        "(Administrative Licensing Law, article 32)"
    ),
}


@dataclass(frozen=True, slots=True)
class DueRow:
    """One due date: what it is, how near, by which rule, and how it was counted."""

    title: str
    deadline: Deadline
    rule: str
    steps: tuple[str, ...]


def say_rule(code: str) -> str:
    """The rule in words; its code where no words are known."""
    return str(RULES.get(code, code))


def draw_due(case: Case, today: date) -> list[DueRow]:
    """The promised and the legal due date; nothing before the case is accepted."""
    calendar = get_calendar()
    clocks = clocks_of(case, calendar)
    if clocks is None:
        return []
    promised, legal = clocks
    return [
        _draw(_("Promised"), case.promised_due_on, promised, case, calendar, today),
        _draw(_("By law"), case.legal_due_on, legal, case, calendar, today),
    ]


def _draw(
    title: str, due_on: date | None, clock: Clock, case: Case, calendar: Calendar, today: date
) -> DueRow:
    deadline = judge_deadline(due_on, today, calendar) if case.is_open else Deadline(due_on, "", "")
    if clock.due_on is None and case.is_open:
        deadline = Deadline(due_on, _("The clock stands still"), "notice")
    return DueRow(title, deadline, say_rule(clock.rule), tuple(_list_steps(clock)))


def _list_steps(clock: Clock) -> list[str]:
    told = clock.explain()
    steps = [
        ngettext("%(days)d working day", "%(days)d working days", told.limit_days)
        % {"days": told.limit_days},
        _("counted from %(day)s, the working day after acceptance")
        % {"day": told.first_counted_on.isoformat()},
    ]
    if told.extension_days:
        steps.append(_("extended by %(days)d working days") % {"days": told.extension_days})
    if told.suspended_days:
        steps.append(
            _("the clock stood still for %(days)d working days") % {"days": told.suspended_days}
        )
    if told.provisional:
        steps.append(_("provisional: the holidays of that year are not announced yet"))
    return steps
