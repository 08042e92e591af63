"""Reads item files: an `item.toml` a folder, and a CSV of items that are only registered."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ipudong.city.casework.catalogue.item_codes import parse_item_code
from ipudong.city.casework.catalogue.lines import LineIndex
from ipudong.city.casework.catalogue.problems import ItemFileError, Problem
from ipudong.city.casework.catalogue.records import Item, RegisteredItem, Situation, Words
from ipudong.city.casework.catalogue.themes import EVENTS, THEMES
from ipudong.city.registry.identifiers import IdentifierError

COLUMNS: Final = ("code", "kind", "department", "name_zh", "name_en")
_UNKNOWN_KEY: Final = re.compile(r"unknown field `([^`]+)`")
_ONLINE: Final = frozenset({"acceptance", "whole"})


def read_item(path: Path, departments: Collection[str] | None = None) -> Item:
    """The item of one file. Raises ItemFileError with every problem found, each with its line;
    `departments` are the codes that exist, None where they are not known yet."""
    text = _read_text(path)
    lines = LineIndex(text)
    try:
        item = msgspec.convert(tomllib.loads(text), Item)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        problem = Problem(int(line[1]) if line else 1, "not_toml", {"reason": error})
        raise ItemFileError(path, (problem,)) from error
    except msgspec.ValidationError as error:
        raise ItemFileError(path, (_wrong_value(str(error), lines),)) from error
    problems = sorted(_find_problems(item, path, lines, departments), key=lambda one: one.line)
    if problems:
        raise ItemFileError(path, tuple(problems))
    return item


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ItemFileError(path, (Problem(1, "unreadable", {"reason": error}),)) from error


def _wrong_value(message: str, lines: LineIndex) -> Problem:
    reason, _, place = message.partition(" - at `")
    place = place.rstrip("`") or "$"
    key = _UNKNOWN_KEY.search(reason)
    line = lines.of(place, key[1] if key else "")
    return Problem(line, "wrong_value", {"place": place, "reason": reason})


def _find_problems(
    item: Item, path: Path, lines: LineIndex, departments: Collection[str] | None
) -> Iterator[Problem]:
    yield from _check_head(item, path, lines)
    yield from _check_names(item, lines, departments)
    for place, situation in enumerate(item.situations):
        yield from _check_situation(item, situation, f"$.situations[{place}]", lines)
    for name, places in (
        ("steps", [row.situations for row in item.steps]),
        ("results", [row.situations for row in item.results]),
    ):
        yield from _check_situations(item, name, places, lines)
    yield from _check_twice(item, lines)
    if item.checks and not item.answers:
        yield Problem(lines.of("$.checks[0]"), "no_answers")


def _check_head(item: Item, path: Path, lines: LineIndex) -> Iterator[Problem]:
    if item.code != path.parent.name:
        fields = {"value": item.code, "folder": path.parent.name}
        yield Problem(lines.of("$.code"), "other_folder", fields)
    try:
        parse_item_code(item.item_code)
    except IdentifierError as error:
        reason = f"{error.identifier}: {error.code} {error.expected}".strip()
        yield Problem(lines.of("$.item_code"), "bad_item_code", {"reason": reason})
    if item.depth in _ONLINE and not item.case_kind:
        yield Problem(lines.of("$.depth"), "no_case_kind")
    if item.promised_days > item.legal_days:
        fields = {"promised": str(item.promised_days), "legal": str(item.legal_days)}
        yield Problem(lines.of("$.promised_days"), "promise_beyond_law", fields)


def _check_names(
    item: Item, lines: LineIndex, departments: Collection[str] | None
) -> Iterator[Problem]:
    for key, value in [("department", item.department), *(("partners", p) for p in item.partners)]:
        if departments is not None and value not in departments:
            yield Problem(lines.of(f"$.{key}"), "unknown_department", {"value": value})
    yield from _unknown(item.themes, THEMES, "unknown_theme", lines.of("$.themes"))
    yield from _unknown(item.events, EVENTS, "unknown_event", lines.of("$.events"))


def _unknown(
    values: Iterable[str], known: Collection[str], code: str, line: int
) -> Iterator[Problem]:
    for value in values:
        if value not in known:
            yield Problem(line, code, {"value": value, "known": ", ".join(known)})


def _check_situation(
    item: Item, situation: Situation, place: str, lines: LineIndex
) -> Iterator[Problem]:
    line = lines.of(place)
    materials, fees = {row.code for row in item.materials}, {row.code for row in item.fees}
    for code, values, known in (
        ("unknown_material", situation.materials, materials),
        ("unknown_fee", situation.fees, fees),
    ):
        for value in values:
            if value not in known:
                yield Problem(line, code, {"value": value, "situation": situation.code})
    promised, legal = item.promised_days_of(situation), item.legal_days_of(situation)
    if promised > legal:
        yield Problem(line, "promise_beyond_law", {"promised": str(promised), "legal": str(legal)})


def _check_situations(
    item: Item, name: str, places: list[tuple[str, ...]], lines: LineIndex
) -> Iterator[Problem]:
    for place, codes in enumerate(places):
        for code in codes:
            if item.find_situation(code) is None:
                line = lines.of(f"$.{name}[{place}]")
                yield Problem(line, "unknown_situation", {"value": code})


def _check_twice(item: Item, lines: LineIndex) -> Iterator[Problem]:
    for name in ("materials", "fees", "situations", "checks", "answers"):
        codes = [row.code for row in getattr(item, name)]
        for code, count in Counter(codes).items():
            if count > 1:
                line = lines.of(f"$.{name}[{len(codes) - 1 - codes[::-1].index(code)}]")
                yield Problem(line, "duplicate_code", {"value": code})
    asked = {code for situation in item.situations for code in situation.materials}
    for place, material in enumerate(item.materials):
        if material.code not in asked:
            line = lines.of(f"$.materials[{place}]")
            yield Problem(line, "unused_material", {"value": material.code})


def read_register(path: Path, departments: Collection[str]) -> tuple[RegisteredItem, ...]:
    """Items that are only registered: a CSV file with the columns COLUMNS. Raises ItemFileError."""
    problems: list[Problem] = []
    found: dict[str, RegisteredItem] = {}
    rows = list(csv.reader(_read_text(path).splitlines()))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise ItemFileError(path, (Problem(1, "no_header", {"wanted": ",".join(COLUMNS)}),))
    for line, row in enumerate(rows[1:], start=2):
        problem = _read_registered(row, line, departments, found)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise ItemFileError(path, tuple(problems))
    return tuple(found.values())


def _read_registered(
    row: list[str], line: int, departments: Collection[str], found: dict[str, RegisteredItem]
) -> Problem | None:
    if len(row) != len(COLUMNS):
        fields = {"count": str(len(row)), "wanted": str(len(COLUMNS))}
        return Problem(line, "wrong_columns", fields)
    code, kind, department, name_zh, name_en = row
    if department not in departments:
        return Problem(line, "unknown_department", {"value": department})
    if code in found:
        return Problem(line, "duplicate_code", {"value": code})
    given = {"code": code, "kind": kind, "department": department}
    try:
        found[code] = msgspec.convert(
            {**given, "name": msgspec.to_builtins(Words(zh=name_zh, en=name_en))}, RegisteredItem
        )
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `")
        return Problem(line, "wrong_value", {"place": place.rstrip("`"), "reason": reason})
    return None
