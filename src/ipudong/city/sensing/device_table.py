"""The table in which devices are imported and exported: its columns, CSV and XLSX files.

A file may name its columns by code, in Chinese or in English; order and further columns are free.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from ipudong.city.sensing.errors import SensingError

MOST_ROWS: Final = 5000
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_UNPACKED: Final = 100 * 1024 * 1024
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its code, and how people call it."""

    code: str
    title: Promise
    is_needed: bool = False


COLUMNS: Final = (
    Column("name_zh", _("Chinese name"), True),
    Column("name_en", _("English name")),
    Column("profile", _("Device profile"), True),
    Column("identity", _("Device identity"), True),
    Column("lon", _("Longitude (WGS 84)")),
    Column("lat", _("Latitude (WGS 84)")),
    Column("place_code", _("Place code")),
    Column("organisation", _("Organisation")),
    Column("expected_interval_s", _("Expected interval (s)")),
)
CODES: Final = tuple(column.code for column in COLUMNS)


def titles() -> list[str]:
    """The columns' names in the language of the reader."""
    return [str(column.title) for column in COLUMNS]


def _names() -> dict[str, str]:
    names = {column.code: column.code for column in COLUMNS}
    for language in ("zh-hans", "en"):
        with override(language):
            names |= {str(column.title).casefold(): column.code for column in COLUMNS}
    return names


def read_table(name: str, content: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column code) of a CSV or XLSX file; cells are texts without outer space.

    Raises SensingError `file_too_large`, `unreadable_file`, `missing_columns`, `too_many_rows`.
    """
    data = content.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SensingError("file_too_large", most_bytes=MOST_BYTES)
    rows = _read_xlsx(data) if name.lower().endswith(".xlsx") else _read_csv(data)
    lines = ((line, cells) for line, cells in enumerate(rows, start=1) if any(cells))
    head = next(lines, None)
    if head is None:
        raise SensingError("missing_columns", columns=[c.code for c in COLUMNS if c.is_needed])
    codes = _match_head(head[1])
    for count, (line, cells) in enumerate(lines, start=1):
        if count > MOST_ROWS:
            raise SensingError("too_many_rows", most_rows=MOST_ROWS)
        pairs = zip(codes, cells, strict=False)
        yield line, {code: cell for code, cell in pairs if code}


def _match_head(cells: Sequence[str]) -> list[str]:
    names = _names()
    codes = [names.get(cell.casefold(), "") for cell in cells]
    missing = [column.code for column in COLUMNS if column.is_needed and column.code not in codes]
    if missing:
        raise SensingError("missing_columns", columns=missing)
    return codes


def _clean(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # spreadsheets keep 13800138000 as a float
    text = str(cell).strip()
    # Our own files disarm what a spreadsheet would run as a formula with an apostrophe.
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def _read_csv(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")  # what Excel in Chinese saves
        except UnicodeDecodeError as error:
            raise SensingError("unreadable_file") from error
    if "\0" in text:
        raise SensingError("unreadable_file")
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            yield [_clean(cell) for cell in row]
    except csv.Error as error:
        raise SensingError("unreadable_file") from error


def _read_xlsx(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise SensingError("file_too_large", most_bytes=MOST_UNPACKED)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = list(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 100, max_col=50))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise SensingError("unreadable_file") from error
    for row in rows:
        yield [_clean(cell) for cell in row]


def write_xlsx(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as a workbook; texts stay texts, whatever they begin with."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(head))
    for row in rows:
        sheet.append([_inert(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in "ABCDEFGHI":
        sheet.column_dimensions[column].width = 20
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
