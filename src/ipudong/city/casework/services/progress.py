"""Moving the process of a case and bringing tasks, waits and service calls after it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from ipudong.city.casework import case_events as events
from ipudong.city.casework.calendar import add_working_days
from ipudong.city.casework.compiled_kinds import CompiledKind, compiled
from ipudong.city.casework.due_dates import due_of_task, set_due_days
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    Case,
    CaseState,
    Outcome,
    ProcessState,
    ServiceCall,
    Task,
    TaskState,
    Wait,
)
from ipudong.city.casework.processes import (
    Node,
    OpenStep,
    Run,
    RunError,
    Scripts,
    add_answers,
    parse_lane,
)
from ipudong.city.casework.processes.conditions import ConditionError
from ipudong.city.casework.processes.elements import CATCHING, PERSON_STEPS
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.services.acts import Act

Move = Callable[[Run], None]


def begin_process(act: Act) -> None:
    """Start the process of a case that was just submitted."""
    kind = compiled(act.case.kind)
    state = ProcessState(case=act.case, steps="", answers=[])
    if "accepted" not in kind.process.milestones:
        accept(act)
    _carry_on(act, kind, state, None)


def move_process(act: Act, move: Move) -> None:
    """Load the process, move it, and write where it stands now."""
    state = ProcessState.objects.get(case=act.case)
    _carry_on(act, compiled(act.case.kind), state, move)


def complete_step(act: Act, step: str, code: str, answers: Any) -> None:
    """A person's or a service's step is done."""
    act.finished.add(step)
    state = ProcessState.objects.get(case=act.case)
    carry_on(act, state, code, answers, lambda run: run.complete(step, answers))


def carry_on(act: Act, state: ProcessState, code: str, answers: Any, move: Move) -> None:
    """A step gave answers; move the process on with them."""
    add_answer(state, code, answers)
    _carry_on(act, compiled(act.case.kind), state, move)


def add_answer(state: ProcessState, code: str, value: Any) -> None:
    """What a step gave last, as the latest of all."""
    state.answers = [*(pair for pair in state.answers if pair[0] != code), [code, value]]


def context_of(case: Case, answers: list[list[Any]]) -> dict[str, Any]:
    """What conditions and decisions may read: the application's answers by themselves and as
    `application`, each step's under its code and by themselves (later ones win), and `case`."""
    context: dict[str, Any] = dict(case.data)
    for code, value in answers:
        add_answers(context, code, value)
    context["application"] = case.data
    context["case"] = {
        "number": case.number,
        "kind": case.kind_code,
        "channel": case.channel,
        "department": case.department,
        "applicant_kind": case.applicant_kind,
    }
    return context


def scripts_of(case: Case, kind: CompiledKind, answers: list[list[Any]], at: datetime) -> Scripts:
    """What the engine may ask of this case now."""
    return Scripts(
        process=kind.process,
        context=context_of(case, answers),
        now=at,
        zone=timezone.get_current_timezone(),
        add_working_days=_add_working_days,
        decide_by=kind.decide,
    )


def _add_working_days(start: date, days: int) -> date:
    return add_working_days(start, days, get_calendar())


def _carry_on(act: Act, kind: CompiledKind, state: ProcessState, move: Move | None) -> None:
    scripts = scripts_of(act.case, kind, state.answers, act.at)
    try:
        run = Run.load(state.steps, scripts) if move else Run.begin(scripts)
        before = run.list_open() if move else []
        if move:
            move(run)
        after = run.list_open()
    except RunError as error:
        raise CaseworkError("process_failed", reason=error.code, **error.fields) from error
    except ConditionError as error:
        raise CaseworkError("process_failed", reason=str(error)) from error
    for code, value in run.decided.items():
        add_answer(state, code, value)
        act.tell(events.RULE_DECIDED, step=code, value=value)
    _pass(act, kind, run, scripts.context)
    _match_rows(act, before, after)
    state.steps = run.save()
    state.save(force_insert=move is None)
    if run.is_finished:
        _finish(act, kind, run)


def _pass(act: Act, kind: CompiledKind, run: Run, context: dict[str, Any]) -> None:
    nodes = kind.process.graph.nodes
    for name in run.passed:
        node = nodes.get(name)
        if node is None:
            continue
        if "timerEventDefinition" in node.triggers:
            act.tell(events.TIMER_FIRED, step=node.id)
        milestone = node.properties.get("milestone")
        if milestone:
            reach_milestone(act, milestone, node, context)


def reach_milestone(act: Act, milestone: str, node: Node, context: dict[str, Any]) -> None:
    """A step that the picture marks was passed."""
    if milestone == "accepted":
        accept(act)
        return
    if milestone == "decided" and act.case.decided_at is None:
        act.case.decided_at = act.at
    lane = parse_lane(node.lane)
    department = lane.department if lane and lane.department else act.case.department
    result = {"result": context["result"]} if "result" in context else {}
    act.tell(milestone, department=department, step=node.id, **result)


def accept(act: Act) -> None:
    """From here the promised time runs (受理)."""
    case = act.case
    if case.accepted_at is not None:
        return
    case.accepted_at = act.at
    case.state = CaseState.ACCEPTED
    explanation = set_due_days(case)
    act.tell(
        events.ACCEPTED,
        limit_days=case.kind.limit_days,
        legal_limit_days=case.kind.legal_limit_days,
        promised_due_on=str(case.promised_due_on),
        legal_due_on=str(case.legal_due_on),
        rule=explanation.as_json() if explanation else {},
    )


