"""The board in a terminal; `rich` counts a Chinese character as two columns, so columns align."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ipudong.city.plan.board import (
    BEHIND,
    GROUP_TITLES,
    MET,
    NOT_MEASURED,
    ON_COURSE,
    QUALITATIVE,
    STATUS_TITLES,
    TOO_EARLY,
    Board,
    MarkStatus,
    Point,
    TaskStatus,
)

_STYLES = {
    MET: "bold green",
    ON_COURSE: "cyan",
    BEHIND: "bold red",
    TOO_EARLY: "yellow",
    NOT_MEASURED: "dim",
    QUALITATIVE: "dim",
}
_BLOCKS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 12
_WIDE_COLUMNS = 110
"""From this width on the course and the day it is reached have columns of their own."""


def render_board(board: Board, language: str) -> RenderableType:
    """The board in a language, grouped as the plan is; a line of counts at the end."""
    with translation.override(language):
        parts: list[RenderableType] = [Text(_title(board), style="bold")]
        for group, title in GROUP_TITLES.items():
            tasks = [task for task in board.tasks if task.task.group == group]
            if tasks:
                parts.append(_GroupTable(str(title), tasks, language))
        return Group(*parts, _summary(board))


def sparkline(points: Sequence[Point], width: int = _SPARK_WIDTH) -> str:
    """The last values as blocks between their own least and greatest."""
    values = [point.value for point in points[-width:]]
    if not values:
        return ""
    least, span = min(values), max(values) - min(values)
    steps = len(_BLOCKS) - 1
    levels = (round((value - least) / span * steps) if span else steps // 2 for value in values)
    return "".join(_BLOCKS[level] for level in levels)


def _title(board: Board) -> str:
    if board.plan is None:
        return _("No plan has been loaded")
    day = timezone.localtime(board.as_of).strftime("%Y-%m-%d %H:%M")
    return f"{board.plan.title}  {day}"


@dataclass(frozen=True, slots=True)
class _GroupTable:
    """A group's tasks and marks, as wide as the terminal allows when it is drawn."""

    title: str
    tasks: Sequence[TaskStatus]
    language: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        with translation.override(self.language):
            yield _group_table(self.title, self.tasks, options.max_width >= _WIDE_COLUMNS)


def _group_table(group: str, tasks: Sequence[TaskStatus], is_wide: bool) -> Table:
    table = Table(title=group, title_justify="left", expand=False, pad_edge=False)
    table.add_column(_("Mark"), no_wrap=True)
    table.add_column(_("What is judged"), overflow="fold")
    table.add_column(_("Now"), justify="right", overflow="fold", no_wrap=is_wide)
    table.add_column(_("Target"), justify="right", overflow="fold", no_wrap=is_wide)
    table.add_column(_("Status"), no_wrap=True)
    if is_wide:
        table.add_column(_("Course"), no_wrap=True)
        table.add_column(_("Reached"), no_wrap=True)
    for task in tasks:
        table.add_row(
            Text(str(task.task.number), style="bold"), Text(task.task.title, style="bold")
        )
        for row in task.marks:
            table.add_row(*_cells(row, is_wide))
        table.add_section()
    return table


def _cells(row: MarkStatus, is_wide: bool) -> tuple[RenderableType, ...]:
    mark = row.mark
    value = mark.format(row.value) if row.value is not None else "–"
    status = Text(row.status_title, style=_STYLES[row.status])
    cells = (
        mark.code,
        mark.title,
        value,
        f"{_sign(mark.direction)} {mark.format(mark.target)}{'*' if mark.is_assumed else ''}",
    )
    if is_wide:
        return (*cells, status, sparkline(row.history), _arrival(row))
    under = [Text(line) for line in (_arrival(row), sparkline(row.history)) if line]
    return (*cells, Group(status, *under))


def _sign(direction: str) -> str:
    return {"at_least": "≥", "more_than": ">", "at_most": "≤"}[direction]


def _arrival(row: MarkStatus) -> str:
    arrival = row.forecast.arrival if row.forecast else None
    if arrival is None:
        return ""
    return arrival.on.isoformat() if arrival.on else _("not within 20 years")


def _summary(board: Board) -> Text:
    counts = board.counts
    parts = [f"{title} {counts[code]}" for code, title in STATUS_TITLES.items() if counts[code]]
    note = _("* The plan has words without a figure here; the threshold is an assumption.")
    return Text("  ".join(parts) + "\n" + note)
