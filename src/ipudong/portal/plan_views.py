"""The plan as the pages show it: tasks and marks in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipudong.city.plan.files import read_plan
from ipudong.city.plan.records import MarkRow, Plan, TaskRow
from ipudong.city.plan.units import UNITS, format_value

REACHED, ON_WAY, LATE, NOT_MEASURED = "reached", "on_way", "late", "not_measured"
STATES: Final[dict[str, tuple[Promise, str]]] = {
    REACHED: (_("Reached"), "good"),
    ON_WAY: (_("On the way"), "river"),
    LATE: (_("Behind"), "bad"),
    NOT_MEASURED: (_("Not measured yet"), ""),
}
GROUPS: Final[dict[str, Promise]] = {
    "infrastructure": _("Information infrastructure"),
    "application": _("Applications"),
}


def language() -> str:
    """The language of the page, `zh-hans` where none is active."""
    return get_language() or "zh-hans"


def in_language(record: object, stem: str) -> str:
    """`{stem}_zh` or `{stem}_en` of a record, by the language of the page."""
    suffix = "zh" if language().startswith("zh") else "en"
    return str(getattr(record, f"{stem}_{suffix}"))


@dataclass(frozen=True, kw_only=True)
class MarkView:
    """One mark as a row of the board."""

    row: MarkRow
    value: float | None = None
    state: str = NOT_MEASURED
    measured_at: datetime | None = None
    course: tuple[float, ...] = ()
    reason: str = ""

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def title(self) -> str:
        return in_language(self.row, "title")

    @property
    def target(self) -> float:
        return self.row.target

    @property
    def due_on(self) -> date:
        return self.row.due_on

    @property
    def unit(self) -> str:
        return UNITS[self.row.unit].symbol(language())

    @property
    def shown_value(self) -> str:
        """The value without its unit."""
        if self.value is None:
            return ""
        return format_value(self.value, self.row.unit, language(), with_symbol=False)

    @property
    def shown_target(self) -> str:
        """The target with its unit."""
        return format_value(self.row.target, self.row.unit, language())

    @property
    def state_title(self) -> str:
        return str(STATES[self.state][0])

    @property
    def tone(self) -> str:
        return STATES[self.state][1]


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """One task with those of its marks that are asked for."""

    row: TaskRow
    marks: tuple[MarkView, ...]

    @property
    def number(self) -> int:
        return self.row.number

    @property
    def title(self) -> str:
        return in_language(self.row, "title")

    @property
    def summary(self) -> str:
        return in_language(self.row, "summary")

    @property
    def departments(self) -> list[str]:
        """Names of the responsible units, the leading one first."""
        names = {row.code: in_language(row, "name") for row in the_plan().departments}
        return [names[code] for code in self.row.departments]


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """What of the board is asked for; an empty field asks for all."""

    group: str = ""
    state: str = ""
    department: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.group or self.state or self.department or self.text)


@dataclass(frozen=True, kw_only=True)
class Board:
    """The tasks asked for, and counts over the whole plan."""

    title: str
    tasks: tuple[TaskView, ...]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def measured(self) -> int:
        return self.total - self.counts[NOT_MEASURED]

    @property
    def reached(self) -> int:
        return self.counts[REACHED]

    @property
    def marks(self) -> int:
        return sum(len(task.marks) for task in self.tasks)

    def by_group(self) -> list[tuple[str, list[TaskView]]]:
        """Tasks under the title of their part of the plan."""
        return [
            (str(title), [task for task in self.tasks if task.row.group == group])
            for group, title in GROUPS.items()
            if any(task.row.group == group for task in self.tasks)
        ]

    def by_state(self) -> list[tuple[str, str, str, int]]:
        """Code, title, tone and count of each state."""
        return [(code, str(t), tone, self.counts[code]) for code, (t, tone) in STATES.items()]


@lru_cache(maxsize=1)
def the_plan() -> Plan:
    return read_plan()


def list_task_views() -> list[TaskView]:
    return [
        TaskView(row=task, marks=tuple(MarkView(row=mark) for mark in task.marks))
        for task in the_plan().tasks
    ]


def _matches(task: TaskView, mark: MarkView, chosen: BoardFilter) -> bool:
    departments = {*task.row.departments, *mark.row.departments}
    return (
        chosen.group in ("", task.row.group)
        and chosen.state in ("", mark.state)
        and (not chosen.department or chosen.department in departments)
        and _says(task, mark, chosen.text)
    )


def _says(task: TaskView, mark: MarkView, text: str) -> bool:
    words = (task.row.title_zh, task.row.title_en, mark.row.title_zh, mark.row.title_en, mark.code)
    return text.casefold() in " ".join(words).casefold()


def _filtered(tasks: Iterable[TaskView], chosen: BoardFilter) -> Iterable[TaskView]:
    for task in tasks:
        marks = tuple(mark for mark in task.marks if _matches(task, mark, chosen))
        if marks:
            yield TaskView(row=task.row, marks=marks)


def get_board(chosen: BoardFilter | None = None) -> Board:
    """The board as filtered; counts are always over the whole plan."""
    tasks = list_task_views()
    states = [mark.state for task in tasks for mark in task.marks]
    return Board(
        title=in_language(the_plan(), "title"),
        tasks=tuple(_filtered(tasks, chosen or BoardFilter())),
        counts={code: states.count(code) for code in STATES},
    )


def list_departments() -> list[tuple[str, str]]:
    """Code and name of each responsible unit."""
    return [(row.code, in_language(row, "name")) for row in the_plan().departments]


def find_task_view(number: int) -> TaskView | None:
    """The task of that number in the plan."""
    return next((task for task in list_task_views() if task.number == number), None)


def find_mark_view(code: str) -> tuple[TaskView, MarkView] | None:
    """The mark of that code with its task."""
    found = ((task, mark) for task in list_task_views() for mark in task.marks)
    return next(((task, mark) for task, mark in found if mark.code == code), None)
