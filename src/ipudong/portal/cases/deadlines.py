"""How near a due date is, in words and a tone: never by color alone."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipudong.city.casework.calendar.days import Calendar, CalendarError, count_working_days

SOON_DAYS: Final = 3
"""Working days before the due date from which on it is near."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date, its words and its tone (bad: overdue, notice: near, good: time is left)."""

    due_on: date | None
    words: str
    tone: str


def judge_deadline(due_on: date | None, today: date, calendar: Calendar) -> Deadline:
    """Counted in working days; in calendar days where the calendar does not reach."""
    if due_on is None:
        return Deadline(None, _("No due date"), "")
    days = _count(today, due_on, calendar)
    if due_on < today:
        late = max(1, -days)
        words = ngettext("%(days)d working day overdue", "%(days)d working days overdue", late) % {
            "days": late
        }
        return Deadline(due_on, words, "bad")
    if days <= 0:
        return Deadline(due_on, _("Due today"), "notice")
    words = ngettext("%(days)d working day left", "%(days)d working days left", days) % {
        "days": days
    }
    return Deadline(due_on, words, "notice" if days <= SOON_DAYS else "good")


def _count(today: date, due_on: date, calendar: Calendar) -> int:
    try:
        return count_working_days(today, due_on, calendar)
    except CalendarError:
        return (due_on - today).days
