"""Gateways that count tokens, so that they are right in loops too.

The library tells which branches have come by looking at what was completed anywhere in the case's
past; on the second turn of a loop that is wrong (a join fires when the first branch comes), and an
inclusive join does not see a service that is still running. Here an arrival waits until it is
consumed, as the BPMN 2.0 specification has it (13.4.1 parallel, 13.4.2 inclusive gateway).
"""

from collections.abc import Iterator
from typing import Final

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, InclusiveGateway, ParallelGateway
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from ipudong.city.casework.processes.paths import find_reachable

BUSY: Final = TaskState.READY | TaskState.STARTED | TaskState.WAITING


class ParallelJoin(ParallelGateway):
    """Fires with one token of every way in, and consumes just those."""

    def _update_hook(self, my_task: Task) -> bool:
        arrived = {my_task.parent.task_spec.name: my_task}
        for task in _list_arrivals(my_task):
            arrived.setdefault(task.parent.task_spec.name, task)
        if len(arrived) < len({spec.name for spec in self.inputs}):
            my_task._set_state(TaskState.WAITING)
            return False
        _consume(my_task, list(arrived.values()))
        return True

    def _run_hook(self, my_task: Task) -> bool:
        return True


class InclusiveJoin(InclusiveGateway):
    """Fires when no token that could still come is on its way, and consumes all that have come."""

    def _update_hook(self, my_task: Task) -> bool:
        if len(self.inputs) > 1 and self._may_still_come(my_task):
            my_task._set_state(TaskState.WAITING)
            return False
        _consume(my_task, [my_task, *_list_arrivals(my_task)])
        return True

    def _may_still_come(self, my_task: Task) -> bool:
        starts = {task.task_spec.name for task in _list_tokens(my_task)}
        specs = my_task.workflow.spec.task_specs

        def follow(name: str) -> list[str]:
            spec: TaskSpec = specs[name]
            return [] if spec is self else [output.name for output in spec.outputs]

        return self.name in find_reachable(starts, follow)

    def _run_hook(self, my_task: Task) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


def _list_arrivals(my_task: Task) -> Iterator[Task]:
    """Others that wait at the same gateway, the one that came first first."""
    for task in my_task.workflow.tasks.values():
        same = task.task_spec is my_task.task_spec and task is not my_task
        if same and task.has_state(TaskState.WAITING):
            yield task


def _list_tokens(my_task: Task) -> Iterator[Task]:
    """Where the case is beside this gateway: at steps that are busy, and where a step just left
    will go on. An event on the border of a step bears no token before it happens."""
    for task in my_task.workflow.tasks.values():
        if task.task_spec is my_task.task_spec or isinstance(task.task_spec, BoundaryEvent):
            continue
        is_next = task.has_state(TaskState.FUTURE) and task.parent.has_state(TaskState.COMPLETED)
        if is_next or (task.has_state(BUSY) and getattr(task.task_spec, "bpmn_id", None)):
            yield task


def _consume(my_task: Task, arrived: list[Task]) -> None:
    for task in arrived:
        if task is not my_task:
            task.cancel()
