"""A form with one of everything, and answers that fill it."""

import json
from pathlib import Path
from typing import Any

from ipudong.city.casework.forms import Form

FILE = Path(__file__).with_name("stall_permit.json")
RAW = FILE.read_bytes()
FORM = Form.parse(RAW)
# The number is the specimen of GB 11643 itself, the code that of GB 32100.
ANSWERS: dict[str, Any] = {
    "name": "王秀英",
    "number": "11010519491231002X",
    "phone": "13800138000",
    "home": "浦东新区世纪大道2001号",
    "holder": "person",
    "goods": ["clothes"],
    "area_m2": 4.5,
    "rent": "1200.50",
    "starts_on": "2026-12-01",
    "ends_on": "2027-11-30",
    "helpers": [{"name": "王小明", "age": 20}],
    "photo": ["a-photo"],
    "truthful": True,
    "signed": "王秀英",
}
CREDIT_CODE = "91350100M000100Y43"


def declaration() -> dict[str, Any]:
    """The file's content, to be spoiled."""
    found: dict[str, Any] = json.loads(RAW)
    return found


def parse(raw: dict[str, Any]) -> Form:
    """A form from a declaration in memory."""
    return Form.parse(json.dumps(raw).encode())
