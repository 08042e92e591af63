"""CNEMC automatic water stations: the CSV export and the JSON page with raw values in titles."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from ipudong.systems.environment.readers.rows import (
    Reject,
    RowError,
    Seen,
    china_time,
    number,
    read_table,
    split_csv,
)
from ipudong.systems.environment.water_tables import WaterClass

MAXIMUM_JSON_BYTES = 64 * 1024 * 1024
PARAMETERS = (
    "water_temperature",
    "ph",
    "do",
    "conductivity",
    "turbidity",
    "codmn",
    "nh3n",
    "tp",
    "tn",
    "chla",
    "algae",
)
_COLUMNS = 6 + len(PARAMETERS)
_HEADER_START = ["省份", "流域", "断面名称", "监测时间", "水质类别"]
_MARKS = {"*": "not_monitored", "--": "missing", "": "missing"}
_SPAN = re.compile(r"<span [^<>]*?title='(?P<title>[^'<>]*)'>(?P<text>[^<>]*)</span>")
_RAW = "原始值："
_FILTERED = "极值过滤"


@dataclass(frozen=True, slots=True)
class WaterReading:
    """One section and time. Units as published: mg/L, °C, µS/cm, NTU, cells/L."""

    line: int
    """Line of the CSV file, or number of the row in the JSON body (from 1)."""
    province: str
    basin: str
    section: str
    city: str
    river: str
    at: datetime
    published_class: WaterClass | None
    values: Mapping[str, float]
    """Raw values where the file has them, displayed values otherwise."""
    displayed: Mapping[str, float]
    marks: Mapping[str, str]
    """Why a parameter has no value: not_monitored (*), missing (--), extreme_filtered."""
    status: str


def read_cnemc_water_csv(source: BinaryIO, year: int) -> Iterator[WaterReading | Reject]:
    """Rows of the CSV export; it prints month and day only, so the year is the caller's."""
    seen = Seen()
    return read_table(
        source, split_csv, lambda line, cells: _accept(line, cells, year, seen), _HEADER_START
    )


def read_cnemc_water_json(source: BinaryIO, year: int) -> Iterator[WaterReading | Reject]:
    """Rows of the page's JSON (`thead`, `tbody`), raw values taken from `title='原始值：…'`."""
    text = source.read(MAXIMUM_JSON_BYTES + 1)
    if len(text) > MAXIMUM_JSON_BYTES:
        yield Reject(0, "too_large")
        return
    try:
        rows = json.loads(text)["tbody"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        yield Reject(getattr(error, "lineno", 0), "malformed", str(error)[:200])
        return
    if not isinstance(rows, list):
        yield Reject(0, "malformed", "tbody")
        return
    seen = Seen()
    for line, row in enumerate(rows, start=1):
        yield _accept(line, row, year, seen)


def _accept(line: int, cells: Any, year: int, seen: Seen) -> WaterReading | Reject:
    try:
        reading = _build(line, cells, year)
    except RowError as error:
        return error.at(line)
    key = (reading.province, reading.section, reading.at)
    return seen.check(line, key, tuple(map(str, cells)), reading) or reading


def _build(line: int, cells: Any, year: int) -> WaterReading:
    texts = _texts(cells)
    section, place = _split(texts[2], "section")
    if not section:
        raise RowError("no_station", ",".join(texts), "section")
    if texts[3] in _MARKS:
        raise RowError("no_time", f"{section} {texts[-1]}", "time")
    displayed: dict[str, float] = {}
    values: dict[str, float] = {}
    marks: dict[str, str] = {}
    for name, cell in zip(PARAMETERS, texts[5:-1], strict=True):
        _read_cell(name, cell, values, displayed, marks)
    about = dict(part.split(":", 1) for part in place.split("\n") if ":" in part)
    return WaterReading(
        line=line,
        province=texts[0],
        basin=texts[1],
        section=section,
        city=about.get("所在地市", ""),
        river=about.get("所属河流", ""),
        at=china_time(f"{year}-{texts[3]}", "%Y-%m-%d %H:%M"),
        published_class=_class(texts[4]),
        values=values,
        displayed=displayed,
        marks=marks,
        status=texts[-1],
    )


def _texts(cells: Any) -> Sequence[str]:
    if not isinstance(cells, list) or len(cells) != _COLUMNS:
        raise RowError("wrong_columns", str(cells))
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        raise RowError("bad_cell", str(cells))
    return ["" if cell is None else cell.strip() for cell in cells]


def _split(cell: str, name: str) -> tuple[str, str]:
    """Text and title of a cell that may be wrapped in a span."""
    if "<" not in cell:
        return cell, ""
    match = _SPAN.fullmatch(cell)
    if match is None:
        raise RowError("bad_cell", cell, name)
    return html.unescape(match["text"]).strip(), html.unescape(match["title"]).strip()


def _read_cell(
    name: str,
    cell: str,
    values: dict[str, float],
    displayed: dict[str, float],
    marks: dict[str, str],
) -> None:
    text, title = _split(cell, name)
    if text in _MARKS:
        marks[name] = "extreme_filtered" if title == _FILTERED else _MARKS[text]
        return
    displayed[name] = number(text, name)
    values[name] = number(title.removeprefix(_RAW), name) if title else displayed[name]


def _class(text: str) -> WaterClass | None:
    if text in _MARKS:
        return None
    try:
        return WaterClass.from_symbol(text)
    except ValueError:
        raise RowError("unknown_class", text, "class") from None
