"""What every reader shares: the rejected row, numbered lines, strict numbers and times."""

import csv
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar

from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME

MAXIMUM_LINE_BYTES = 65_536
EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, with the reason as a code.

    Codes: line_too_long, bad_encoding, wrong_columns, bad_header, bad_time, no_time, bad_number,
    out_of_range, unknown_pollutant, unknown_class, bad_cell, no_station, duplicate, conflict,
    malformed, doctype, too_large.
    """

    line: int
    reason: str
    text: str = ""
    field: str = ""
    first_line: int | None = None
    """For duplicate (same content) and conflict (other content): where the row was first."""
    record: object | None = None
    """For duplicate and conflict: the row as it was read."""


class RowError(Exception):
    """Why a row cannot be taken; readers turn it into a `Reject`."""

    def __init__(self, reason: str, text: str = "", name: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.name = name

    def at(self, line: int) -> Reject:
        return Reject(line, self.reason, self.text[:EXCERPT_CHARACTERS], self.name)


def split_csv(line: int, text: str) -> list[str] | Reject:
    """The cells of one CSV line; one with a bare carriage return or a NUL is rejected."""
    try:
        return next(csv.reader([text]))
    except csv.Error:
        return Reject(line, "malformed", text[:EXCERPT_CHARACTERS])


@dataclass(slots=True)
class Seen:
    """Remembers the key and content of each accepted row to name repetitions."""

    _first: dict[Hashable, tuple[int, int]] = field(default_factory=dict)

    def check(self, line: int, key: Hashable, content: Hashable, record: object) -> Reject | None:
        known = self._first.setdefault(key, (line, hash(content)))
        if known[0] == line:
            return None
        reason = "duplicate" if known[1] == hash(content) else "conflict"
        return Reject(line, reason, str(key)[:EXCERPT_CHARACTERS], "", known[0], record)


def numbered_lines(source: BinaryIO) -> Iterator[tuple[int, str] | Reject]:
    """Lines of a UTF-8 file with their numbers; a line too long or badly encoded is a reject."""
    number = 0
    while raw := source.readline(MAXIMUM_LINE_BYTES):
        number += 1
        if len(raw) == MAXIMUM_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := source.readline(MAXIMUM_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield Reject(number, "line_too_long", raw[:80].decode("utf-8", "replace"))
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield Reject(number, "bad_encoding", raw[:80].decode("utf-8", "replace"))
            continue
        if text.strip():
            yield number, text.rstrip("\r\n")


Cells = list[str]
Record = TypeVar("Record")


def split_tabs(_line: int, text: str) -> Cells:
    """The cells of one tab-separated line."""
    return [cell.strip() for cell in text.split("\t")]


def read_table(
    source: BinaryIO,
    split: Callable[[int, str], Cells | Reject],
    read: Callable[[int, Cells], Record | Reject],
    header: Sequence[str] = (),
) -> Iterator[Record | Reject]:
    """What `read(line, cells)` makes of each row of a text table; its RowError is a reject.

    With a header, the first row must begin with it, or nothing is read.
    """
    for row in numbered_lines(source):
        if isinstance(row, Reject):
            yield row
            continue
        line, text = row
        cells = split(line, text)
        if isinstance(cells, Reject):
            yield cells
        elif header and cells[: len(header)] == list(header):
            continue
        elif header and line == 1:
            yield Reject(line, "bad_header", text[:EXCERPT_CHARACTERS])
            return
        else:
            yield _read_row(line, cells, read)


def _read_row(
    line: int, cells: Cells, read: Callable[[int, Cells], Record | Reject]
) -> Record | Reject:
    try:
        return read(line, cells)
    except RowError as error:
        return error.at(line)


def number(text: str, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite decimal within its range; RowError bad_number or out_of_range otherwise."""
    try:
        value = float(text)
    except ValueError:
        raise RowError("bad_number", text, name) from None
    if not math.isfinite(value):
        raise RowError("bad_number", text, name)
    if not low <= value <= high:
        raise RowError("out_of_range", text, name)
    return value


def china_time(text: str, layout: str) -> datetime:
    """An aware China Standard Time instant; RowError bad_time otherwise."""
    try:
        return datetime.strptime(text, layout).replace(tzinfo=CHINA_STANDARD_TIME)
    except ValueError:
        raise RowError("bad_time", text, "time") from None
