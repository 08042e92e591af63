"""Reading and proving the chain."""

from django.db.models import QuerySet

from ipudong.city.audit.chain import GENESIS, BrokenLink, Link, find_broken_link
from ipudong.city.audit.models import Entry, Head
from ipudong.city.audit.services import HEAD_ID


def find_first_broken_link() -> BrokenLink | None:
    """The first broken link of the stored chain, or None when all of it holds."""
    head = Head.objects.filter(pk=HEAD_ID).first()
    rows = Entry.objects.order_by("sequence").iterator(chunk_size=2000)
    links = (
        Link(
            sequence=row.sequence,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            detail=row.detail,
            previous=row.previous,
            digest=row.digest,
        )
        for row in rows
    )
    return find_broken_link(links, head=(head.sequence, head.digest) if head else (0, GENESIS))


def list_entries(*, subject: str = "", actor: str = "") -> QuerySet[Entry]:
    """Entries newest first, of one subject or actor where given."""
    entries = Entry.objects.order_by("-sequence")
    if subject:
        entries = entries.filter(subject=subject)
    return entries.filter(actor=actor) if actor else entries
