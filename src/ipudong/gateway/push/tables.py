"""CSV with a header: a row for each reading, or a column for each field."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.intake import Content, Sample
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.times import read_time_us
from ipudong.protocols.lineprotocol.points import BadLine

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 500
MAX_BAD: Final = 100
_DEVICES: Final = ("device", "device_id", "host", "id")
_TIMES: Final = ("time", "timestamp", "ts", "datetime", "date")
_FIELDS: Final = ("field", "channel", "metric")
_VALUES: Final = ("value", "result")


@dataclass(slots=True)
class Table:
    """Readings by device identity ("" where no column names one), and the lines refused."""

    contents: dict[str, Content] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0

    def refuse(self, line: int, code: str, detail: str, text: str) -> None:
        """Note a line that says nothing."""
        self.bad_count += 1
        if len(self.bad) < MAX_BAD:
            self.bad.append(BadLine(line, code, detail, text[:100]))


@dataclass(frozen=True, slots=True)
class _Header:
    names: tuple[str, ...]
    device: int | None
    time: int | None
    name: int | None  # of the field, in the long form
    value: int | None

    @property
    def is_long(self) -> bool:
        return self.name is not None and self.value is not None


def parse_table(text: str) -> Table:
    """The readings of a CSV text. Raises RequestRefused when its header is none."""
    first, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=first.count)
    rows = _read_rows(text, delimiter)
    header = _read_header(next(rows, (1, []))[1])
    table = Table()
    for number, (line, row) in enumerate(rows):
        if number >= MAX_ROWS:
            raise bad_request("too_many_rows", f"At most {MAX_ROWS} rows are taken at once.")
        if any(cell.strip() for cell in row):
            _read_row(line, row, header, table)
    return table


def _read_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise bad_request("bad_csv", f"Line {reader.line_num}: {error}.") from error


def _read_header(row: list[str]) -> _Header:
    names = tuple(name.strip() for name in row)
    if not any(names) or len(names) > MAX_COLUMNS or len(set(names)) < len(names):
        raise bad_request("bad_header", f"The first row names 1 to {MAX_COLUMNS} columns, once.")
    lower = [name.lower() for name in names]

    def find(known: tuple[str, ...]) -> int | None:
        return next((lower.index(name) for name in known if name in lower), None)

    return _Header(names, find(_DEVICES), find(_TIMES), find(_FIELDS), find(_VALUES))


def _read_row(line: int, row: list[str], header: _Header, table: Table) -> None:
    if len(row) != len(header.names):
        detail = f"{len(row)} cells where the header has {len(header.names)}"
        table.refuse(line, "bad_row", detail, ",".join(row))
        return
    identity = row[header.device].strip() if header.device is not None else ""
    time_us = None
    if header.time is not None and row[header.time].strip():
        try:
            time_us = read_time_us(row[header.time])
        except PayloadError as error:
            table.refuse(line, error.code, "no time that can be read", row[header.time])
            return
    values = _read_values(row, header)
    table.contents.setdefault(identity, Content([], [])).samples.append(Sample(values, time_us))


def _read_values(row: list[str], header: _Header) -> dict[str, float | str | None]:
    if header.name is not None and header.value is not None:
        return {row[header.name].strip(): read_cell(row[header.value])}
    own = (header.device, header.time)
    return {
        name: read_cell(row[at]) for at, name in enumerate(header.names) if at not in own and name
    }


def read_cell(text: str) -> float | str | None:
    """A number, None for an empty cell, the text itself where it is no number."""
    text = text.strip()
    if not text:
        return None
    try:
        return float(text) if "_" not in text else text
    except ValueError:
        return text
