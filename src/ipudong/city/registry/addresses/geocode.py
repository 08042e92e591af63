"""From the text of an address to its code and point."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import groupby
from typing import Final

import pyarrow as pa

from ipudong.city.registry.addresses import answers
from ipudong.city.registry.addresses.answers import Answer, rate
from ipudong.city.registry.addresses.book import SHELF, Book
from ipudong.city.registry.addresses.elements import Elements, make_key, read_address
from ipudong.city.registry.addresses.text import leading_number
from ipudong.city.registry.models import Address, Place

CHUNK: Final = 400
UNIT_SIGN: Final = "单元"
_GRADE_OF_LEVEL: Final = {
    "room": answers.ROOM,
    "unit": answers.BUILDING,
    "floor": answers.BUILDING,
    "building": answers.BUILDING,
    "number": answers.NUMBER,
    "lane": answers.LANE,
    "road": answers.ROAD,
    "community": answers.COMMUNITY,
}
_SHOWN: Final = tuple(field.name for field in fields(Elements) if field.name != "rest")


class _Wanted:
    """One address read, and the keys under which it may be stored, most exact first."""

    def __init__(self, text: str, book: Book) -> None:
        self.elements = read_address(text, book.lexicon)
        self.likeness = 1.0
        self.doubts: list[str] = []
        self.town = book.towns.get(self.elements.town, "")
        self.path = self._find_path(book)
        self.keys = _list_keys(self.path) if any(self.path) else []
        if self.elements.community in book.communities:
            self.keys.append(self.elements.community)

    def _find_path(self, book: Book) -> tuple[str, ...]:
        path = self.elements.path
        base = book.sites.get(self.elements.site, "")
        if base and (not path[0] or not path[2]):
            return _put_behind(base, path)
        if not path[0]:
            return ()
        road, likeness = book.find_road(path[0])
        if likeness < 1:
            self.doubts.append("similar_road" if road else "road_unknown")
            self.likeness = likeness or 1.0
        return (road, *path[1:]) if road else ()


def _put_behind(base: str, path: Sequence[str]) -> tuple[str, ...]:
    """The estate's own address, with number, building and room as they were said."""
    known = (base.split("/") + [""] * 5)[:5]
    said = ("", "" if known[1] else path[1], *path[2:])
    return tuple(new or old for old, new in zip(known, said, strict=True))


def _list_keys(path: Sequence[str]) -> list[str]:
    """Keys from the whole path to its road alone."""
    keys = [make_key(path[:length]) for length in range(len(path), 0, -1)]
    return list(dict.fromkeys(keys))


def geocode(text: str) -> Answer:
    """The best answer for one address. Never raises: what is not understood has grade "none"."""
    return geocode_many([text])[0]


def geocode_many(texts: Sequence[str]) -> list[Answer]:
    """Answers for many addresses, in their order, with few questions to the database."""
    book = SHELF.get_book()
    found: list[Answer] = []
    for start in range(0, len(texts), CHUNK):
        wanted = [_Wanted(text, book) for text in texts[start : start + CHUNK]]
        rows = _fetch({key for one in wanted for key in one.keys})
        found.extend(_answer(one, rows) for one in wanted)
    return found


def geocode_column(column: pa.ChunkedArray | pa.Array) -> pa.Table:
    """A column of addresses to a table: grade, score, code, text, division, lon, lat.

    Equal texts are looked up once; a null or empty address has grade "none".
    """
    coded = _encode(column)
    texts = ["" if text is None else str(text) for text in coded.dictionary.to_pylist()]
    rows = [_columns_of(answer) for answer in geocode_many(texts)]
    table = pa.Table.from_pylist([*rows, _columns_of(Answer(grade=answers.NONE))], SCHEMA)
    return table.take(coded.indices.fill_null(len(rows)))


