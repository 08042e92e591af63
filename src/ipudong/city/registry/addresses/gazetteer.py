"""Names of the divisions of the country, for reading addresses that leave some of them out."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

NATIONAL: Final = Path(__file__).with_name("national_divisions.csv")
PROVINCE, CITY, COUNTY = "province", "city", "county"
_LEVEL_ENDINGS: Final = {
    PROVINCE: ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"),
    CITY: ("市", "地区", "盟", "自治州"),
    COUNTY: ("新区", "自治县", "林区", "矿区", "区", "县", "市", "旗"),
}
_RANKS: Final = ("县", "市", "区")
_MUNICIPALITIES: Final = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write a division: `full` with its ending (上海市), else short (上海)."""

    level: str
    code: str
    full: bool


@cache
def division_names() -> dict[str, tuple[Name, ...]]:
    """All written names and what they may mean."""
    found: dict[str, list[Name]] = {}
    with NATIONAL.open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        for row in rows:
            for level in _levels(row["code"]):
                for text, full in _ways(row["name"], level):
                    found.setdefault(text, []).append(Name(level, row["code"], full))
    return {text: tuple(names) for text, names in found.items()}


@cache
def longest_name() -> int:
    """Characters of the longest written name."""
    return max(map(len, division_names()))


def name_of(code: str) -> str:
    """The full name of a six-digit code, "" when there is none."""
    return _names_by_code().get(code, "")


@cache
def _names_by_code() -> dict[str, str]:
    with NATIONAL.open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {row["code"]: row["name"] for row in rows}


def _levels(code: str) -> tuple[str, ...]:
    if code[2:] == "0000":
        # Municipalities are written where others write their city.
        return (CITY,) if code[:2] in _MUNICIPALITIES else (PROVINCE,)
    return (CITY,) if code[4:] == "00" else (COUNTY,)


def _ways(name: str, level: str) -> list[tuple[str, bool]]:
    ways = [(name, True)]
    for ending in _LEVEL_ENDINGS[level]:
        short = name.removesuffix(ending)
        if short != name and len(short) >= 2:
            ways.append((short, False))
            # 富阳市 became 富阳区: counties change their rank and people keep the old one.
            ways.extend((short + other, True) for other in _RANKS if level == COUNTY)
            break
    return ways


class Lexicon:
    """Names that a district knows: its towns, communities, roads and estates, with their kind.

    Compared by identity, so that what was read with one lexicon is remembered for it alone.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self.longest = max(map(len, self._names), default=0)

    def __len__(self) -> int:
        return len(self._names)

    def find_kind(self, word: str) -> str:
        """The kind of part that a known name is, "" for an unknown word."""
        return self._names.get(word, "")


NO_NAMES: Final = Lexicon({})
