"""Setting a paper as PDF by Typst, from plain data; no network, no system font."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import segno
import typst

FONT_PACKAGE: Final = "manimgx_fonts_cjk"
_FOLDER: Final = files("ipudong.city.casework.documents.papers")


def set_paper(
    content: Mapping[str, Any], *, layout: str, link: str, code: str, made_at: datetime
) -> bytes:
    """The PDF of a paper; the same data give the same bytes. `link` goes into the QR."""
    data = {**content, "qr": draw_qr(link), "code": code}
    files_of_layout = {"main": (_FOLDER / layout).read_bytes(), "seal.typ": _read("seal.typ")}
    return typst.compile(  # type: ignore[call-overload]  # its stubs know no file tables
        files_of_layout,
        format="pdf",
        sys_inputs={"paper": json.dumps(data, ensure_ascii=False)},
        font_paths=_fonts(),
        timestamp=int(made_at.timestamp()),
    )


def draw_qr(text: str) -> str:
    """A QR code as SVG."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """The packaged font alone, read once: a paper looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files(FONT_PACKAGE))])
