"""Tables as CSV files that spreadsheet programs open in the right characters."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse

BYTE_ORDER_MARK = "\ufeff"
# A text that begins so would be run as a formula by a spreadsheet program (CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """The table as a download (RFC 4180, UTF-8 with a byte order mark)."""
    stream = StringIO(BYTE_ORDER_MARK)
    stream.seek(0, 2)
    writer = csv.writer(stream)
    writer.writerow(head)
    writer.writerows([_disarm(cell) for cell in row] for row in rows)
    response = HttpResponse(stream.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _disarm(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return "" if cell is None else cell
