"""What the page needs of a process's file besides drawing it: the names of its steps."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from ipudong.city.casework.queries.cases import Picture

STEPS: Final = frozenset(
    {
        *("userTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask", "task"),
        *("manualTask", "scriptTask", "callActivity", "subProcess", "intermediateCatchEvent"),
        *("startEvent", "endEvent"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the process in words, for those who do not see the picture."""

    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """`has_shapes`: the file says where things stand, so it can be drawn."""

    has_shapes: bool
    passed: tuple[str, ...]
    current: tuple[str, ...]


def draw_picture(picture: Picture) -> Drawn:
    """Names of the steps passed and stood at; the file was checked when it was declared."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(picture.bpmn.encode(), parser)
    except etree.XMLSyntaxError:
        return Drawn(has_shapes=False, passed=(), current=picture.current)
    names = {
        node.get("id", ""): node.get("name") or ""
        for node in root.iter("{*}*")
        if etree.QName(node).localname in STEPS
    }
    return Drawn(
        has_shapes=next(root.iter("{*}BPMNShape"), None) is not None,
        passed=_call(picture.passed, names, picture.current),
        current=_call(picture.current, names, ()),
    )


def _call(ids: tuple[str, ...], names: dict[str, str], without: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(names[each] for each in ids if names.get(each) and each not in without)
