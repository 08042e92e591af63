"""The plan as the pages show it: the board's rows with what a page says about each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import get_language

from ipudong.city.manifest import installed
from ipudong.city.plan.board import (
    BEHIND,
    GROUP_TITLES,
    MET,
    NOT_MEASURED,
    ON_COURSE,
    QUALITATIVE,
    STATUS_TITLES,
    TOO_EARLY,
    MarkStatus,
    TaskStatus,
)
from ipudong.city.plan.board import Board as PlanBoard
from ipudong.city.plan.indicators import Indicator, find_indicator
from ipudong.city.plan.queries import board as read_board
from ipudong.city.plan.queries import list_departments_of
from ipudong.city.plan.units import UNITS, format_value

TONES: Final = {MET: "good", ON_COURSE: "river", BEHIND: "bad", TOO_EARLY: "notice"}
# What the board counts: marks read from words are not measured either.
COUNTED: Final = (MET, ON_COURSE, BEHIND, TOO_EARLY, NOT_MEASURED)
SPARK_POINTS: Final = 60


def language() -> str:
    """The language of the page, Chinese where none is active."""
    return get_language() or "zh-hans"


@dataclass(frozen=True)
class MarkView:
    """One mark as a row of the board."""

    status: MarkStatus

    @property
    def code(self) -> str:
        return self.status.mark.code

    @property
    def title(self) -> str:
        return self.status.mark.title

    @property
    def value(self) -> float | None:
        return self.status.value

    @property
    def target(self) -> float:
        return self.status.mark.target

    @property
    def due_on(self) -> date:
        return self.status.mark.due_on

    @property
    def measured_at(self) -> datetime | None:
        return self.status.latest.taken_at if self.status.latest else None

    @property
    def unit(self) -> str:
        return UNITS[self.status.mark.unit].symbol(language())

    @property
    def shown_value(self) -> str:
        """The value without its unit; empty where there is none."""
        return self.show(self.value)

    @property
    def shown_target(self) -> str:
        """The target with its unit."""
        return self.status.mark.format(self.target)

    @property
    def state(self) -> str:
        return self.status.status

    @property
    def state_title(self) -> str:
        return self.status.status_title

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "")

    @property
    def course(self) -> tuple[float, ...]:
        """The last values, for a small line."""
        return tuple(point.value for point in self.status.history[-SPARK_POINTS:])

    def show(self, value: float | None) -> str:
        """A value in the mark's unit, without the unit."""
        if value is None:
            return ""
        return format_value(value, self.status.mark.unit, language(), with_symbol=False)


@dataclass(frozen=True)
class TaskView:
    """One task with those of its marks that are asked for."""

    status: TaskStatus
    marks: tuple[MarkView, ...]

    @property
    def number(self) -> int:
        return self.status.task.number

    @property
    def group(self) -> str:
        return self.status.task.group

    @property
    def title(self) -> str:
        return self.status.task.title

    @property
    def summary(self) -> str:
        return self.status.task.summary

    @property
    def departments(self) -> tuple[str, ...]:
        """Names of the responsible units, the leading one first."""
        return self.status.departments

    @property
    def leading_marks(self) -> tuple[MarkView, ...]:
        """Two marks for a screen seen from afar, measured ones first."""
        return tuple(sorted(self.marks, key=lambda mark: mark.value is None)[:2])


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """What of the board is asked for; an empty field asks for all."""

    group: str = ""
    state: str = ""
    department: str = ""
    text: str = ""


@dataclass(frozen=True)
class BoardView:
    """The tasks asked for, and counts over the whole plan."""

    whole: PlanBoard
    tasks: tuple[TaskView, ...]

    @property
    def title(self) -> str:
        return self.whole.plan.title if self.whole.plan else ""

    @property
    def total(self) -> int:
        return self.whole.total

    @property
    def measured(self) -> int:
        return self.whole.measured

    @property
    def reached(self) -> int:
        return self.whole.counts[MET]

    @property
    def marks(self) -> int:
        """Marks that the filter let through."""
        return sum(len(task.marks) for task in self.tasks)

    def by_group(self) -> list[tuple[str, list[TaskView]]]:
        """Tasks under the title of their part of the plan."""
        parts = [
            (str(title), [task for task in self.tasks if task.group == group])
            for group, title in GROUP_TITLES.items()
        ]
        return [(title, tasks) for title, tasks in parts if tasks]

    def by_state(self) -> list[tuple[str, str, str, int]]:
        """Code, title, tone and number of marks of each state, over the whole plan."""
        counts = self.whole.counts
        counts[NOT_MEASURED] += counts.pop(QUALITATIVE, 0)
        return [
            (code, str(STATUS_TITLES[code]), TONES.get(code, ""), counts[code]) for code in COUNTED
        ]


def _view(task: TaskStatus) -> TaskView:
    return TaskView(task, tuple(MarkView(mark) for mark in task.marks))


def _matches(task: TaskView, mark: MarkView, chosen: BoardFilter) -> bool:
    departments = {*task.status.task.department_codes, *mark.status.mark.department_codes}
    state = NOT_MEASURED if mark.state == QUALITATIVE else mark.state
    return (
        chosen.group in ("", task.group)
        and chosen.state in ("", state)
        and (not chosen.department or chosen.department in departments)
        and chosen.text.casefold() in words_of(task, mark).casefold()
    )


def words_of(task: TaskView, mark: MarkView) -> str:
    """What one may search a mark by, in both languages."""
    rows = (task.status.task, mark.status.mark)
    titles = [text for row in rows for text in (row.title_zh, row.title_en)]
    return " ".join((mark.code, mark.status.mark.wording_zh, *titles))


def _filtered(tasks: Iterable[TaskView], chosen: BoardFilter) -> Iterable[TaskView]:
    for task in tasks:
        marks = tuple(mark for mark in task.marks if _matches(task, mark, chosen))
        if marks:
            yield replace(task, marks=marks)


def get_board(chosen: BoardFilter | None = None) -> BoardView:
    """The board as of now, filtered; counts are always over the whole plan."""
    whole = read_board(timezone.now())
    tasks = (_view(task) for task in whole.tasks)
    return BoardView(whole, tuple(_filtered(tasks, chosen or BoardFilter())))


def list_departments(board: BoardView) -> list[tuple[str, str]]:
    """Code and name of each unit responsible for some task, by name."""
    tasks = [row.task for row in board.whole.tasks]
    names = {
        code: name
        for task in tasks
        for code, name in zip(task.department_codes, list_departments_of(task), strict=True)
    }
    return sorted(names.items(), key=lambda pair: pair[1])


def find_task_view(board: BoardView, number: int) -> TaskView | None:
    """The task of that number."""
    return next((task for task in board.tasks if task.number == number), None)


def find_indicator_of(code: str) -> Indicator | None:
    """The indicator by which an installed system measures the mark."""
    return find_indicator([row for system in installed() for row in system.indicators], code)
