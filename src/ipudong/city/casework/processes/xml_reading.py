"""Reading a BPMN file as XML without letting it read anything else or grow without bound."""

from typing import Any, Final

from lxml import etree

from ipudong.city.casework.processes.errors import Problem, ProcessError

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 64
BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def read_xml(content: bytes) -> Any:
    """The root element. No entity, no document type, no network; ProcessError otherwise."""
    if len(content) > MAX_BYTES:
        raise ProcessError([Problem("too_large", detail=f"{len(content)} > {MAX_BYTES}")])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ProcessError([Problem("not_xml", _line_of(error), detail=str(error)[:200])]) from None
    if root.getroottree().docinfo.doctype:
        raise ProcessError([Problem("has_doctype", 1)])
    _check_depth(root)
    if root.tag != f"{{{BPMN}}}definitions":
        raise ProcessError([Problem("not_bpmn", root.sourceline or 0, str(root.tag)[:100])])
    return root


def _line_of(error: Exception) -> int:
    line = getattr(error, "lineno", None)
    return line if isinstance(line, int) else 0


def _check_depth(root: Any) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ProcessError([Problem("too_deep", level[0].sourceline or 0)])
        level = [child for element in level for child in element]
