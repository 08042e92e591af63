"""What officers do with tasks: claim, hand on, complete. Of two at once one wins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ipudong.city.casework import case_events as events
from ipudong.city.casework.access import (
    is_house,
    require_manage,
    require_task,
    require_work,
)
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, CaseState, Task, TaskState
from ipudong.city.casework.services.acts import Act, acting_on_task
from ipudong.city.casework.services.calls import run_asked_services
from ipudong.city.casework.services.progress import complete_step
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of


def claim_task(*, task_id: int, by: Actor, at: datetime) -> Task:
    """Take a task out of the pool; the same officer twice is once.

    Raises CaseworkError `taken`, `done_already` (`by`), `not_needed`, `not_allowed`.
    """
    with acting_on_task(task_id=task_id, action="claim_task", by=by, at=at) as (act, task):
        _require_open(task)
        require_task(by, act.case, task)
        if task.holder == by.name:
            return task
        _require_free(task, by)
        task.holder, task.claimed_at = by.name, at
        _save(task, act, events.TASK_CLAIMED, holder=by.name)
    return task


def release_task(*, task_id: int, by: Actor, at: datetime) -> Task:
    """Put it back into the pool; its holder may, and the department's manager."""
    with acting_on_task(task_id=task_id, action="release_task", by=by, at=at) as (act, task):
        _require_open(task)
        _require_holder_or_manager(by, task)
        before = task.holder
        task.holder, task.claimed_at, task.delegate, task.delegated_until = "", None, "", None
        _save(task, act, events.TASK_RELEASED, holder=before)
    return task


def reassign_task(*, task_id: int, to: str, by: Actor, at: datetime) -> Task:
    """Give it to another officer of the department (转办). Its manager may.

    Raises CaseworkError `unknown_person` when they may not do it.
    """
    with acting_on_task(task_id=task_id, action="reassign_task", by=by, at=at, to=to) as found:
        act, task = found
        _require_open(task)
        require_manage(by, task.department)
        require_officer(to, task)
        before = task.holder
        task.holder, task.claimed_at = to, at
        task.delegate, task.delegated_until = "", None
        _save(task, act, events.TASK_REASSIGNED, holder=to, before=before)
    return task


def delegate_task(*, task_id: int, to: str, until: datetime, by: Actor, at: datetime) -> Task:
    """Let another officer of the department do it until then (委托); it stays the holder's.

    Raises CaseworkError `bad_period`, `unknown_person`, `not_allowed`.
    """
    if until <= at:
        raise CaseworkError("bad_period")
    with acting_on_task(task_id=task_id, action="delegate_task", by=by, at=at, to=to) as found:
        act, task = found
        _require_open(task)
        _require_holder_or_manager(by, task)
        require_officer(to, task)
        task.delegate, task.delegated_until = to, until
        _save(task, act, events.TASK_DELEGATED, delegate=to, until=until.isoformat())
    return task


def complete_task(
    *,
    task_id: int,
    data: Mapping[str, Any],
    revision: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """The step is done with these answers; the case goes on.

    One who clicks twice is answered as if once. Raises CaseworkError `taken`, `done_already`
    (`by`), `not_needed`, `suspended`, `stale`, `form_invalid` (`problems`), `not_allowed`,
    `process_failed`; the case then stands as before.
    """
    with acting_on_task(task_id=task_id, action="complete_task", by=by, at=at) as (act, task):
        if _is_repeated(task, data, by):
            return act.case
        _require_open(task)
        require_task(by, act.case, task)
        _require_free(task, by, at)
        if act.case.state == CaseState.SUSPENDED and not task.for_applicant:
            raise CaseworkError("suspended")
        if revision is not None and revision != task.revision:
            raise CaseworkError("stale", revision=task.revision)
        _complete(act, task, data)
    return run_asked_services(act)


def _complete(act: Act, task: Task, data: Mapping[str, Any]) -> None:
    form = compiled(act.case.kind).form_of(task.form)
    values = dict(data)
    if form is not None:
        cleaned = form.clean(data)
        if not cleaned.ok:
            raise CaseworkError("form_invalid", problems=cleaned.problems)
        values = dict(cleaned.values)
    task.state, task.data = TaskState.DONE, values
    task.done_at, task.done_by = act.at, act.by.name
    task.holder = task.holder or act.by.name
    _save(
        task,
        act,
        events.TASK_COMPLETED,
        title=task.title,
        opened_at=task.opened_at.isoformat(),
        due_on=str(task.due_on),
        for_applicant=task.for_applicant,
    )
    complete_step(act, task.step, task.code, values)


def save_task_draft(
    *, task_id: int, data: Mapping[str, Any], revision: int, by: Actor, at: datetime
) -> Task:
    """Keep an officer's answers so far. Raises CaseworkError `stale` and as `complete_task`."""
    with acting_on_task(task_id=task_id, action="save_task_draft", by=by, at=at) as (act, task):
        _require_open(task)
        require_task(by, act.case, task)
        _require_free(task, by, at)
        if revision != task.revision:
            raise CaseworkError("stale", revision=task.revision)
        task.data, task.revision = dict(data), task.revision + 1
        task.save(update_fields=["data", "revision"])
    return task


def require_officer(name: str, task: Task) -> None:
    """An active officer of the task's department who may do it, by the name they sign in with."""
    account = Account.objects.filter(username=name, is_active=True).first()
    if account is None:
        raise CaseworkError("unknown_person")
    try:
        require_work(actor_of(account), task.department, task.role)
    except CaseworkError as error:
        raise CaseworkError("unknown_person") from error


def _is_repeated(task: Task, data: Mapping[str, Any], by: Actor) -> bool:
    if task.state != TaskState.DONE or task.done_by != by.name:
        return False
    return all(data.get(key) == value for key, value in task.data.items())


def _require_open(task: Task) -> None:
    if task.state == TaskState.DONE:
        raise CaseworkError("done_already", by=task.done_by)
    if task.state == TaskState.CANCELED:
        raise CaseworkError("not_needed")


def _require_free(task: Task, by: Actor, at: datetime | None = None) -> None:
    if task.holder in ("", by.name) or is_house(by):
        return
    until = task.delegated_until if task.delegate == by.name else None
    if until is None or at is None or until <= at:
        raise CaseworkError("taken", by=task.holder)


def _require_holder_or_manager(by: Actor, task: Task) -> None:
    if not task.holder:
        raise CaseworkError("not_claimed")
    if task.holder != by.name:
        require_manage(by, task.department)


def _save(task: Task, act: Act, event: str, **payload: Any) -> None:
    task.revision += 1
    task.save()
    act.tell(event, department=task.department, task=task.pk, code=task.code, **payload)
