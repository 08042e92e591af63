"""What a process file must hold before a case may run by it; every problem is found at once."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ipudong.city.casework.processes.conditions import find_fault
from ipudong.city.casework.processes.elements import (
    CATCHING,
    CONDITIONAL_GATEWAYS,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    GATEWAYS,
    MILESTONES,
    PASSIVE,
    PERSON_STEPS,
    PROPERTIES,
    REFUSED,
)
from ipudong.city.casework.processes.errors import Problem
from ipudong.city.casework.processes.graph import Flow, Graph, Node, tag_of
from ipudong.city.casework.processes.lanes import parse_lane
from ipudong.city.casework.processes.paths import (
    find_endless,
    find_reachable,
    find_reaching,
    sum_limits,
)
from ipudong.city.casework.processes.timers import find_timer_fault
from ipudong.city.casework.processes.xml_reading import BPMN

OUTCOMES: Final = frozenset(
    {"approved", "refused", "not_accepted", "withdrawn", "lapsed", "finished"}
)
NUMBERS: Final = frozenset({"limit_days", "working_days"})


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a process may refer to. None: that is not checked."""

    forms: Collection[str] | None = None
    services: Collection[str] | None = None
    decisions: Collection[str] | None = None
    departments: Collection[str] | None = None
    limit_days: int | None = None


def find_problems(root: Any, graph: Graph, around: Surroundings) -> list[Problem]:
    """All that is wrong, in the order of the file; reading problems are not repeated."""
    problems = list(_check_elements(root))
    problems += _check_references(graph)
    if not problems:  # paths are only meaningful over a graph that holds together
        problems += [p for check in _CHECKS for p in check(graph, around)]
    return sorted(problems, key=lambda problem: problem.line)


def _check_elements(root: Any) -> Iterator[Problem]:
    for process in root.findall(f"{{{BPMN}}}process"):
        yield from _check_inside(process)


def _check_inside(element: Any) -> Iterator[Problem]:
    for child in element:
        namespace, tag = tag_of(child)
        if namespace != BPMN or tag == "extensionElements":
            continue
        if tag in REFUSED:
            yield Problem("unsupported_element", child.sourceline or 0, tag, child.get("id") or "")
        elif tag not in FLOW_NODES and tag not in PASSIVE:
            yield Problem("unknown_element", child.sourceline or 0, tag, child.get("id") or "")
        else:
            yield from _check_inside(child)


def _check_references(graph: Graph) -> Iterator[Problem]:
    for flow in graph.flows:
        for end in (flow.source, flow.target):
            if end not in graph.nodes:
                yield Problem("unknown_reference", flow.line, flow.id, end)
    for node in graph.nodes.values():
        if node.kind == "boundaryEvent" and node.attached_to not in graph.nodes:
            yield Problem("unknown_reference", node.line, node.id, node.attached_to)
        if node.kind == "callActivity" and node.called not in graph.processes:
            yield Problem("unknown_process", node.line, node.id, node.called)
    yield from _check_calls(graph)


def _check_calls(graph: Graph) -> Iterator[Problem]:
    calls = {
        process: {n.called for n in graph.nodes.values() if _process_of(graph, n) == process} - {""}
        for process in graph.processes
    }
    for process in graph.processes:
        if process in find_reachable(calls[process], lambda name: calls.get(name, ())):
            yield Problem("recursive_call", element=process)


def _process_of(graph: Graph, node: Node) -> str:
    while node.scope in graph.nodes:
        node = graph.nodes[node.scope]
    return node.scope


