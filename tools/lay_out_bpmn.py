"""Draws a BPMN file that says only what happens: adds pool, lanes, boxes and lines (BPMNDI).

    .venv/bin/python tools/lay_out_bpmn.py process.bpmn...

A drawing already in the file is replaced. Steps stand in the row of their lane, left to right by
the longest way from the start; every process file of the house can so be written by hand and drawn.
"""

import argparse
from collections import defaultdict
from pathlib import Path

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
SIZES = {"Event": (36, 36), "Gateway": (50, 50), "": (110, 80)}
COLUMN, ROW, MARGIN, HEAD = 165, 120, 60, 60
NO_NODES = {"sequenceFlow", "laneSet", "documentation", "extensionElements", "textAnnotation"}

Box = tuple[float, float, float, float]


def size_of(tag: str) -> tuple[int, int]:
    """Width and height of the shape of an element, by its kind."""
    return next(size for kind, size in SIZES.items() if tag.endswith(kind))


class Picture:
    """Where everything of one process stands."""

    def __init__(self, process: etree._Element) -> None:
        self.process = process
        inner = [e for e in process if etree.QName(e).localname not in NO_NODES]
        self.nodes = {e.get("id"): e for e in inner}
        self.flows = process.findall(f"{{{BPMN}}}sequenceFlow")
        self.lanes = process.findall(f"{{{BPMN}}}laneSet/{{{BPMN}}}lane")
        self.columns = self._find_columns()
        self.lane_of = {
            (ref.text or "").strip(): place
            for place, lane in enumerate(self.lanes)
            for ref in lane.findall(f"{{{BPMN}}}flowNodeRef")
        }
        self.boxes: dict[str, Box] = {}
        self.bands: list[tuple[float, float]] = []
        self._place()

    def _find_columns(self) -> dict[str, int]:
        """The longest way from the start to each node; flows that lead back do not count."""
        follow = defaultdict(list)
        for flow in self.flows:
            follow[flow.get("sourceRef")].append(flow.get("targetRef"))
        for name, node in self.nodes.items():
            if host := node.get("attachedToRef"):
                follow[host] += follow.pop(name, [])
        columns: dict[str, int] = {}
        starts = [n for n, e in self.nodes.items() if etree.QName(e).localname == "startEvent"]
        for name in self._order(starts, follow):
            columns.setdefault(name, 0)
            for target in follow[name]:
                if (name, target) not in self._back:
                    columns[target] = max(columns.get(target, 0), columns[name] + 1)
        return columns

    def _order(self, starts: list[str], follow: dict[str, list[str]]) -> list[str]:
        """Topological order by depth first; remembers the flows that close a loop."""
        order: list[str] = []
        state: dict[str, int] = {}
        self._back: set[tuple[str, str]] = set()

        def visit(name: str) -> None:
            state[name] = 1
            for target in follow[name]:
                if state.get(target) == 1:
                    self._back.add((name, target))
                elif target not in state:
                    visit(target)
            state[name] = 2
            order.append(name)

        for start in starts:
            visit(start)
        return order[::-1]

    def _place(self) -> None:
        cells: dict[tuple[int, int], list[str]] = defaultdict(list)
        for name, node in self.nodes.items():
            if not node.get("attachedToRef"):
                cells[(self.lane_of.get(name, 0), self.columns.get(name, 0))].append(name)
        top = float(MARGIN)
        for lane in range(max(1, len(self.lanes))):
            depth = max((len(names) for (row, _), names in cells.items() if row == lane), default=1)
            height = depth * ROW
            self.bands.append((top, height))
            for (row, column), names in cells.items():
                if row == lane:
                    self._place_cell(names, column, top, height)
            top += height
        self._place_boundary()

    def _place_cell(self, names: list[str], column: int, top: float, height: float) -> None:
        for place, name in enumerate(names):
            width, tall = size_of(etree.QName(self.nodes[name]).localname)
            middle_x = MARGIN + HEAD + column * COLUMN + COLUMN / 2
            middle_y = top + height / len(names) * (place + 0.5)
            self.boxes[name] = (middle_x - width / 2, middle_y - tall / 2, width, tall)

    def _place_boundary(self) -> None:
        for name, node in self.nodes.items():
            host = self.boxes.get(node.get("attachedToRef") or "")
            if host is not None:
                x, y, width, height = host
                self.boxes[name] = (x + width - 28, y + height - 18, 36, 36)

    @property
    def width(self) -> float:
        """From the pool's edge to the last column's end."""
        return HEAD + (max(self.columns.values(), default=0) + 1) * COLUMN

    def list_points(self, flow: etree._Element) -> list[tuple[float, float]]:
        """The bends of a flow: out to the right, down or up half way, in from the left."""
        source, target = self.boxes[flow.get("sourceRef")], self.boxes[flow.get("targetRef")]
        start = (source[0] + source[2], source[1] + source[3] / 2)
        end = (target[0], target[1] + target[3] / 2)
        if self.nodes[flow.get("sourceRef")].get("attachedToRef"):
            below = (source[0] + 18, source[1] + 36)
            return [
                below,
                (below[0], below[1] + 14),
                (end[0] - 14, below[1] + 14),
                (end[0] - 14, end[1]),
                end,
            ]
        if end[0] <= start[0]:
            low = max(source[1] + source[3], target[1] + target[3]) + 16
            out, back = source[0] + source[2] / 2, target[0] + target[2] / 2
            return [
                (out, source[1] + source[3]),
                (out, low),
                (back, low),
                (back, target[1] + target[3]),
            ]
        if start[1] == end[1]:
            return [start, end]
        bend = end[0] - 20
        return [start, (bend, start[1]), (bend, end[1]), end]


