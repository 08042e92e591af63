"""What a list of tasks is narrowed to, and reading it page by page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.calendar.days import Calendar, CalendarError, add_working_days
from ipudong.city.casework.models import Task
from ipudong.city.casework.queries.tasks import LARGEST_PAGE, Key, TaskPage
from ipudong.portal.cases.deadlines import SOON_DAYS

DEADLINES: Final[tuple[tuple[str, Promise], ...]] = (
    ("overdue", _("Overdue")),
    ("today", _("Due today or overdue")),
    ("soon", _("Due within three working days")),
)
SHOWN: Final = 50
PAGES_READ: Final = 10
Fetch = Callable[[Key | None, int], TaskPage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of a list; an empty one is all. `after` begins the page."""

    kind: str = ""
    department: str = ""
    deadline: str = ""
    after: Key | None = None


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """The filters of an address; what makes no sense is left out."""
    deadline = query.get("deadline", "")
    return Wanted(
        kind=query.get("kind", "")[:80],
        department=query.get("department", "")[:60],
        deadline=deadline if deadline in dict(DEADLINES) else "",
        after=read_key(query.get("after", "")),
    )


def read_key(text: str) -> Key | None:
    """`2026-11-22.17` as the place in a list; None for anything else."""
    day, _dot, number = text.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def write_key(key: Key | None) -> str:
    """A place in a list as an address says it."""
    return f"{key[0].isoformat()}.{key[1]}" if key else ""


def find_bound(deadline: str, today: date, calendar: Calendar) -> date | None:
    """The day before which a task must be due; None where no deadline is asked for."""
    if deadline == "overdue":
        return today
    if deadline == "today":
        return today + timedelta(days=1)
    if deadline == "soon":
        try:
            return add_working_days(today, SOON_DAYS, calendar) + timedelta(days=1)
        except CalendarError:
            return today + timedelta(days=SOON_DAYS + 1)
    return None


def read_page(fetch: Fetch, wanted: Wanted, bound: date | None, shown: int = SHOWN) -> TaskPage:
    """A page of those that fit. Lists come by due date, so a bound ends the reading early."""
    if not (wanted.kind or wanted.department or bound):
        return fetch(wanted.after, shown)
    found: list[Task] = []
    key = wanted.after
    for _turn in range(PAGES_READ):
        page = fetch(key, LARGEST_PAGE)
        found += [task for task in page.tasks if _fits(task, wanted, bound)]
        key = page.next_key
        past = bound is not None and key is not None and key[0] >= bound
        if key is None or past:
            key = None
            break
        if len(found) > shown:
            break
    if len(found) > shown:
        last = found[shown - 1]
        return TaskPage(found[:shown], (last.due_on, last.pk))
    return TaskPage(found, key)


def _fits(task: Task, wanted: Wanted, bound: date | None) -> bool:
    return (
        (not wanted.kind or task.kind_code == wanted.kind)
        and (not wanted.department or task.department == wanted.department)
        and (bound is None or task.due_on < bound)
    )
