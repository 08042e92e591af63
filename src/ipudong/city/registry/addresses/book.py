"""The names a district's addresses begin with, kept in memory: towns, roads, estates."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process

from ipudong.city.registry.addresses import rules
from ipudong.city.registry.addresses.gazetteer import Lexicon
from ipudong.city.registry.models import Address, AddressAlias, Place

KEEP_S: Final = 60.0
LIKE_ENOUGH: Final = 75.0
SAME_SOUND: Final = 0.9
_TOWN_ENDINGS: Final = ("新村街道", "街道", "新镇", "镇")


@dataclass(frozen=True)
class Book:
    """What is known by name. `towns` gives the division code of a full or short town name;
    `sites` the key of the address that an estate or a former name stands for."""

    towns: Mapping[str, str]
    roads: frozenset[str]
    communities: frozenset[str]
    sites: Mapping[str, str]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The names for the reader of addresses."""
        kinds = dict.fromkeys(self.communities, rules.COMMUNITY)
        kinds |= dict.fromkeys((name for name in self.sites if len(name) > 1), rules.SITE)
        kinds |= dict.fromkeys(self.towns, rules.TOWN)
        kinds |= dict.fromkeys(self.roads, rules.ROAD)
        return Lexicon(kinds)

    @cached_property
    def _sounds(self) -> dict[str, str]:
        return {_sound(road): road for road in sorted(self.roads)}

    def find_road(self, name: str) -> tuple[str, float]:
        """The known road most like a name and how like (0 to 1); ("", 0) when none is."""
        if name in self.roads:
            return name, 1.0
        same = self._sounds.get(_sound(name))
        if same:
            return same, SAME_SOUND
        found = process.extractOne(name, self._listed, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return (found[0], found[1] / 100) if found else ("", 0.0)

    @cached_property
    def _listed(self) -> list[str]:
        return sorted(self.roads)


def _sound(name: str) -> str:
    return " ".join(lazy_pinyin(name))


def load_book() -> Book:
    """Read all names from the database."""
    places = Place.objects.exclude(kind="district").values_list("name_zh", "code")
    named = Address.objects.filter(level__in=("road", "community"), until_on=None)
    rows = named.values_list("level", "name").distinct()
    aliases = AddressAlias.objects.values_list("key", "address__key").order_by("pk")
    return Book(
        towns=_with_short_names(places),
        roads=frozenset(name for level, name in rows if level == "road"),
        communities=frozenset(name for level, name in rows if level == "community"),
        sites=dict(aliases),
    )


def _with_short_names(places: Iterable[tuple[str, str]]) -> dict[str, str]:
    towns = dict(places)
    for name, code in list(towns.items()):
        for ending in _TOWN_ENDINGS:
            short = name.removesuffix(ending)
            if short != name and len(short) >= 2:
                towns.setdefault(short, code)
                break
    return towns


class Shelf:
    """Keeps one book for a minute, for every thread of the process."""

    def __init__(
        self, load: Callable[[], Book] = load_book, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._kept: tuple[float, Book] | None = None
        self._lock = threading.Lock()

    def get_book(self) -> Book:
        """The book, at most a minute old."""
        with self._lock:
            if self._kept is None or self._clock() - self._kept[0] > KEEP_S:
                book = self._load()
                same = self._kept is not None and self._kept[1] == book
                # The same names keep the same lexicon, and with it what was read by it.
                self._kept = (self._clock(), self._kept[1] if same and self._kept else book)
            return self._kept[1]

    def forget(self) -> None:
        """Read anew next time: names were changed."""
        with self._lock:
            self._kept = None


SHELF: Final = Shelf()
