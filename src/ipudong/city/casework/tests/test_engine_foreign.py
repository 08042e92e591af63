"""Files of other houses' editors, restated: what they look like, not copies of them.

The shapes are those of the BPMN Model Interchange Working Group's reference models: a prefix for
every element, an editor's own extension elements, data plumbing, processes marked as not
executable, several ways out of a task, empty conditions, no lanes.
"""

import pytest

from ipudong.city.casework.processes import ProcessError, read_process
from ipudong.city.casework.tests.test_engine_runs import Walk

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<model:definitions xmlns:model="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:w="http://editor.example/graph" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:z="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:foreign">'
)
STYLE = (
    '<model:extensionElements><w:style background="1,2,3"><w:row/></w:style>'
    "</model:extensionElements>"
)
PLUMBING = (
    '<model:ioSpecification id="io"><model:inputSet id="i"/><model:outputSet id="o"/>'
    "</model:ioSpecification>"
)
PICTURE = (
    '<di:BPMNDiagram id="d"><di:BPMNPlane bpmnElement="p"><di:BPMNShape bpmnElement="t1">'
    '<dc:Bounds x="1" y="2" width="3" height="4"/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram>'
)


def foreign(lane: str = "", more: str = "") -> bytes:
    """Start, three tasks, end, as several editors write it."""
    property_ = (
        f'<model:extensionElements><z:properties><z:property name="lane" value="{lane}"/>'
        "</z:properties></model:extensionElements>"
    )
    tasks = "".join(
        f'<model:task id="t{n}" name="Task&#10;{n}" completionQuantity="1">'
        f"{property_ if lane else STYLE}<model:incoming>f{n}</model:incoming>"
        f"<model:outgoing>f{n + 1}</model:outgoing></model:task>"
        for n in (1, 2, 3)
    )
    flows = "".join(
        f'<model:sequenceFlow id="f{n + 1}" sourceRef="{a}" targetRef="{b}">{STYLE}'
        "</model:sequenceFlow>"
        for n, (a, b) in enumerate((("s", "t1"), ("t1", "t2"), ("t2", "t3"), ("t3", "e")))
    )
    return (
        f'{HEAD}<model:process id="p" isExecutable="false">{STYLE}{PLUMBING}'
        f'<model:startEvent id="s" isInterrupting="true">{STYLE}</model:startEvent>{tasks}'
        f'<model:endEvent id="e"/>{flows}{more}'
        '<model:textAnnotation id="a"><model:text>Note</model:text></model:textAnnotation>'
        '<model:association id="as" sourceRef="t1" targetRef="a"/>'
        f"</model:process>{PICTURE}</model:definitions>"
    ).encode()


def test_a_foreign_picture_is_refused_only_for_what_nobody_said() -> None:
    with pytest.raises(ProcessError) as caught:
        read_process(foreign())
    assert [problem.code for problem in caught.value.problems] == ["task_without_lane"] * 3


def test_a_foreign_picture_whose_tasks_say_who_runs() -> None:
    walk = Walk(foreign("clerk"))
    for name in ("t1", "t2", "t3"):
        assert walk.open == [name]
        walk.complete(name)
    assert walk.is_finished
    assert walk.process.node("t1").title == "Task 1"


def test_conditional_ways_out_of_a_task_are_named() -> None:
    more = (
        '<model:sequenceFlow id="x" sourceRef="t1" targetRef="t3"><model:conditionExpression/>'
        "</model:sequenceFlow>"
    )
    with pytest.raises(ProcessError) as caught:
        read_process(foreign("clerk", more))
    assert [(p.code, p.element) for p in caught.value.problems] == [("several_ways_out", "t1")]
