"""Items as cards, and the counts beside themes, events and departments."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from ipudong.city.casework.catalogue.records import Audience, Item
from ipudong.city.casework.catalogue.themes import EVENTS, THEMES, LifeEvent, Theme
from ipudong.city.casework.queries.catalogue import Entry


@dataclass(frozen=True, slots=True)
class Card:
    """An item as lists show it."""

    entry: Entry
    url: str
    summary: str
    phrase: str = ""

    @property
    def is_english(self) -> bool:
        """Whether the phrase is English, for those who hear the page."""
        return self.phrase.isascii()


@dataclass(frozen=True, slots=True)
class Counted:
    """A theme, event or department with how many items it has."""

    row: Any
    count: int
    url: str


def card_of(entry: Entry, phrase: str = "") -> Card:
    """The card of an item; one without a guide leads to its page too, which says who handles it."""
    summary = str(entry.item.summary) if entry.item else ""
    said = phrase if phrase and phrase not in (entry.name.zh, entry.name.en) else ""
    return Card(entry, reverse("govservice:item", args=[entry.code]), summary, said)


def items_of(entries: Iterable[Entry]) -> list[tuple[Entry, Item]]:
    """Entries that have a guide."""
    return [(entry, entry.item) for entry in entries if entry.item is not None]


def list_events(entries: Iterable[Entry], kind: str) -> list[LifeEvent]:
    """Events of a kind that some item belongs to."""
    used = {code for _, item in items_of(entries) for code in item.events}
    return [row for row in EVENTS.values() if row.kind == kind and row.code in used]


def count_themes(entries: Iterable[Entry]) -> list[Counted]:
    """Themes with the number of their items that have a guide."""
    counts = Counter(code for _, item in items_of(entries) for code in item.themes)
    url = reverse("govservice:items")
    return [
        Counted(theme, counts[theme.code], f"{url}?theme={theme.code}")
        for theme in THEMES.values()
        if counts[theme.code]
    ]


def count_departments(entries: Iterable[Entry]) -> list[Counted]:
    """Departments by how many items they have, the most first."""
    entries = list(entries)
    counts = Counter(entry.department.code for entry in entries)
    rows = {entry.department.code: entry.department for entry in entries}
    url = reverse("govservice:items")
    return [
        Counted(rows[code], count, f"{url}?department={code}")
        for code, count in counts.most_common()
    ]


def fits(
    entry: Entry,
    *,
    theme: Theme | None,
    department: str,
    audience: Audience | str,
    online: bool,
) -> bool:
    """Whether an entry passes the filters of a list; items without a guide have no theme and are
    for everybody."""
    item = entry.item
    if department and entry.department.code != department:
        return False
    if theme is not None and (item is None or theme.code not in item.themes):
        return False
    if audience and item is not None and audience not in item.audience:
        return False
    return entry.is_online or not online
