"""Paths through a process: what is reached, what ends, what turns without end, how long."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from ipudong.city.casework.processes.elements import CATCHING, PERSON_STEPS
from ipudong.city.casework.processes.graph import Graph, Node

Follow = Mapping[str, Collection[str]]


def find_reachable(starts: Iterable[str], follow: Callable[[str], Iterable[str]]) -> set[str]:
    """All that can be come to from `starts`, they included."""
    found, waiting = set(starts), list(starts)
    while waiting:
        for name in follow(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def find_reaching(ends: Iterable[str], follow: Follow) -> set[str]:
    """All from which one of `ends` can be come to."""
    backwards: dict[str, list[str]] = {}
    for name, targets in follow.items():
        for target in targets:
            backwards.setdefault(target, []).append(name)
    return find_reachable(ends, lambda name: backwards.get(name, ()))


def find_groups(follow: Follow) -> list[list[str]]:
    """Strongly connected groups (Kosaraju), each after every group it leads to."""
    order: list[str] = []
    seen: set[str] = set()
    for name in follow:
        _walk(name, follow, seen, order)
    backwards: dict[str, list[str]] = {name: [] for name in follow}
    for name, targets in follow.items():
        for target in targets:
            if target in backwards:
                backwards[target].append(name)
    groups: list[list[str]] = []
    seen = set()
    for name in reversed(order):
        group: list[str] = []
        _walk(name, backwards, seen, group)
        if group:
            groups.append(group)
    return groups[::-1]


def _walk(start: str, follow: Follow, seen: set[str], order: list[str]) -> None:
    """Depth first without recursion; `order` gets each node when it is left."""
    stack: list[tuple[str, bool]] = [(start, False)]
    while stack:
        name, is_left = stack.pop()
        if is_left:
            order.append(name)
        elif name not in seen and name in follow:
            seen.add(name)
            stack.append((name, True))
            stack.extend((target, False) for target in follow[name])


WAITS: Final = PERSON_STEPS | CATCHING


def waits_for_somebody(graph: Graph, node: Node) -> bool:
    """Whether a case stops at the node: for a person, an instant or a message. A sub-process stops
    where each way through it does."""
    if node.kind in WAITS:
        return True
    if node.kind not in ("subProcess", "callActivity"):
        return False
    scope = node.called if node.kind == "callActivity" else node.id
    inside = {n.id: n for n in graph.in_scope(scope)}
    passing = {
        name: [t for t in graph.next_of(n) if not waits_for_somebody(graph, inside[t])]
        for name, n in inside.items()
        if not waits_for_somebody(graph, n)
    }
    starts = [n.id for n in inside.values() if n.kind == "startEvent"]
    reached = find_reachable(starts, lambda name: passing.get(name, ()))
    return not any(inside[name].kind == "endEvent" for name in reached)


def find_endless(graph: Graph, nodes: Mapping[str, Node], follow: Follow) -> list[str]:
    """One node of every loop that can turn without waiting for anybody."""
    passing = {name for name, node in nodes.items() if not waits_for_somebody(graph, node)}
    busy = {name: [t for t in follow[name] if t in passing] for name in passing}
    return [
        min(group, key=lambda name: nodes[name].line)
        for group in find_groups(busy)
        if len(group) > 1 or group[0] in busy[group[0]]
    ]


def sum_limits(graph: Graph, scope: str) -> int:
    """Working days of the longest way through a process by its steps' limits; a loop counts each of
    its steps once, as only its first turn is planned."""
    nodes = {node.id: node for node in graph.in_scope(scope)}
    follow = {name: [t for t in graph.next_of(n) if t in nodes] for name, n in nodes.items()}
    longest: dict[str, int] = {}
    for group in find_groups(follow):  # what a group leads to was reckoned before it
        members = set(group)
        after = [longest[t] for name in group for t in follow[name] if t not in members]
        total = sum(_limit_of(graph, nodes[name]) for name in group) + max(after, default=0)
        longest.update(dict.fromkeys(group, total))
    return max(longest.values(), default=0)


def _limit_of(graph: Graph, node: Node) -> int:
    if node.kind == "subProcess":
        return sum_limits(graph, node.id)
    if node.kind == "callActivity":
        return sum_limits(graph, node.called)
    text = node.properties.get("limit_days", "")
    return int(text) if node.kind in PERSON_STEPS and text.isdecimal() else 0
