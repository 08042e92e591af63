"""Search of the catalogue as it is in the database; the index is kept until an item changes."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max

from ipudong.city.casework.catalogue.search import Hit, SearchIndex, Source
from ipudong.city.casework.models.catalogue import ServiceItem
from ipudong.city.casework.queries.catalogue import Entry, list_entries


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of the catalogue with the phrase by which it was found."""

    entry: Entry
    phrase: str
    score: float


def search_items(text: str, limit: int = 30) -> list[Found]:
    """Items in force for a query in everyday words, the best first."""
    entries, index = _index(_stamp())
    return _join(entries, index.search(text, limit))


def suggest_items(text: str, limit: int = 8) -> list[Found]:
    """Items one of whose phrases begins as what is being typed."""
    entries, index = _index(_stamp())
    return _join(entries, index.suggest(text, limit))


def suggest_words(text: str) -> list[str]:
    """Known phrases nearest to a query that found nothing."""
    return _index(_stamp())[1].correct(text)


def source_of(entry: Entry) -> Source:
    """What the search knows of an entry."""
    item = entry.item
    office = entry.department.name_zh
    if item is None:
        return Source(
            entry.code, (entry.name.zh,), english=(entry.name.en,), text=office, has_guide=False
        )
    results = tuple(row.name.zh for row in item.results)
    situations = tuple(row.name.zh for row in item.situations)
    materials = (row.name.zh for row in item.materials)
    return Source(
        code=entry.code,
        names=(item.name.zh,),
        phrases=(*item.everyday.zh, *results),
        english=(item.name.en, *item.everyday.en, *(row.name.en for row in item.results)),
        text=" ".join((item.summary.zh, office, *situations, *materials)),
    )


def _join(entries: dict[str, Entry], hits: list[Hit]) -> list[Found]:
    return [Found(entries[hit.code], hit.phrase, hit.score) for hit in hits]


def _stamp() -> tuple[object, int]:
    row = ServiceItem.objects.aggregate(last=Max("changed_at"), count=Count("code"))
    return row["last"], row["count"]


@lru_cache(maxsize=2)
def _index(stamp: tuple[object, int]) -> tuple[dict[str, Entry], SearchIndex]:
    entries = list_entries()
    return {entry.code: entry for entry in entries}, SearchIndex(map(source_of, entries))
