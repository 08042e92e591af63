"""A BPMN file as nodes and flows, with lines, lanes and properties; no engine yet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ipudong.city.casework.processes.elements import FLOW_NODES
from ipudong.city.casework.processes.errors import Problem
from ipudong.city.casework.processes.xml_reading import BPMN


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A flow node. `scope` is the id of the process or sub-process that holds it; `properties`
    come from its extension elements."""

    id: str
    kind: str
    title: str
    line: int
    scope: str
    lane: str = ""
    attached_to: str = ""
    interrupting: bool = True
    default: str = ""
    called: str = ""
    triggers: tuple[str, ...] = ()
    timer: str = ""
    timer_kind: str = ""
    message: str = ""
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: str
    line: int


@dataclass(frozen=True)
class Graph:
    """Everything a file says of its processes. `main` is the process that a case runs."""

    main: str
    nodes: dict[str, Node]
    flows: tuple[Flow, ...]
    processes: tuple[str, ...]

    @cached_property
    def outgoing(self) -> dict[str, list[Flow]]:
        """Flows by the node they leave."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            found[flow.source].append(flow)
        return found

    @cached_property
    def boundary(self) -> dict[str, list[Node]]:
        """Boundary events by the activity they are attached to."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            if node.attached_to:
                found[node.attached_to].append(node)
        return found

    def in_scope(self, scope: str) -> list[Node]:
        """Nodes that stand directly in a process or sub-process."""
        return [node for node in self.nodes.values() if node.scope == scope]

    def scopes(self) -> list[str]:
        """All processes and embedded sub-processes."""
        inner = [node.id for node in self.nodes.values() if node.kind == "subProcess"]
        return [*self.processes, *inner]

    def next_of(self, node: Node) -> Iterator[str]:
        """Where a token at this node may go, an attached event included."""
        for flow in self.outgoing.get(node.id, ()):
            yield flow.target
        for event in self.boundary.get(node.id, ()):
            yield event.id


def tag_of(element: Any) -> tuple[str, str]:
    """Namespace and local name; comments have neither."""
    if not isinstance(element.tag, str):
        return "", ""
    namespace, _, name = element.tag.rpartition("}")
    return namespace.lstrip("{"), name


def read_graph(root: Any) -> tuple[Graph, list[Problem]]:
    """Nodes and flows below the definitions, and what is wrong with them already."""
    reader = _Reader(root)
    return reader.read(), reader.problems


class _Reader:
    def __init__(self, root: Any) -> None:
        self._root = root
        self.problems: list[Problem] = []
        self._messages = {e.get("id"): e.get("name") or "" for e in self._all(root, "message")}
        self._lanes: dict[str, str] = {}
        for lane in self._all(root, "lane"):  # an inner lane comes later and is the one that counts
            for ref in lane.findall(_full("flowNodeRef")):
                self._lanes[(ref.text or "").strip()] = lane.get("name") or ""
        self._nodes: dict[str, Node] = {}
        self._flows: list[Flow] = []

    def read(self) -> Graph:
        processes = list(self._root.findall(_full("process")))
        for process in processes:
            self._read_scope(process, process.get("id") or "")
        names = tuple(process.get("id") or "" for process in processes)
        return Graph(self._find_main(processes, names), self._nodes, tuple(self._flows), names)

    def _find_main(self, processes: list[Any], names: tuple[str, ...]) -> str:
        called = {node.called for node in self._nodes.values()}
        tops = [p.get("id") for p in processes if p.get("id") not in called]
        runnable = [p.get("id") for p in processes if p.get("isExecutable") == "true"]
        candidates = tops if len(tops) == 1 else [name for name in tops if name in runnable]
        if len(candidates) != 1:
            self.problems.append(Problem("no_process", detail=", ".join(names)))
            return names[0] if names else ""
        return str(candidates[0])

    def _read_scope(self, scope: Any, name: str) -> None:
        for element in scope:
            namespace, tag = tag_of(element)
            if namespace != BPMN:
                continue
            if tag in FLOW_NODES:
                self._add_node(element, tag, name)
            elif tag == "sequenceFlow":
                self._flows.append(_read_flow(element))
            if tag == "subProcess":
                self._read_scope(element, element.get("id") or "")

    def _add_node(self, element: Any, tag: str, scope: str) -> None:
        node = self._read_node(element, tag, scope)
        if not node.id or node.id in self._nodes:
            self.problems.append(Problem("duplicate_id", node.line, node.id or tag))
        self._nodes[node.id] = node

    def _read_node(self, element: Any, tag: str, scope: str) -> Node:
        name = element.get("id") or ""
        timer_kind, timer = _read_timer(element)
        properties = _read_properties(element)
        return Node(
            id=name,
            kind=tag,
            title=" ".join((element.get("name") or name).split()),
            line=element.sourceline or 0,
            scope=scope,
            lane=properties.get("lane") or self._lane_of(name, scope),
            attached_to=element.get("attachedToRef") or "",
            interrupting=element.get("cancelActivity", "true").lower() != "false",
            default=element.get("default") or "",
            called=element.get("calledElement") or "",
            triggers=tuple(t for _, t in map(tag_of, element) if t.endswith("EventDefinition")),
            timer=timer,
            timer_kind=timer_kind,
            message=self._message_of(element),
            properties=properties,
        )

    def _lane_of(self, name: str, scope: str) -> str:
        """A node in a sub-process stands in the lane of the sub-process."""
        while name not in self._lanes and scope in self._nodes:
            name, scope = scope, self._nodes[scope].scope
        return self._lanes.get(name, "")

    def _message_of(self, element: Any) -> str:
        definition = element.find(_full("messageEventDefinition"))
        holder = element if definition is None else definition
        return self._messages.get(holder.get("messageRef"), "")

    @staticmethod
    def _all(root: Any, tag: str) -> Iterable[Any]:
        return root.iter(_full(tag))


def _full(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


def _read_flow(element: Any) -> Flow:
    condition = element.findtext(_full("conditionExpression")) or ""
    return Flow(
        element.get("id") or "",
        element.get("sourceRef") or "",
        element.get("targetRef") or "",
        condition.strip().removeprefix("="),
        element.sourceline or 0,
    )


def _read_timer(element: Any) -> tuple[str, str]:
    definition = element.find(_full("timerEventDefinition"))
    for kind in ("timeDuration", "timeDate"):
        text = None if definition is None else definition.findtext(_full(kind))
        if text and text.strip():
            return kind, text.strip().removeprefix("=")
    return "", ""


def _read_properties(element: Any) -> dict[str, str]:
    """`property` elements with name and value among the extension elements, whichever modeling
    tool's namespace they bear."""
    extensions = element.find(_full("extensionElements"))
    found: dict[str, str] = {}
    for each in () if extensions is None else extensions.iter():
        if tag_of(each)[1] == "property" and each.get("name"):
            found[each.get("name")] = (each.get("value") or "").strip()
    return found
