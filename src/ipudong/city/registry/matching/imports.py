"""`ipudong import persons FILE.csv`: persons from a table, what may be a duplicate to review."""

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import CITIZEN, DOUBTFUL, IMPORTED, RESIDENT
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.matching.runs import match_persons
from ipudong.city.registry.queries.people import find_person_by_number
from ipudong.city.registry.services.changes import Origin
from ipudong.city.registry.services.people import register_person

FIELDS: Final = (
    *("kind", "document_kind", "document_number", "name", "sex", "born_on", "nationality"),
    *("ethnicity", "phone", "registered_division", "address", "permit_until"),
)
NEEDED: Final = ("name",)
MOST_ROWS: Final = 1_000_000
_DATES: Final = ("born_on", "permit_until")
REASONS: Final = {
    "name_needed": gettext_noop("the name is missing"),
    "unknown_kind": gettext_noop("the kind of person is not one of resident, staying, visiting"),
    "number_not_valid": gettext_noop("the document number is not valid"),
    "number_contradicts": gettext_noop("birth date or sex contradict the document number"),
    "value_not_valid": gettext_noop("a value is not valid"),
    "bad_date": gettext_noop("a date is not written as YYYY-MM-DD"),
    "too_many_columns": gettext_noop("the line has more values than the head has columns"),
    "control_character": gettext_noop("the line holds a control character"),
    "repeated": gettext_noop("the same document number stands in an earlier line"),
    "not_text": gettext_noop("the file is not UTF-8 or GB 18030 text"),
    "no_head": gettext_noop("the first line names no column “name”"),
}


@dataclass
class PersonsReport:
    """What an import did: new persons, persons known already, pairs for review, rejects."""

    fresh: int = 0
    known: int = 0
    review: int = 0
    rejects: list[tuple[int, str]] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 - a refused line is no failure
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _no_progress(done: int, total: int) -> None:
    return None


def import_persons(
    path: Path,
    *,
    by: Actor,
    at: dt.datetime,
    progress: Callable[[int, int], None] = _no_progress,
) -> PersonsReport:
    """Register the persons of a CSV file with a head of `FIELDS` (`name` is needed).

    A person whose number and name are known is left as they are. Who bears another name than the
    holder of the same number is registered without it, as doubtful, and goes to review with the
    holder, as does everybody who may be somebody already registered.
    """
    report, new, claimed, seen = PersonsReport(), list[int](), dict[int, str](), set[str]()
    try:
        rows = list(_read(path))
    except _Refused as refused:
        return PersonsReport(rejects=[(1, _(REASONS[refused.code]))])
    for done, (line, row) in enumerate(rows, start=1):
        try:
            person_id, number = _take(row, seen, path.name, by, at)
        except (_Refused, RegistryError) as refused:
            report.rejects.append((line, _(REASONS.get(refused.code, refused.code))))
            continue
        if person_id is None:
            report.known += 1
        else:
            new.append(person_id)
            claimed |= {person_id: number} if number else {}
        progress(done, len(rows))
    report.fresh = len(new)
    if new:
        run = match_persons(source=path.name, by=by.name, at=at, fresh=new, numbers=claimed)
        report.review = run.found
    return report


def _read(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _Refused("not_text")
    table = csv.DictReader(text.splitlines())
    if not set(NEEDED) <= set(table.fieldnames or ()):
        raise _Refused("no_head")
    for row in table:
        if len(text) and table.line_num <= MOST_ROWS:
            yield table.line_num, row


def _take(
    row: Mapping[str, Any], seen: set[str], source: str, by: Actor, at: dt.datetime
) -> tuple[int | None, str]:
    """The new person and the number they may not hold; None for a person known already."""
    values = _clean(row)
    number = str(values.get("document_number", "")).upper()
    if number and number in seen:
        raise _Refused("repeated")
    quality, contested = IMPORTED, ""
    holder = find_person_by_number(number) if number else None
    if holder is not None:
        if holder.name == values["name"]:
            return None, ""
        quality, contested = DOUBTFUL, number
        values = {k: v for k, v in values.items() if not k.startswith("document_")}
    origin = Origin(
        source=f"import {source}"[:40],
        quality=quality,
        effective_on=at.date(),
        by=by.name,
        at=at,
    )
    person = register_person(by=by, values=values, origin=origin, today=at.date())
    seen.add(number)
    return person.pk, contested


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    if None in row:
        raise _Refused("too_many_columns")
    values: dict[str, Any] = {
        name: text for name in FIELDS if (text := (row.get(name) or "").strip())
    }
    if any(not character.isprintable() for text in values.values() for character in text):
        raise _Refused("control_character")
    if "name" not in values:
        raise _Refused("name_needed")
    for name in _DATES:
        if name in values:
            values[name] = _date(values[name])
    values.setdefault("kind", RESIDENT)
    if "document_number" in values:
        values.setdefault("document_kind", CITIZEN)
    return values


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise _Refused("bad_date") from error


def count_reasons(report: PersonsReport) -> Counter[str]:
    """Rejected lines by reason."""
    return Counter(reason for _line, reason in report.rejects)
