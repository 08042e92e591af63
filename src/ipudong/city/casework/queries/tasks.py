"""The desk: an officer's own tasks and the pool of their departments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from ipudong.city.casework.access import (
    MANAGE,
    WORK,
    acts_as_applicant,
    may_see,
    permits_of,
)
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, Task, TaskState
from ipudong.city.identity.actors import Actor

PAGE = 50
LARGEST_PAGE = 200
WIDE = ("data", "case__data", "case__kind__process", "case__kind__forms", "case__kind__decisions")

Key = tuple[date, int]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of the desk; `next_key` begins the one after it, None at the end."""

    tasks: list[Task]
    next_key: Key | None


def list_my_tasks(
    actor: Actor, *, now: datetime | None = None, after: Key | None = None, limit: int = PAGE
) -> TaskPage:
    """Tasks the actor has claimed, was given, or stands in for, the most urgent first."""
    rows = Task.objects.filter(state=TaskState.OPEN)
    held = _page(rows.filter(holder=actor.name), after, limit)
    if now is None:
        return held
    # Two lists, as no index serves an "or" of holder and delegate.
    lent = rows.filter(delegate=actor.name, delegated_until__gt=now).exclude(delegate="")
    return _merge([held, _page(lent.exclude(holder=actor.name), after, limit)], limit)


def list_pool(
    actor: Actor,
    *,
    department: str = "",
    kind: str = "",
    code: str = "",
    due_before: date | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> TaskPage:
    """Unclaimed tasks of the actor's departments that they may do, the most urgent first.

    Department heads see those of every role in their department.
    """
    held = permits_of(actor)
    if WORK not in held and MANAGE not in held:
        return TaskPage([], None)
    departments = {department} & actor.departments if department else actor.departments
    rows = Task.objects.filter(state=TaskState.OPEN, holder="", for_applicant=False)
    if MANAGE not in held:
        rows = rows.filter(role__in=["", *sorted(actor.roles)])
    if kind:
        rows = rows.filter(kind_code=kind)
    if code:
        rows = rows.filter(code=code)
    if due_before is not None:
        rows = rows.filter(due_on__lt=due_before)
    if len(departments) == 1:
        return _page(rows.filter(department=next(iter(departments))), after, limit)
    return _merge([_page(rows.filter(department=d), after, limit) for d in departments], limit)


def list_department_tasks(
    actor: Actor, *, department: str, after: Key | None = None, limit: int = PAGE
) -> TaskPage:
    """All open tasks of a department its manager may hand out, claimed ones too."""
    if department not in actor.departments or MANAGE not in permits_of(actor):
        return TaskPage([], None)
    rows = Task.objects.filter(department=department, state=TaskState.OPEN, for_applicant=False)
    return _page(rows, after, limit)


def list_applicant_tasks(actor: Actor) -> list[Task]:
    """What cases of the actor's account wait for from them."""
    if actor.account_id is None:
        return []
    rows = Task.objects.filter(
        case__account_id=actor.account_id, for_applicant=True, state=TaskState.OPEN
    )
    return list(rows.select_related("case__kind").defer(*WIDE).order_by("due_on", "id")[:PAGE])


def list_tasks_of(case: Case) -> list[Task]:
    """All tasks of a case the caller got from `get_case`, in the order they were opened."""
    return list(case.tasks.order_by("opened_at", "id"))


def get_task(actor: Actor, task_id: int) -> Task:
    """One task with its case. CaseworkError `unknown_task` for those the actor may not see."""
    task = Task.objects.select_related("case__kind").filter(pk=task_id).first()
    if task is None or not may_see(actor, task.case):
        raise CaseworkError("unknown_task")
    if acts_as_applicant(actor, task.case) and not actor.is_staff and not task.for_applicant:
        raise CaseworkError("unknown_task")
    return task


def _page(rows: QuerySet[Task], after: Key | None, limit: int) -> TaskPage:
    limit = max(1, min(limit, LARGEST_PAGE))
    if after is not None:
        due_on, pk = after
        rows = rows.filter(Q(due_on__gt=due_on) | Q(due_on=due_on, pk__gt=pk), due_on__gte=due_on)
    rows = rows.select_related("case__kind").defer(*WIDE).order_by("due_on", "pk")
    return _cut(list(rows[: limit + 1]), limit)


def _merge(pages: Iterable[TaskPage], limit: int) -> TaskPage:
    """One list from one for each department: a union the indexes cannot read in order."""
    pages = list(pages)
    tasks = sorted((t for page in pages for t in page.tasks), key=lambda t: (t.due_on, t.pk))
    more = any(page.next_key for page in pages)
    cut = _cut(tasks, max(1, min(limit, LARGEST_PAGE)))
    if cut.next_key is None and more and cut.tasks:
        return TaskPage(cut.tasks, _key_of(cut.tasks[-1]))
    return cut


def _cut(tasks: list[Task], limit: int) -> TaskPage:
    if len(tasks) <= limit:
        return TaskPage(tasks, None)
    return TaskPage(tasks[:limit], _key_of(tasks[limit - 1]))


def _key_of(task: Task) -> Key:
    return task.due_on, task.pk
