"""From a BPMN file to a process that cases run by."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.exceptions import SpiffWorkflowException

from ipudong.city.casework.processes.checks import Surroundings, find_problems
from ipudong.city.casework.processes.elements import DATA_PLUMBING
from ipudong.city.casework.processes.errors import Problem, ProcessError
from ipudong.city.casework.processes.graph import Graph, Node, read_graph
from ipudong.city.casework.processes.steps import CaseParser
from ipudong.city.casework.processes.xml_reading import BPMN, read_xml


@dataclass(frozen=True)
class Process:
    """A process that was read and found sound. Never changed, so threads share it."""

    graph: Graph
    spec: BpmnProcessSpec
    called: dict[str, BpmnProcessSpec]

    def node(self, name: str) -> Node:
        """The flow node of that id; KeyError where there is none."""
        return self.graph.nodes[name]

    @property
    def milestones(self) -> frozenset[str]:
        """Milestones that the process itself names."""
        nodes = self.graph.nodes.values()
        return frozenset(n.properties["milestone"] for n in nodes if "milestone" in n.properties)


def read_process(content: bytes, around: Surroundings | None = None) -> Process:
    """Read and check a BPMN 2.0 file; ProcessError with every problem and its line."""
    root = read_xml(content)
    graph, problems = read_graph(root)
    problems += find_problems(root, graph, around or Surroundings())
    if problems:
        raise ProcessError(sorted(problems, key=lambda problem: problem.line))
    return _build(root, graph)


def _build(root: Any, graph: Graph) -> Process:
    parser = CaseParser(graph)
    try:
        parser.add_bpmn_xml(_strip(root))
        spec = parser.get_spec(graph.main)
        called = parser.get_subprocess_specs(graph.main)
    except ValidationException as error:
        line = getattr(error, "line_number", None) or 0
        raise ProcessError([Problem("engine", int(line), detail=str(error)[:300])]) from error
    except SpiffWorkflowException as error:
        raise ProcessError([Problem("engine", detail=str(error)[:300])]) from error
    return Process(graph, spec, called)


def _strip(root: Any) -> Any:
    """A copy for the engine underneath, without what it need not see; every process runnable."""
    copy = deepcopy(root)
    for tag in DATA_PLUMBING:
        for element in list(copy.iter(f"{{{BPMN}}}{tag}")):
            element.getparent().remove(element)
    for process in copy.iter(f"{{{BPMN}}}process"):
        process.set("isExecutable", "true")
    return copy