def _match_rows(act: Act, before: list[OpenStep], after: list[OpenStep]) -> None:
    """Open what the case newly waits for, close what it waits for no more."""
    known, wanted = {step.step for step in before}, {step.step for step in after}
    _close(act, [step for step in before if step.step not in wanted])
    new = [step for step in after if step.step not in known]
    _open_tasks(act, [step for step in new if step.node.kind in PERSON_STEPS])
    for step in new:
        if step.node.kind == "serviceTask":
            _ask_service(act, step)
        elif step.node.kind not in PERSON_STEPS:
            _wait(act, step)


def _close(act: Act, gone: list[OpenStep]) -> None:
    people = [s.step for s in gone if s.node.kind in PERSON_STEPS and s.step not in act.finished]
    if people:
        cancel_tasks(act, act.case.tasks.filter(step__in=people, state=TaskState.OPEN))
    waits = [step.step for step in gone if step.node.kind in CATCHING]
    if waits:
        Wait.objects.filter(case=act.case, step__in=waits).delete()
    calls = [s.step for s in gone if s.node.kind == "serviceTask" and s.step not in act.finished]
    if calls:
        ServiceCall.objects.filter(case=act.case, step__in=calls, done_at=None).update(due_at=None)


def cancel_tasks(act: Act, tasks: Iterable[Task]) -> None:
    """Nobody needs to do them any more."""
    for task in tasks:
        task.state, task.done_at = TaskState.CANCELED, act.at
        task.save(update_fields=["state", "done_at"])
        act.tell(events.TASK_CANCELED, department=task.department, task=task.pk, code=task.code)


def _open_tasks(act: Act, steps: list[OpenStep]) -> None:
    if not steps:
        return
    for task in Task.objects.bulk_create([_new_task(act, step) for step in steps]):
        act.tell(
            events.TASK_OPENED,
            department=task.department,
            task=task.pk,
            code=task.code,
            title=task.title,
            role=task.role,
            for_applicant=task.for_applicant,
            limit_days=task.limit_days,
            due_on=str(task.due_on),
            rule=task.due_rule,
        )


def _new_task(act: Act, step: OpenStep) -> Task:
    case, node = act.case, step.node
    lane = parse_lane(node.lane)
    if lane is None:  # the file was checked; only a hand in the database gets here
        raise CaseworkError("process_failed", reason=f"lane {node.lane}")
    text = node.properties.get("limit_days")
    limit_days = int(text) if text else None
    due_on, rule = due_of_task(case, limit_days, act.at)
    return Task(
        case=case,
        step=step.step,
        code=node.id,
        title=node.title[:200],
        kind_code=case.kind_code,
        form=node.properties.get("form", node.id),
        department=lane.department or case.department,
        role=lane.role,
        for_applicant=lane.applicant,
        limit_days=limit_days,
        due_on=due_on,
        due_rule=rule,
        opened_at=act.at,
    )


def _ask_service(act: Act, step: OpenStep) -> None:
    properties = step.node.properties
    act.asks_services = True
    ServiceCall.objects.create(
        case=act.case,
        step=step.step,
        code=step.node.id,
        service=properties["service"],
        parameters=properties,
        asked_at=act.at,
        due_at=act.at,
    )


def _wait(act: Act, step: OpenStep) -> None:
    Wait.objects.create(
        case=act.case,
        step=step.step,
        code=step.node.id,
        fire_at=step.fire_at,
        name=step.node.message if step.fire_at is None else "",
        key=step.key[:200],
    )


def _finish(act: Act, kind: CompiledKind, run: Run) -> None:
    nodes = kind.process.graph.nodes
    ends = [nodes[name] for name in run.passed if name in nodes and nodes[name].kind == "endEvent"]
    tops = [node for node in ends if node.scope == kind.process.graph.main]
    outcome = next((n.properties["outcome"] for n in tops if "outcome" in n.properties), "finished")
    close_case(act, outcome)


def close_case(act: Act, outcome: str, **payload: Any) -> None:
    """The case is over; nothing of it is open any more."""
    case = act.case
    if outcome in (Outcome.REFUSED, Outcome.NOT_ACCEPTED):
        _tell_refusal(act, outcome, payload)
    case.state, case.outcome, case.closed_at = CaseState.CLOSED, outcome, act.at
    if outcome in (Outcome.APPROVED, Outcome.REFUSED) and case.decided_at is None:
        case.decided_at = act.at
        act.tell(events.DECIDED, outcome=outcome)
    act.tell(events.CLOSED, outcome=outcome)


def _tell_refusal(act: Act, outcome: str, payload: dict[str, Any]) -> None:
    """With the clause it rests on: as given, or as the answers of the deciding step say."""
    state = ProcessState.objects.filter(case=act.case).first()
    answers = context_of(act.case, state.answers if state else [])
    act.tell(
        events.REFUSED if outcome == Outcome.REFUSED else events.NOT_ACCEPTED,
        reason=payload.get("reason", answers.get("reason", "")),
        legal_reason=payload.get("legal_reason", answers.get("legal_reason", "")),
    )