def _check_starts_and_ends(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for scope in graph.scopes():
        nodes = graph.in_scope(scope)
        line = min((node.line for node in nodes), default=0)
        if sum(node.kind == "startEvent" for node in nodes) != 1:
            yield Problem("no_start", line, scope)
        if not any(node.kind == "endEvent" for node in nodes):
            yield Problem("no_end", line, scope)


def _check_events(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        allowed = EVENT_DEFINITIONS.get(node.kind)
        if allowed is None:
            continue
        for trigger in set(node.triggers) - allowed:
            yield Problem("unsupported_element", node.line, trigger, node.id)
        needs_one = node.kind in CATCHING
        if len(node.triggers) > 1 or (needs_one and not node.triggers):
            yield Problem("unsupported_element", node.line, node.id, f"{len(node.triggers)}")


def _check_timers_and_messages(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        if "timerEventDefinition" in node.triggers and "working_days" not in node.properties:
            fault = find_timer_fault(node.timer_kind, node.timer)
            if fault:
                yield Problem("bad_timer", node.line, node.id, fault)
        waits = node.kind == "receiveTask" or "messageEventDefinition" in node.triggers
        if waits and not node.message:
            yield Problem("missing_message", node.line, node.id)
        if node.properties.get("key") and (fault := find_fault(node.properties["key"])):
            yield Problem("bad_condition", node.line, node.id, fault)


def _check_ways_out(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        flows = graph.outgoing.get(node.id, [])
        if node.kind == "endEvent":
            if flows:
                yield Problem("several_ways_out", node.line, node.id)
        elif not flows:
            yield Problem("no_way_out", node.line, node.id)
        elif len(flows) > 1 and node.kind not in GATEWAYS:
            yield Problem("several_ways_out", node.line, node.id)
        if node.kind in CONDITIONAL_GATEWAYS and len(flows) > 1:
            yield from _check_conditions(node, flows)


def _check_conditions(node: Node, flows: list[Flow]) -> Iterator[Problem]:
    if node.default not in {flow.id for flow in flows}:
        yield Problem("missing_default", node.line, node.id)
    for flow in flows:
        if flow.id == node.default:
            continue
        if not flow.condition:
            yield Problem("missing_condition", flow.line, flow.id)
        elif fault := find_fault(flow.condition):
            yield Problem("bad_condition", flow.line, flow.id, fault)


def _check_paths(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for scope in graph.scopes():
        nodes = {node.id: node for node in graph.in_scope(scope)}
        starts = [name for name, node in nodes.items() if node.kind == "startEvent"]
        ends = [name for name, node in nodes.items() if node.kind == "endEvent"]
        follow = {name: [*graph.next_of(node)] for name, node in nodes.items()}
        reached = find_reachable(starts, follow.__getitem__)
        ending = find_reaching(ends, follow)
        for name, node in nodes.items():
            if name not in reached:
                yield Problem("unreachable", node.line, name)
            elif name not in ending:
                yield Problem("no_path_to_end", node.line, name)
        yield from _check_joins(nodes, starts, follow)
        for name in find_endless(graph, nodes, follow):
            yield Problem("endless_loop", nodes[name].line, name)


def _check_joins(
    nodes: Mapping[str, Node], starts: list[str], follow: Mapping[str, list[str]]
) -> Iterator[Problem]:
    """Every way into a parallel gateway is come to before the gateway was passed: a loop comes back
    through an exclusive gateway."""
    for name, node in nodes.items():
        sources = [source for source, targets in follow.items() if name in targets]
        if node.kind != "parallelGateway" or len(sources) < 2:
            continue
        before = find_reachable(starts, lambda n, g=name: () if n == g else follow[n])  # type: ignore[misc]
        if not before.issuperset(sources):
            yield Problem("dead_join", node.line, name)


def _check_people(graph: Graph, around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        if node.kind not in PERSON_STEPS:
            continue
        lane = parse_lane(node.lane)
        if not node.lane:
            yield Problem("task_without_lane", node.line, node.id)
        elif lane is None:
            yield Problem("unknown_lane", node.line, node.id, node.lane)
        elif lane.department and lane.department not in (around.departments or (lane.department,)):
            yield Problem("unknown_department", node.line, node.id, lane.department)
        if around.forms is not None and node.kind == "userTask":
            form = node.properties.get("form", node.id)
            if form not in around.forms:
                yield Problem("task_without_form", node.line, node.id, form)


def _check_machines(graph: Graph, around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        if node.kind == "serviceTask":
            service = node.properties.get("service", "")
            if not service or (around.services is not None and service not in around.services):
                yield Problem("unknown_service", node.line, node.id, service)
        if node.kind == "businessRuleTask":
            decision = node.properties.get("decision", "")
            missing = around.decisions is not None and decision not in around.decisions
            if not decision or missing:
                yield Problem("unknown_decision", node.line, node.id, decision)


def _check_properties(graph: Graph, _around: Surroundings) -> Iterator[Problem]:
    for node in graph.nodes.values():
        for name, value in node.properties.items():
            if node.kind == "serviceTask" and name not in PROPERTIES:
                continue
            if node.kind not in PROPERTIES.get(name, ()):
                yield Problem("unknown_property", node.line, node.id, name)
            elif not _VALUES.get(name, _anything)(value):
                yield Problem("bad_property", node.line, node.id, f"{name}={value}")


def _check_limits(graph: Graph, around: Surroundings) -> Iterator[Problem]:
    if around.limit_days is None or not graph.main:
        return
    total = sum_limits(graph, graph.main)
    if total > around.limit_days:
        detail = f"{total} > {around.limit_days}"
        yield Problem("limits_exceed_promise", element=graph.main, detail=detail)


def _anything(value: str) -> bool:
    return bool(value)


def _is_days(value: str) -> bool:
    return value.isdecimal() and len(value) <= 4  # ten thousand days are no limit


_VALUES: Final[Mapping[str, Callable[[str], bool]]] = {
    **dict.fromkeys(NUMBERS, _is_days),
    "milestone": lambda value: value in MILESTONES,
    "outcome": lambda value: value in OUTCOMES,
}
_CHECKS: Final = (
    _check_starts_and_ends,
    _check_events,
    _check_timers_and_messages,
    _check_ways_out,
    _check_paths,
    _check_people,
    _check_machines,
    _check_properties,
    _check_limits,
)