SCHEMA: Final = pa.schema(
    [
        ("grade", pa.string()),
        ("score", pa.float64()),
        ("code", pa.string()),
        ("text", pa.string()),
        ("division", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
    ]
)


def _encode(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """A column of texts as its different values and which row has which."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.cast(pa.string()).dictionary_encode()


def _columns_of(answer: Answer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in SCHEMA.names}


def _fetch(keys: Iterable[str]) -> dict[str, list[Address]]:
    rows = Address.objects.filter(key__in=list(keys), until_on=None)
    rows = rows.select_related("place", "parent").order_by("key", "pk")
    return {key: list(group) for key, group in groupby(rows, key=lambda row: row.key)}


def _answer(wanted: _Wanted, rows: dict[str, list[Address]]) -> Answer:
    for key in wanted.keys:
        candidates = rows.get(key)
        if candidates:
            return _describe(wanted, *_choose(wanted, candidates))
    return _answer_division(wanted)


def _choose(wanted: _Wanted, candidates: list[Address]) -> tuple[Address, list[str]]:
    """The candidate in the town and unit that were said, and what is doubtful about it."""
    doubts: list[str] = []
    if wanted.town:
        here = [row for row in candidates if row.place.code == wanted.town]
        doubts += [] if here else ["other_town"]
        candidates = here or candidates
    candidates = _in_unit(candidates, wanted.elements.unit)
    return candidates[0], doubts + (["ambiguous"] if len(candidates) > 1 else [])


def _in_unit(candidates: list[Address], unit: str) -> list[Address]:
    """Those in the unit that was said; a unit itself only where it was asked for."""
    if unit:
        inside = [row for row in candidates if row.parent and _is_unit(row.parent, unit)]
        itself = [row for row in candidates if _is_unit(row, unit)]
        return inside or itself or candidates
    return [row for row in candidates if row.level != "unit"] or candidates


def _is_unit(row: Address, unit: str) -> bool:
    return row.level == "unit" and row.name == unit + UNIT_SIGN


def _describe(wanted: _Wanted, row: Address, doubts: list[str]) -> Answer:
    grade, lon, lat = _GRADE_OF_LEVEL[row.level], row.lon, row.lat
    elements = wanted.elements
    missed = _missed(wanted, row)
    between = _interpolate(row, missed) if row.level == "road" else None
    if between is not None:
        grade, (lon, lat) = answers.INTERPOLATED, between
    if missed:
        doubts = [*doubts, "number_unknown" if row.level == "road" else "room_unknown"]
    every = (*wanted.doubts, *doubts)
    return Answer(
        grade=grade,
        score=rate(grade, likeness=wanted.likeness, doubts=every, rest=len(elements.rest)),
        code=row.code,
        text=row.text,
        division=row.place.code,
        lon=lon,
        lat=lat,
        understood=_understood(elements),
        rest=elements.rest,
        doubts=every,
    )


def _missed(wanted: _Wanted, row: Address) -> str:
    """The first element that was said and is not in the row found, "" when all are."""
    if row.level == "community":
        return ""
    stored = (row.key.split("/") + [""] * 5)[:5]
    said = (
        text for text, known in zip(wanted.path[1:], stored[1:], strict=False) if text and not known
    )
    return next(said, "")


def _interpolate(road: Address, missed: str) -> tuple[float, float] | None:
    """A point between the neighboring numbers of the same side of a road."""
    number = leading_number(missed)
    if number is None:
        return None
    known = Address.objects.filter(parent=road, until_on=None, lon__isnull=False, number__gt=0)
    below = known.filter(number__lt=number).order_by("-number")[:4]
    above = known.filter(number__gt=number).order_by("number")[:4]
    low, high = _same_side(below, number), _same_side(above, number)
    if low is None or high is None:
        return None
    share = (number - (low.number or 0)) / ((high.number or 0) - (low.number or 0))
    return (
        (low.lon or 0) + share * ((high.lon or 0) - (low.lon or 0)),
        (low.lat or 0) + share * ((high.lat or 0) - (low.lat or 0)),
    )


def _same_side(rows: Iterable[Address], number: int) -> Address | None:
    """Even and odd numbers stand opposite each other; the other side is better than nothing."""
    listed = list(rows)
    same = [row for row in listed if (row.number or 0) % 2 == number % 2]
    return next(iter(same or listed), None)


def _answer_division(wanted: _Wanted) -> Answer:
    doubts = tuple(wanted.doubts)
    if wanted.path and "road_unknown" not in doubts:
        doubts = (*doubts, "road_unknown")
    answer = Answer(
        grade=answers.NONE,
        understood=_understood(wanted.elements),
        rest=wanted.elements.rest,
        doubts=doubts,
    )
    place = Place.objects.filter(code=wanted.town).first() if wanted.town else None
    if place is None:
        return answer
    return replace(
        answer,
        grade=answers.DIVISION,
        score=rate(answers.DIVISION, likeness=1.0, doubts=(), rest=0),
        text=place.name_zh,
        division=place.code,
        lon=place.lon,
        lat=place.lat,
    )


def _understood(elements: Elements) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name in _SHOWN if (text := getattr(elements, name)))
