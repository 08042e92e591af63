"""The drawings of the processes: whole, nothing on top of another, lines that meet their boxes."""

from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree

from ipudong.city.casework.decisions import load_decisions
from ipudong.city.casework.forms import load_form
from ipudong.systems.govservice.case_kinds import FOLDER, ITEMS, list_case_kinds

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
LINES = "{http://www.omg.org/spec/DD/20100524/DI}"
FOLDERS = [path.parent for path in FOLDER.list_files()]
Box = tuple[float, float, float, float]


def boxes_of(root: etree._Element) -> dict[str, Box]:
    found = {}
    for shape in root.iter(f"{DI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        assert bounds is not None
        x, y, w, h = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement", "")] = (x, y, w, h)
    return found


def overlap(one: Box, other: Box) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_everything_is_drawn_and_nothing_covers_another(folder: Path) -> None:
    root = etree.parse(str(folder / "process.bpmn")).getroot()
    process = root.find(f"{BPMN}process")
    assert process is not None
    nodes = {e.get("id"): e for e in process if e.tag.endswith(("Task", "Event", "Gateway"))}
    flows = process.findall(f"{BPMN}sequenceFlow")
    boxes = boxes_of(root)
    lines = {
        e.get("bpmnElement"): e.findall(f"{LINES}waypoint") for e in root.iter(f"{DI}BPMNEdge")
    }
    lanes = {e.get("id") for e in process.iter(f"{BPMN}lane")}
    assert set(nodes) | lanes <= set(boxes)
    assert {flow.get("id") for flow in flows} == set(lines)
    assert all(len(points) >= 2 for points in lines.values())
    free = [name for name, node in nodes.items() if not node.get("attachedToRef")]
    assert [pair for pair in combinations(free, 2) if overlap(boxes[pair[0]], boxes[pair[1]])] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_decision_of_an_item_forgets_a_case(folder: Path) -> None:
    model = load_decisions((folder / "decisions.dmn").read_bytes())
    assert "eligibility" in model.decisions
    assert model.find_gaps() == []
    assert model.find_overlaps() == []


def test_every_item_has_a_process_and_forms_for_its_materials() -> None:
    kinds = {kind.code: kind for kind in list_case_kinds()}
    assert len(kinds) == len(FOLDERS) == 12
    for kind in kinds.values():
        form = load_form(kind.forms[""])
        assert "situation" in form.fields, kind.code
    assert {path.stem for path in (ITEMS / "task_forms").glob("*.json")} >= {"acceptance", "review"}
