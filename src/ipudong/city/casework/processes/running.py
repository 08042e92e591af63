"""One case's process, loaded, moved and saved again; no database, no clock of its own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from ipudong.city.casework.processes.conditions import evaluate, holds
from ipudong.city.casework.processes.elements import CATCHING, PERSON_STEPS
from ipudong.city.casework.processes.graph import Node
from ipudong.city.casework.processes.reading import Process
from ipudong.city.casework.processes.state import dump_state, load_state
from ipudong.city.casework.processes.steps import FIRE_AT
from ipudong.city.casework.processes.timers import AddWorkingDays, reckon_instant

MOST_VISITS: Final = 600
"""Of one case in all its life. The library looks no deeper than 1000 and walks by recursion; past
that it would lose steps without a word, so we stop well before."""
WAITING: Final = TaskState.READY | TaskState.STARTED | TaskState.WAITING


class RunError(Exception):
    """A process that could not go on; `code`: `runaway`, `stuck` or `not_waiting`."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A visit that waits: for a person, a service, an instant (`fire_at`) or a message (`key`)."""

    step: str
    node: Node
    fire_at: datetime | None = None
    key: str = ""


@dataclass(kw_only=True)
class Scripts:
    """What the engine asks of a case: its data, the time, its decisions, its working days.

    Stands where the library would put its evaluator of Python; nothing here evaluates any.
    """

    process: Process
    context: dict[str, Any]
    now: datetime
    zone: tzinfo
    add_working_days: AddWorkingDays
    decide_by: Callable[[str, Mapping[str, Any]], Any]
    decided: dict[str, Any] = field(default_factory=dict)

    def evaluate(self, _task: Task, expression: str, external_context: Any = None) -> bool:
        """Whether a way out is taken."""
        return holds(expression, self.context)

    def decide(self, name: str) -> None:
        """Ask the decision of a rule step; its value is from now on part of the data."""
        value = self.decide_by(self.process.node(name).properties["decision"], self.context)
        self.decided[name] = value
        add_answers(self.context, name, value)

    def reckon(self, name: str) -> datetime:
        """When the timer of a node reached now fires."""
        node = self.process.node(name)
        return reckon_instant(node, self.context, self.now, self.zone, self.add_working_days)


def add_answers(context: dict[str, Any], name: str, value: Any) -> None:
    """What a step gave: under its own name, and its fields also by themselves."""
    context[name] = value
    if isinstance(value, Mapping):
        context.update(value)


class Run:
    """A process on its way. `passed` are the ids of the nodes left since it was loaded."""

    def __init__(self, workflow: BpmnWorkflow, scripts: Scripts) -> None:
        self._workflow = workflow
        self._scripts = scripts
        self.passed: list[str] = []
        self._count = 0

    @classmethod
    def begin(cls, scripts: Scripts) -> "Run":
        """A new visit of the whole process, up to its first waiting steps."""
        run = cls(BpmnWorkflow(scripts.process.spec, scripts.process.called, scripts), scripts)
        run._advance()
        return run

    @classmethod
    def load(cls, text: str, scripts: Scripts) -> "Run":
        """The process as it was saved."""
        return cls(load_state(scripts.process, text, scripts), scripts)

    def save(self) -> str:
        """What `load` takes."""
        return dump_state(self._workflow)

    @property
    def is_finished(self) -> bool:
        """Whether every path has come to an end."""
        return bool(self._workflow.completed)

    @property
    def decided(self) -> dict[str, Any]:
        """What rule steps decided since it was loaded, by their ids."""
        return self._scripts.decided

    def complete(self, step: str, answers: Any = None) -> None:
        """A person's or a service's step is done; go on to where the case waits again."""
        task = self._find(step)
        if not task.has_state(TaskState.READY | TaskState.STARTED):
            raise RunError("not_waiting", step=step)
        node = self._scripts.process.node(task.task_spec.bpmn_id)
        add_answers(self._scripts.context, node.id, answers)
        self.passed.append(node.id)
        self._guarded(task.run if task.has_state(TaskState.READY) else task.complete)
        self._advance()

    def receive(self, step: str, payload: Any = None) -> None:
        """The message a step waits for has come."""
        task = self._find(step)
        if not task.has_state(TaskState.WAITING):
            raise RunError("not_waiting", step=step)
        add_answers(self._scripts.context, task.task_spec.bpmn_id, payload)
        self._guarded(lambda: self._catch(task))
        self._advance()

    def fire(self) -> None:
        """Let the timers go off whose instant has come."""
        self._advance()

    def list_open(self) -> list[OpenStep]:
        """Every visit that waits, in the order in which they were come to."""
        return [step for task in self._tasks(WAITING) if (step := self._as_open(task))]

    def postpone(self, step: str, fire_at: datetime) -> None:
        """Let a timer fire at another instant."""
        self._find(step).internal_data[FIRE_AT] = fire_at.isoformat()

    def _as_open(self, task: Task) -> OpenStep | None:
        name = getattr(task.task_spec, "bpmn_id", None)
        if name is None or name not in self._scripts.process.graph.nodes:
            return None
        node, step = self._scripts.process.node(name), task.id.hex
        if node.kind in PERSON_STEPS or node.kind == "serviceTask":
            return OpenStep(step, node)
        if node.kind not in CATCHING or not task.has_state(TaskState.WAITING):
            return None
        if FIRE_AT in task.internal_data:
            return OpenStep(step, node, datetime.fromisoformat(task.internal_data[FIRE_AT]))
        return OpenStep(step, node, key=self._key_of(node))

    def _key_of(self, node: Node) -> str:
        expression = node.properties.get("key")
        if not expression:
            return str(self._scripts.context.get("case", {}).get("number", ""))
        return str(evaluate(expression, self._scripts.context))

    @staticmethod
    def _catch(task: Task) -> None:
        task.task_spec.catch(task, BpmnEvent(task.task_spec.event_definition))
        task.task_spec._update(task)

    def _tasks(self, state: int) -> Iterator[Task]:
        yield from self._workflow.get_tasks(state=state)

    def _find(self, step: str) -> Task:
        key = UUID(step)
        trees = (self._workflow, *self._workflow.subprocesses.values())
        for tree in trees:
            if key in tree.tasks:
                return tree.tasks[key]
        raise RunError("not_waiting", step=step)

    def _advance(self) -> None:
        self._guarded(self._engine_steps)

    def _engine_steps(self) -> None:
        before = -1
        while self._count != before:  # a timer that fires opens the way for further steps
            before = self._count
            self._workflow.refresh_timers()
            self._workflow.do_engine_steps(did_complete_task=self._note)

    def _note(self, task: Task) -> None:
        self._count += 1
        name = getattr(task.task_spec, "bpmn_id", None)
        if name and task.has_state(TaskState.COMPLETED):
            self.passed.append(name)
        if len(task.workflow.tasks) > MOST_VISITS:
            raise RunError("runaway", visits=MOST_VISITS)

    @staticmethod
    def _guarded(act: Callable[[], Any]) -> None:
        try:
            act()
        except RecursionError as error:
            raise RunError("runaway", visits=MOST_VISITS) from error
        except SpiffWorkflowException as error:
            cause = error.__cause__ or error
            raise RunError("stuck", reason=str(cause)[:300]) from error
