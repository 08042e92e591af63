"""What a paper says, as plain data: made once, stored, digested, printed."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ipudong.city.casework.documents.options import DISTRICT_NAME_EN, DISTRICT_NAME_ZH
from ipudong.city.casework.documents.papers.templates import PaperTemplate

MAX_TEXT: Final = 4000
MAX_ROWS: Final = 200
# Typst sets these as nothing or as boxes; nobody typed them on purpose.
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
REMEDY: Final = {
    "zh": (
        "如不服本决定，可自收到之日起六十日内依法申请行政复议，"
        "或者在六个月内依法向人民法院提起行政诉讼。"
    ),
    "en": (
        "You may ask for administrative reconsideration within sixty days of receiving this, or "
        "bring an action before the people's court within six months."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What the case and its issue give: numbers, names, the day."""

    number: str
    case_number: str
    matter_zh: str
    matter_en: str
    department_zh: str
    department_en: str
    issued_on: date


def compose(
    template: PaperTemplate, heading: Heading, context: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of a paper from its template, heading and context.

    The context may hold: `holder_name`, `title_zh`/`title_en`, `fields` (rows of Chinese label,
    English label, value), `items` (texts, numbered), `paragraphs`, `reasons`, `legal_basis`,
    `valid_from` and `valid_until` (days), `licence_number`. All of it is text, never markup.
    """
    holder = _text(context.get("holder_name", ""))
    values = {"holder": holder, "case": heading.case_number}
    return {
        "template": template.code,
        "number": heading.number,
        "case": heading.case_number,
        "district": {"zh": DISTRICT_NAME_ZH.get(), "en": DISTRICT_NAME_EN.get()},
        "department": {"zh": heading.department_zh, "en": heading.department_en},
        "title": {
            "zh": _text(context.get("title_zh") or template.title_zh),
            "en": _text(context.get("title_en") or template.title_en),
        },
        "holder": holder,
        "opening": {
            "zh": _fill(template.opening_zh, {**values, "matter": heading.matter_zh}),
            "en": _fill(template.opening_en, {**values, "matter": heading.matter_en}),
        },
        "fields": [_field(row) for row in _rows(context, "fields")],
        "items": [_text(row) for row in _rows(context, "items")],
        "paragraphs": [_text(row) for row in _rows(context, "paragraphs")],
        "reasons": _text(context.get("reasons", "")),
        "legal_basis": _text(context.get("legal_basis", "")),
        "remedy": dict(REMEDY) if template.remedy else {},
        "licence_number": _text(context.get("licence_number", "")),
        "valid_from": _day(context.get("valid_from")),
        "valid_until": _day(context.get("valid_until")),
        "issued_on": heading.issued_on.isoformat(),
    }


def digest_content(content: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the content in canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    """Only known names in braces are filled, once; what comes in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match.group(1), match.group(0)), sentence)


def _rows(context: Mapping[str, Any], name: str) -> Sequence[Any]:
    rows = context.get(name) or ()
    return rows[:MAX_ROWS] if isinstance(rows, list | tuple) else (rows,)


def _field(row: Any) -> dict[str, str]:
    if isinstance(row, Mapping):
        parts = (row.get("zh", ""), row.get("en", ""), row.get("value", ""))
    else:
        parts = (*row, "", "", "")[:3]
    return dict(zip(("zh", "en", "value"), map(_text, parts), strict=True))


def _text(value: Any) -> str:
    return _CONTROL.sub("", "" if value is None else str(value))[:MAX_TEXT]


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, date) else _text(value)[:10]
