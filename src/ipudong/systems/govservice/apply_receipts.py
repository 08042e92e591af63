"""Receipts as PDF: of an application handed in, and of papers handed over at a counter."""

import json
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import segno
import typst
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ipudong.city.languages import reads_chinese
from ipudong.systems.govservice.apply_cases import Applying
from ipudong.systems.govservice.apply_parties import name_of_applicant
from ipudong.systems.govservice.apply_timeline import say_department
from ipudong.systems.govservice.models import HandoverReceipt

FONT_PACKAGE: Final = "manimgx_fonts_cjk"
_TEMPLATE: Final = files("ipudong.systems.govservice") / "receipt.typ"


def draw_qr(text: str) -> SafeString:
    """A QR code as SVG for a page; holds nothing but paths made from `text`."""
    return mark_safe(_draw(text))  # noqa: S308 - drawn here, no text of anybody in it


def _draw(text: str) -> str:
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, light="#fff", omitsize=True
    )
    return out.getvalue().decode()


def render_receipt(applying: Applying, *, address: str) -> bytes:
    """The receipt of an application in the language of the page."""
    case = applying.case
    submitted_at = case.submitted_at or case.opened_at
    rows = [
        (_("Case number"), case.number),
        (_("Service item"), str(applying.item.name)),
        (_("Situation"), str(applying.situation.name)),
        (_("Applicant"), name_of_applicant(case.applicant)),
        (_("Department"), say_department(case.department)),
        (_("Handed in at"), _said(submitted_at)),
        (_("Time promised"), _("{n} working days from acceptance").format(n=case.kind.limit_days)),
        (
            _("Legal limit"),
            _("{n} working days from acceptance").format(n=case.kind.legal_limit_days),
        ),
        (_("Legal basis"), case.kind.legal_basis),
    ]
    return _compile(
        title=_("Receipt of an application"),
        rows=rows,
        papers=[],
        note=_("The code opens the state of the case without sign-in. It shows nothing else."),
        qr=_draw(address),
        at=submitted_at,
    )


def render_handover(row: HandoverReceipt, *, address: str) -> bytes:
    """The receipt of papers handed over, for both sides."""
    received = row.direction == HandoverReceipt.Direction.RECEIVED
    return _compile(
        title=_("Receipt of papers") if received else _("Receipt of papers given back"),
        rows=[
            (_("Receipt number"), row.number),
            (_("Case number"), row.case_number),
            (_("At"), _said(row.at)),
            (_("Handled by"), row.by),
            (_("Remarks"), row.remarks),
        ],
        papers=[[paper["name"], str(paper["copies"]), paper["kind"]] for paper in row.papers],
        note=_("One receipt stays with the applicant, one with the counter."),
        qr=_draw(address),
        at=row.at,
    )


def _said(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _compile(
    *,
    title: str,
    rows: list[tuple[str, str]],
    papers: list[list[str]],
    note: str,
    qr: str,
    at: datetime,
) -> bytes:
    content: dict[str, Any] = {
        "district": _("Smart Pudong"),
        "title": title,
        "rows": [[name, str(value)] for name, value in rows if value],
        "heads": [_("Name of the paper"), _("Copies"), _("Kind of paper")],
        "papers": papers,
        "note": note,
        "qr": qr,
        "language": "zh" if reads_chinese() else "en",
    }
    return typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"receipt": json.dumps(content, ensure_ascii=False)},
        font_paths=_fonts(),
        timestamp=int(at.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files(FONT_PACKAGE))])
