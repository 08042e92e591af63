"""Tables as files that spreadsheet programs open: CSV in UTF-8 with its mark, and XLSX."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Final

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.styles import Font

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A text cell that begins so would be run as a formula (CWE-1236).
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table as a CSV download."""
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow([_disarm(cell) for cell in head])
    writer.writerows([_disarm(cell) for cell in row] for row in rows)
    return _download(name, "text/csv; charset=utf-8", ("\ufeff" + stream.getvalue()).encode())


def xlsx_file(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table as an XLSX download: one sheet, the first row stands still."""
    book = Workbook()
    sheet = book.active
    sheet.append([_disarm(str(cell)) for cell in head])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_disarm(cell) for cell in row])
    sheet.freeze_panes = "A2"
    stream = BytesIO()
    book.save(stream)
    return _download(name, XLSX_TYPE, stream.getvalue())


def _disarm(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _download(name: str, content_type: str, content: bytes) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": disposition}
    )
