"""The standing of a process as JSON: the tree of visits only; the process itself is a file.

The library's own serializer writes the whole specification with every case; here a state is some
kilobytes. A visit keeps its id for good, as tasks, waits and service calls refer to it.
"""

import json
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow, BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from ipudong.city.casework.processes.reading import Process

FORMAT: Final = 1


def dump_state(workflow: BpmnWorkflow) -> str:
    """JSON of every visit, finished ones too: joins ask whence they came."""
    inner = {key.hex: _dump_tree(sub) for key, sub in workflow.subprocesses.items()}
    state = {"format": FORMAT, "top": _dump_tree(workflow), "inner": inner}
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False)


def _dump_tree(workflow: BpmnBaseWorkflow) -> dict[str, Any]:
    return {
        "root": workflow.task_tree.id.hex,
        "last": workflow.last_task.id.hex if workflow.last_task else None,
        "done": workflow.completed,
        "visits": [_dump_visit(task) for task in workflow.tasks.values()],
    }


def _dump_visit(task: Task) -> list[Any]:
    is_over = task.has_state(TaskState.FINISHED_MASK)
    return [
        task.id.hex,
        task.task_spec.name,
        task.state,
        task._parent.hex if task._parent else None,
        [child.hex for child in task._children],
        int(task.triggered),
        round(task.last_state_change, 6),
        {} if is_over else task.internal_data,
    ]


def load_state(process: Process, text: str, scripts: Any) -> BpmnWorkflow:
    """The workflow as it stood when it was dumped, over the same process."""
    state = json.loads(text)
    workflow = BpmnWorkflow(process.spec, process.called, scripts, deserializing=True)
    _load_tree(workflow, state["top"])
    for key, tree in state["inner"].items():  # an outer one was dumped before what it holds
        parent = workflow.get_task_from_id(UUID(key))
        spec = process.called[parent.task_spec.spec]
        inner = BpmnSubWorkflow(spec, parent.id, workflow, deserializing=True)
        workflow.subprocesses[parent.id] = inner
        _load_tree(inner, tree)
        if isinstance(parent.task_spec, SubWorkflowTask):
            inner.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return workflow


def _load_tree(workflow: BpmnBaseWorkflow, tree: dict[str, Any]) -> None:
    for row in tree["visits"]:
        _load_visit(workflow, row)
    workflow.task_tree = workflow.tasks[UUID(tree["root"])]
    workflow.last_task = workflow.tasks.get(UUID(tree["last"])) if tree["last"] else None
    workflow.completed = tree["done"]


def _load_visit(workflow: BpmnBaseWorkflow, row: list[Any]) -> None:
    name, spec, state, parent, children, triggered, changed, internal = row
    task = Task(workflow, workflow.spec.task_specs[spec], state=state, id=UUID(name))
    task._parent = UUID(parent) if parent else None
    task._children = [UUID(child) for child in children]
    task.triggered = bool(triggered)
    task.last_state_change = changed
    task.internal_data = internal
    if isinstance(task.task_spec, CatchingEvent) and task.has_state(TaskState.WAITING):
        workflow.top_workflow.event_manager.add_task(task)


def list_passed(text: str) -> list[str]:
    """Ids of the steps a saved process has completed, each once."""
    if not text:
        return []
    state = json.loads(text)
    trees = (state["top"], *state["inner"].values())
    names = [v[1] for tree in trees for v in tree["visits"] if v[2] == TaskState.COMPLETED]
    return list(dict.fromkeys(names))
