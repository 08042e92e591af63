"""Reading and proving the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from ipudong.city.audit.chain import GENESIS, BrokenLink, Link, find_broken_link
from ipudong.city.audit.models import ChainCheck, Entry, Head
from ipudong.city.audit.services import HEAD_ID

CHUNK = 2000


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """What a reading of the audit is narrowed to; nothing given is everything.

    `actor` takes their tokens in (`sun` finds `sun/ipd_ab12`), `action` a part's actions
    (`identity` finds `identity.sign_in`), `subject` a kind (`account` finds `account:7`).
    `since` is inclusive, `until` exclusive.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def get_head() -> tuple[int, str]:
    """Sequence and digest of the newest entry; (0, genesis) for an empty chain."""
    head = Head.objects.filter(pk=HEAD_ID).first()
    return (head.sequence, head.digest) if head else (0, GENESIS)


def link_of(entry: Entry) -> Link:
    """The stored entry as a link of the chain."""
    return Link(
        sequence=entry.sequence,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
        previous=entry.previous,
        digest=entry.digest,
    )


def find_first_broken_link() -> BrokenLink | None:
    """The first broken link of the stored chain, or None when all of it holds."""
    head = get_head()
    rows = Entry.objects.order_by("sequence").iterator(chunk_size=CHUNK)
    return find_broken_link(map(link_of, rows), head=head)


def find_last_check() -> ChainCheck | None:
    """The newest verification that ran to its end."""
    return ChainCheck.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def list_entries(*, subject: str = "", actor: str = "") -> QuerySet[Entry]:
    """Entries newest first, of one subject or actor where given."""
    entries = Entry.objects.order_by("-sequence")
    if subject:
        entries = entries.filter(subject=subject)
    return entries.filter(actor=actor) if actor else entries


def filter_entries(wanted: EntryFilter) -> QuerySet[Entry]:
    """Entries that fit, newest first."""
    entries = Entry.objects.order_by("-sequence")
    for field, mark in (("actor", "/"), ("action", "."), ("subject", ":")):
        text = getattr(wanted, field)
        if text:
            entries = entries.filter(_within(field, text, mark))
    if wanted.since:
        entries = entries.filter(at__gte=wanted.since)
    return entries.filter(at__lt=wanted.until) if wanted.until else entries


def _within(field: str, text: str, mark: str) -> Q:
    """Equal to `text`, or beginning with it and the mark; ranges, so that an index serves."""
    stem = text.rstrip(mark)
    after = chr(ord(mark) + 1)
    return Q(**{field: stem}) | Q(**{f"{field}__gte": stem + mark, f"{field}__lt": stem + after})


def list_before(entries: QuerySet[Entry], *, before: int | None, limit: int) -> list[Entry]:
    """The newest `limit` of `entries` older than sequence `before`."""
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    return list(entries.order_by("-sequence")[:limit])


def list_after(entries: QuerySet[Entry], *, after: int, limit: int) -> list[Entry]:
    """The oldest `limit` of `entries` newer than sequence `after`, newest first."""
    return list(entries.filter(sequence__gt=after).order_by("sequence")[:limit])[::-1]


def walk_entries(entries: QuerySet[Entry], *, before: int) -> Iterator[Entry]:
    """All of `entries` older than `before`, newest first, read in pieces: no long transaction."""
    while rows := list_before(entries, before=before, limit=CHUNK):
        yield from rows
        before = rows[-1].sequence
