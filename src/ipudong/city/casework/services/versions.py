"""Moving a running case to another version of its kind, on the record."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ipudong.city.casework import case_events as events
from ipudong.city.casework.access import require_manage
from ipudong.city.casework.compiled_kinds import CompiledKind, compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    Case,
    CaseKindVersion,
    CaseState,
    ProcessState,
    Task,
    TaskState,
)
from ipudong.city.casework.services.acts import acting
from ipudong.city.casework.services.progress import move_process
from ipudong.city.identity.actors import Actor


def move_case(
    *,
    number: str,
    version: int,
    by: Actor,
    at: datetime,
    steps: Mapping[str, str] | None = None,
    reason: str = "",
) -> Case:
    """Let a running case go on under another version of its kind.

    It stands at the same steps afterwards; `steps` says what a step is called there where that
    changed (also those passed already, as joins look back at them). Refused, with nothing changed,
    where a step the case stands at or has passed is not there: CaseworkError `step_gone` (`step`),
    `unknown_version`, `not_open`, `not_allowed`.
    """
    with acting(number=number, action="move_case", by=by, at=at, version=version) as act:
        case = act.case
        require_manage(by, case.department)
        if case.state == CaseState.CLOSED:
            raise CaseworkError("not_open")
        target = CaseKindVersion.objects.filter(code=case.kind_code, number=version).first()
        if target is None:
            raise CaseworkError("unknown_version", version=version)
        before = case.kind.number
        if case.state != CaseState.DRAFT:
            _rename(case, target, dict(steps or {}))
        case.kind = target
        act.tell(
            events.MOVED,
            from_version=before,
            to_version=version,
            steps=dict(steps or {}),
            reason=reason,
        )
        if case.state != CaseState.DRAFT:
            move_process(act, lambda run: None)
    return act.case


def _rename(case: Case, target: CaseKindVersion, names: dict[str, str]) -> None:
    state = ProcessState.objects.get(case=case)
    kind = compiled(target)
    tree = json.loads(state.steps)
    for part in (tree["top"], *tree["inner"].values()):
        for visit in part["visits"]:
            visit[1] = _name_there(visit[1], names)
    _require_steps(tree, kind)
    state.steps = json.dumps(tree, separators=(",", ":"))
    state.answers = [[names.get(code, code), value] for code, value in state.answers]
    state.save()
    for task in case.tasks.filter(state=TaskState.OPEN):
        _rename_task(task, kind, names)


def _name_there(name: str, names: dict[str, str]) -> str:
    """The library's own steps are called after ours: `check.BoundaryEventSplit`."""
    ours, dot, rest = name.partition(".")
    return names.get(ours, ours) + dot + rest


def _require_steps(tree: dict[str, Any], kind: CompiledKind) -> None:
    specs = {**kind.process.called, "": kind.process.spec}
    known = {name for spec in specs.values() for name in spec.task_specs}
    for part in (tree["top"], *tree["inner"].values()):
        for visit in part["visits"]:
            if visit[1] not in known:
                raise CaseworkError("step_gone", step=visit[1])


def _rename_task(task: Task, kind: CompiledKind, names: dict[str, str]) -> None:
    node = kind.process.node(names.get(task.code, task.code))
    task.code, task.title = node.id, node.title[:200]
    task.form = node.properties.get("form", node.id)
    task.save(update_fields=["code", "title", "form"])
