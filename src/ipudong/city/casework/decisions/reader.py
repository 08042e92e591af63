"""Reads DMN 1.1 to 1.5 XML into a decision model.

Elements are known by their local names: the namespaces of the five versions differ only in the
year. Bounded: 1 MB, 5,000 elements; no entities, no network, no file.
"""

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from ipudong.city.casework.decisions.boxes import Reading, list_children
from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.inputs import ItemType
from ipudong.city.casework.decisions.item_types import read_item_types
from ipudong.city.casework.decisions.models import (
    Decision,
    DecisionModel,
    Element,
    InputData,
    Knowledge,
)

MAX_BYTES: Final = 1_000_000
MAX_ELEMENTS: Final = 5_000


def load_decisions(xml: bytes) -> DecisionModel:
    """A model; `DecisionError` with the line for what is not well-formed, unknown or circular."""
    root = _parse(xml)
    types = read_item_types(root)
    reading = Reading(types, _list_names(root, types))
    elements = dict(_read_elements(root, reading))
    _check_requirements(elements)
    decisions = {each.name: key for key, each in elements.items() if isinstance(each, Decision)}
    return DecisionModel(root.get("name", ""), elements, decisions)


def _parse(xml: bytes) -> etree._Element:
    if len(xml) > MAX_BYTES:
        raise DecisionError("file_too_large", most=MAX_BYTES)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise DecisionError("not_xml", error.lineno or 0) from None
    if root.getroottree().docinfo.doctype:
        raise DecisionError("has_doctype", 1)
    if etree.QName(root).localname != "definitions":
        raise DecisionError("not_dmn", root.sourceline or 0, element=etree.QName(root).localname)
    if sum(1 for _ in root.iter(etree.Element)) > MAX_ELEMENTS:
        raise DecisionError("too_many_elements", most=MAX_ELEMENTS)
    return root


def _list_names(root: etree._Element, types: dict[str, ItemType]) -> Iterator[str]:
    """Every name the model's expressions may speak of."""
    for kind in types.values():
        yield from kind.list_names()
    for element in root.iter("{*}*"):
        if element.get("name"):
            yield " ".join(element.get("name", "").split())


def _read_elements(root: etree._Element, reading: Reading) -> Iterator[tuple[str, Element]]:
    seen: set[str] = set()
    read: dict[str, Callable[[etree._Element, Reading], Element]] = {
        "inputData": _read_input,
        "decision": _read_decision,
        "businessKnowledgeModel": _read_knowledge,
    }
    for child in root.iterchildren("{*}*"):
        kind = etree.QName(child).localname
        if kind not in read:
            continue
        element = read[kind](child, reading)
        key = child.get("id") or element.name
        if element.name in seen:
            raise DecisionError("duplicate_name", child.sourceline or 0, name=element.name)
        seen.add(element.name)
        yield key, element


def _read_name(node: etree._Element) -> str:
    name = " ".join(node.get("name", "").split())
    if not name:
        raise DecisionError("no_name", node.sourceline or 0, element=etree.QName(node).localname)
    return name


def _read_type(node: etree._Element, reading: Reading) -> ItemType:
    for variable in list_children(node, "variable"):
        return reading.find_type(variable.get("typeRef", ""), variable.sourceline or 0)
    return ItemType("Any")


def _read_input(node: etree._Element, reading: Reading) -> InputData:
    return InputData(_read_name(node), _read_type(node, reading))


def _read_decision(node: etree._Element, reading: Reading) -> Decision:
    name, line = _read_name(node), node.sourceline or 0
    logic = reading.read_logic(node, name)
    if logic is None:
        raise DecisionError("no_logic", line, name=name)
    return Decision(name, _read_type(node, reading), logic, _read_requirements(node), line)


def _read_knowledge(node: etree._Element, reading: Reading) -> Knowledge:
    name, line = _read_name(node), node.sourceline or 0
    for body in list_children(node, "encapsulatedLogic"):
        if body.get("kind", "FEEL") != "FEEL":
            raise DecisionError("unknown_language", line, name=name, kind=body.get("kind"))
        parameters = tuple(
            (_read_name(each), reading.find_type(each.get("typeRef", ""), each.sourceline or 0))
            for each in list_children(body, "formalParameter")
        )
        if (logic := reading.read_logic(body, name)) is not None:
            return Knowledge(name, parameters, logic, _read_requirements(node))
    raise DecisionError("no_logic", line, name=name)


def _read_requirements(node: etree._Element) -> tuple[str, ...]:
    found: list[str] = []
    for requirement in list_children(node, "informationRequirement", "knowledgeRequirement"):
        kinds = ("requiredInput", "requiredDecision", "requiredKnowledge")
        for target in list_children(requirement, *kinds):
            href = target.get("href", "")
            if not href.startswith("#"):
                raise DecisionError("imported_element", target.sourceline or 0, href=href[:80])
            found.append(href[1:])
    return tuple(found)


def _check_requirements(elements: dict[str, Element]) -> None:
    for key, element in elements.items():
        for needed in _required(element):
            if needed not in elements:
                line = element.line if isinstance(element, Decision) else 0
                raise DecisionError("missing_requirement", line, name=element.name, href=needed)
        _check_loop(key, elements)


def _required(element: Element) -> tuple[str, ...]:
    return () if isinstance(element, InputData) else element.requires


def _check_loop(start: str, elements: dict[str, Element]) -> None:
    seen, left = set[str](), list(_required(elements[start]))
    while left:
        key = left.pop()
        if key == start:
            raise DecisionError("circular", name=elements[start].name)
        if key in elements and key not in seen:
            seen.add(key)
            left.extend(_required(elements[key]))
