"""Reading the plan and its board. The plan is public; what a page shows is the page's permit."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from django.db.models import F, QuerySet

from ipudong.city.identity.models import Department
from ipudong.city.languages import reads_chinese
from ipudong.city.plan.board import Board, MarkStatus, Outlook, Point, TaskStatus, judge
from ipudong.city.plan.calendar_day import local_day
from ipudong.city.plan.forecast import forecast
from ipudong.city.plan.models import ActionPlan, Attempt, Mark, Snapshot, Task

# A sparkline needs no more; the mark page asks for the whole history.
BOARD_HISTORY_DAYS = 1100


class PlanRowNotFoundError(LookupError):
    """No task or mark in force has this key or code; `code` says which of the two."""

    def __init__(self, code: str, key: str) -> None:
        super().__init__(code, key)
        self.code = code
        self.key = key


def find_plan() -> ActionPlan | None:
    """The plan in force, None before one was loaded."""
    return ActionPlan.objects.first()


def list_tasks() -> list[Task]:
    """The tasks in force, by number."""
    return list(Task.objects.filter(retired_at=None))


def get_task(key: str) -> Task:
    """The task of a system's name. Raises PlanRowNotFoundError."""
    task = Task.objects.filter(key=key, retired_at=None).first()
    if task is None:
        raise PlanRowNotFoundError("task_not_found", key)
    return task


def list_marks(*, task: str = "", retired: bool = False) -> list[Mark]:
    """Marks in the order of the plan, of one task when its key is given, retired ones on demand."""
    marks = Mark.objects.select_related("task")
    if not retired:
        marks = marks.filter(retired_at=None)
    return list(marks.filter(task__key=task) if task else marks)


def get_mark(code: str) -> Mark:
    """The mark of a code: the one in force, else the last retired. Raises PlanRowNotFoundError."""
    marks = Mark.objects.select_related("task").filter(code=code)
    mark = marks.order_by(F("retired_at").desc(nulls_first=True)).first()
    if mark is None:
        raise PlanRowNotFoundError("mark_not_found", code)
    return mark


def list_history(code: str, *, until: dt.datetime) -> list[Snapshot]:
    """Every snapshot of a mark up to an instant, oldest first. Raises PlanRowNotFoundError."""
    return list(_snapshots(until).filter(mark=get_mark(code)))


def get_mark_status(code: str, as_of: dt.datetime) -> MarkStatus:
    """One mark with its whole history and forecast. Raises PlanRowNotFoundError."""
    mark = get_mark(code)
    attempt = Attempt.objects.filter(mark=mark, attempted_at__lte=as_of).first()
    return _status(mark, list_history(code, until=as_of), attempt, as_of)


def board(as_of: dt.datetime) -> Board:
    """Every mark in force as of an instant, in four queries."""
    marks = list_marks()
    since = local_day(as_of) - dt.timedelta(days=BOARD_HISTORY_DAYS)
    history: dict[int, list[Snapshot]] = defaultdict(list)
    for snapshot in _snapshots(as_of).filter(taken_on__gte=since):
        history[snapshot.mark_id].append(snapshot)
    attempts = {row.mark_id: row for row in Attempt.objects.filter(attempted_at__lte=as_of)}
    rows: dict[int, list[MarkStatus]] = defaultdict(list)
    for mark in marks:
        status = _status(mark, history[mark.pk], attempts.get(mark.pk), as_of)
        rows[mark.task_id].append(status)
    names = _department_names()
    return Board(
        as_of,
        find_plan(),
        tuple(
            TaskStatus(task, tuple(rows[task.pk]), _named(task.department_codes, names))
            for task in list_tasks()
        ),
    )


def list_departments_of(row: Task | Mark) -> list[str]:
    """Names of the responsible units in the active language, the leading one first."""
    return list(_named(row.department_codes, _department_names()))


def search_plan(text: str, *, limit: int = 20) -> list[Mark]:
    """Marks in force whose code, titles, wording or task hold the text."""
    wanted = text.casefold().strip()
    if not wanted:
        return []
    return [mark for mark in list_marks() if wanted in _searchable(mark)][:limit]


def _snapshots(until: dt.datetime) -> QuerySet[Snapshot]:
    """Snapshots in the unit the mark has now; older ones in another unit say nothing about it."""
    return Snapshot.objects.filter(taken_on__lte=local_day(until), unit=F("mark__unit"))


def _searchable(mark: Mark) -> str:
    task = mark.task
    texts = (mark.code, mark.title_zh, mark.title_en, mark.wording_zh, task.title_zh, task.title_en)
    return "\n".join(texts).casefold()


def _status(
    mark: Mark, snapshots: list[Snapshot], attempt: Attempt | None, as_of: dt.datetime
) -> MarkStatus:
    today = local_day(as_of)
    points = tuple(Point(row.taken_on, row.value) for row in snapshots)
    outlook = _forecast(
        tuple((point.on, point.value) for point in points),
        (mark.target, mark.direction, mark.due_on, mark.bounds),
        today,
    )
    latest = snapshots[-1] if snapshots else None
    return MarkStatus(
        mark=mark,
        status=judge(mark, latest, outlook, today),
        latest=latest,
        history=points,
        outlook=outlook,
        attempt=attempt,
    )


@lru_cache(maxsize=512)
def _forecast(
    history: tuple[tuple[dt.date, float], ...],
    aim: tuple[float, str, dt.date, tuple[float | None, float | None]],
    today: dt.date,
) -> Outlook:
    """Forecasts are pure and the board asks for the same ones all day, so they are kept."""
    target, direction, due_on, bounds = aim
    return forecast(
        history, target=target, direction=direction, due_on=due_on, today=today, bounds=bounds
    )


def _department_names() -> dict[str, str]:
    chinese = reads_chinese()
    return {d.code: d.name_zh if chinese else d.name_en for d in Department.objects.all()}


def _named(codes: Iterable[str], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(code, code) for code in codes)
