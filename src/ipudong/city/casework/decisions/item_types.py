"""Reads a model's item definitions."""

from typing import Final

from lxml import etree

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.expressions import known_names
from ipudong.city.casework.decisions.inputs import PLAIN, ItemType, plain_name
from ipudong.city.casework.decisions.nodes import Tests
from ipudong.city.casework.decisions.parser import parse_tests

MAX_DEPTH: Final = 20


def read_item_types(root: etree._Element) -> dict[str, ItemType]:
    """The definitions by name, references between them resolved."""
    nodes = {
        " ".join(node.get("name", "").split()): node
        for node in root.iterchildren("{*}itemDefinition")
    }
    return {name: _read(node, nodes, 0) for name, node in nodes.items()}


def _read(node: etree._Element, nodes: dict[str, etree._Element], depth: int) -> ItemType:
    line = node.sourceline or 0
    if depth > MAX_DEPTH:
        raise DecisionError("circular", line, name=node.get("name", ""))
    allowed, text = _read_allowed(node)
    components = {
        " ".join(child.get("name", "").split()): _read(child, nodes, depth + 1)
        for child in node.iterchildren("{*}itemComponent")
    }
    base = _follow(node, nodes, depth)
    return ItemType(
        node.get("name", ""),
        base.base,
        components or base.components,
        allowed or base.allowed,
        text or base.allowed_text,
        node.get("isCollection") == "true" or base.is_collection,
    )


def _follow(node: etree._Element, nodes: dict[str, etree._Element], depth: int) -> ItemType:
    """What the definition's `typeRef` stands for; anything where it has none."""
    reference = plain_name(find_text(node, "typeRef"))
    if not reference:
        return ItemType("Any")
    if reference in nodes:
        return _read(nodes[reference], nodes, depth + 1)
    if reference not in PLAIN:
        raise DecisionError("unknown_type", node.sourceline or 0, type=reference)
    return ItemType(reference, reference)


def find_text(node: etree._Element, name: str) -> str:
    """The text of a child, stripped; empty where there is none."""
    child = next(node.iterchildren("{*}" + name), None)
    return "" if child is None else "".join(child.itertext()).strip()


def _read_allowed(node: etree._Element) -> tuple[Tests | None, str]:
    for child in node.iterchildren("{*}allowedValues"):
        text = find_text(child, "text")
        try:
            return parse_tests(text, known_names()), text
        except DecisionError as error:
            raise error.at_line(child.sourceline or 0) from None
    return None, ""
