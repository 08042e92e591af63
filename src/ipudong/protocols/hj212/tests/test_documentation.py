"""The reference page names every code the codec can give."""

import re
from pathlib import Path

CODEC = Path(__file__).parents[1]
PAGE = Path(__file__).parents[5] / "docs/reference/protocols/hj212.md"
# Codes end where they are written: in an assignment, a note(...) or a defects tuple.
CODE = re.compile(r'"((?:no|bad|not|too|wrong|long|unclosed|repeated|split|crc)_[a-z_]+)"')
NOTED = re.compile(r'(?:note\(|defects = \(|defects \+= \()"([a-z_]+)"')
# Reasons of EncodingError and ExchangeError, raised to the caller and described there.
RAISED = {"no_qn", "no_request", "too_many_open"}


def test_every_code_stands_on_the_reference_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    codes = set()
    for module in CODEC.glob("*.py"):
        source = module.read_text(encoding="utf-8")
        codes |= set(CODE.findall(source)) | set(NOTED.findall(source))
    assert len(codes) > 25
    assert sorted(code for code in codes - RAISED if f"`{code}`" not in page) == []


def test_every_module_stands_on_the_reference_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    internal = {"__init__", "events", "intake", "shapes", "station_settings"}
    modules = {module.stem for module in CODEC.glob("*.py")} - internal
    assert sorted(name for name in modules if f"`{name}`" not in page) == []
