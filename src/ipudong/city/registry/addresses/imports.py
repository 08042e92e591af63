"""`ipudong import addresses FILE.csv`: standard addresses from a table."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ipudong.city.registry.addresses.elements import Elements, read_address
from ipudong.city.registry.addresses.store import AddressRow, store_addresses
from ipudong.city.registry.models import Place

TEXTS: Final = ("division", "community", "road", "lane", "number", "building", "unit", "room")
MOST_CHARACTERS: Final = 50
REASONS: Final = {
    "unknown_division": gettext_noop("no subdistrict or town has the code “%(value)s”"),
    "no_road": gettext_noop("neither a road nor an address that names one"),
    "bad_point": gettext_noop("longitude or latitude is not a WGS 84 degree"),
    "too_long": gettext_noop("a value is longer than 50 characters"),
    "control_character": gettext_noop("the line holds a control character"),
    "no_head": gettext_noop("the first line names no column “division”"),
    "not_text": gettext_noop("the file is not UTF-8 text"),
}


@dataclass
class AddressesReport:
    """What an import did: new rows of all levels, accepted lines, rejected lines with reasons."""

    fresh: int = 0
    accepted: int = 0
    rejects: list[tuple[int, str]] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 - a refused line is no failure
    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.said = _word(code) % {"value": value[:20]} if value else _word(code)


def _word(code: str) -> str:
    return _(REASONS[code])


def import_addresses(
    path: Path, *, by: str, at: datetime, since_on: date | None = None
) -> AddressesReport:
    """Register addresses from columns `division`, then `road`, `lane`, `number`, `building`,
    `unit`, `room` or one column `address`; also `community`, `alias`, `lon`, `lat` (WGS 84).

    Rejected lines are reported with their reason; the others are registered together.
    """
    report = AddressesReport()
    towns = frozenset(Place.objects.exclude(kind="district").values_list("code", flat=True))
    rows: list[AddressRow] = []
    try:
        table = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError:
        return AddressesReport(rejects=[(1, _word("not_text"))])
    if "division" not in (table.fieldnames or ()):
        return AddressesReport(rejects=[(1, _word("no_head"))])
    for line, values in _lines(table):
        try:
            rows.append(_read_row(values, towns))
        except _Refused as refused:
            report.rejects.append((line, refused.said))
    report.accepted = len(rows)
    if rows:
        source = f"import {path.name}"[:40]
        report.fresh = store_addresses(rows, source=source, by=by, at=at, since_on=since_on)
    return report


def _lines(table: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for row in table:
        yield table.line_num, row


def _read_row(values: Mapping[str, Any], towns: frozenset[str]) -> AddressRow:
    texts = {name: str(values.get(name) or "").strip() for name in (*TEXTS, "alias", "address")}
    if any(not c.isprintable() for text in texts.values() for c in text):
        raise _Refused("control_character")
    if any(len(text) > MOST_CHARACTERS for name, text in texts.items() if name != "address"):
        raise _Refused("too_long")
    if texts["division"] not in towns:
        raise _Refused("unknown_division", texts["division"] or "-")
    whole = texts.pop("address")
    if whole:
        texts |= _fields_of(read_address(whole), texts)
    if not texts["road"]:
        raise _Refused("no_road")
    return AddressRow(**texts, lon=_degree(values, "lon", 180), lat=_degree(values, "lat", 90))


def _fields_of(elements: Elements, given: Mapping[str, str]) -> dict[str, str]:
    """What the whole address says where the columns say nothing."""
    names = ("road", "lane", "number", "building", "unit", "room")
    return {name: given[name] or getattr(elements, name) for name in names}


def _degree(values: Mapping[str, Any], name: str, most: float) -> float | None:
    text = str(values.get(name) or "").strip()
    if not text:
        return None
    try:
        degree = float(text)
    except ValueError as error:
        raise _Refused("bad_point") from error
    if not abs(degree) <= most:
        raise _Refused("bad_point")
    return degree