def draw(path: Path) -> None:
    """Write the file anew with its drawing."""
    root = etree.parse(str(path), etree.XMLParser(remove_blank_text=True)).getroot()
    process = root.find(f"{{{BPMN}}}process")
    for old in (*root.findall(f"{{{DI}}}BPMNDiagram"), *root.findall(f"{{{BPMN}}}collaboration")):
        root.remove(old)
    picture = Picture(process)
    name = process.get("id")
    pool = etree.Element(f"{{{BPMN}}}collaboration", id=f"{name}_collaboration")
    etree.SubElement(
        pool, f"{{{BPMN}}}participant", id=f"{name}_pool", name=process.get("name"), processRef=name
    )
    process.addprevious(pool)
    diagram = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", id=f"{name}_diagram")
    plane = etree.SubElement(
        diagram, f"{{{DI}}}BPMNPlane", id=f"{name}_plane", bpmnElement=pool.get("id")
    )
    _draw_bands(plane, picture, f"{name}_pool")
    for node, box in picture.boxes.items():
        _draw_shape(plane, node, box)
    for flow in picture.flows:
        edge = etree.SubElement(
            plane, f"{{{DI}}}BPMNEdge", id=f"{flow.get('id')}_di", bpmnElement=flow.get("id")
        )
        for x, y in picture.list_points(flow):
            etree.SubElement(edge, f"{{{LINES}}}waypoint", x=f"{x:g}", y=f"{y:g}")
    etree.cleanup_namespaces(
        root,
        top_nsmap={"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": LINES},
        keep_ns_prefixes=["bpmn"],
    )
    text = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    path.write_bytes(text)


def _draw_bands(plane: etree._Element, picture: Picture, pool: str) -> None:
    height = sum(tall for _top, tall in picture.bands)
    _draw_shape(plane, pool, (MARGIN, MARGIN, picture.width, height), horizontal=True)
    for lane, (top, tall) in zip(picture.lanes, picture.bands, strict=False):
        box = (MARGIN + 30, top, picture.width - 30, tall)
        _draw_shape(plane, lane.get("id"), box, horizontal=True)


def _draw_shape(plane: etree._Element, name: str, box: Box, *, horizontal: bool = False) -> None:
    shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{name}_di", bpmnElement=name)
    if horizontal:
        shape.set("isHorizontal", "true")
    x, y, width, height = box
    etree.SubElement(
        shape, f"{{{DC}}}Bounds", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}"
    )


def main() -> None:
    """Draw every file named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    for path in parser.parse_args().files:
        draw(path)


if __name__ == "__main__":
    main()
