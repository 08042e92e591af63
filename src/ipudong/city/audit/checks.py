"""Verifying the chain in steps of bounded work, and keeping what was found."""

from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction

from ipudong.city.audit.chain import BrokenLink, walk_chain
from ipudong.city.audit.models import ChainCheck, Entry
from ipudong.city.audit.queries import CHUNK, get_head, link_of
from ipudong.city.audit.services import record

STEP: Final = 20_000  # entries verified in one step: about a second of work


@transaction.atomic
def start_check(*, by: str, at: datetime) -> ChainCheck:
    """Begin a verification from the first entry; that somebody asked is itself an entry."""
    record(actor=by, action="audit.verify_chain", subject="audit:chain", at=at)
    return ChainCheck.objects.create(started_at=at, started_by=by, target_sequence=get_head()[0])


@transaction.atomic
def advance_check(*, check_id: int, at: datetime, step: int = STEP) -> ChainCheck:
    """Verify the next `step` entries; a check that is finished stays as it is.

    Raises ChainCheck.DoesNotExist. The check ends at the newest entry there is by then, so
    that nothing can be cut off behind it while it runs.
    """
    check = ChainCheck.objects.select_for_update().get(pk=check_id)
    if check.finished_at is not None:
        return check
    head = get_head()
    check.target_sequence = max(check.target_sequence, head[0])
    after = (check.verified_sequence, check.verified_digest)
    rows = Entry.objects.filter(sequence__gt=after[0]).order_by("sequence")
    links = map(link_of, islice(rows.iterator(chunk_size=CHUNK), step))
    end, broken = walk_chain(links, after=after)
    check.verified_sequence, check.verified_digest = end
    if broken is None and not rows.filter(sequence__gt=end[0]).exists():
        broken = _find_fault_at_end(end, head) or _find_rewriting()
        check.finished_at = at
    if broken is not None:
        check.finished_at = at
        check.broken_sequence, check.reason = broken.sequence, broken.reason
    check.save()
    return check


def _find_fault_at_end(end: tuple[int, str], head: tuple[int, str]) -> BrokenLink | None:
    return None if end == head else BrokenLink(sequence=end[0] + 1, reason="missing at the end")


def _find_rewriting() -> BrokenLink | None:
    """A chain written anew from some entry on holds in itself, but not with what was found by
    the last verification that held."""
    earlier = (
        ChainCheck.objects.filter(finished_at__isnull=False, broken_sequence=None)
        .exclude(verified_sequence=0)
        .order_by("-pk")
        .first()
    )
    if earlier is None:
        return None
    sequence, digest = earlier.verified_sequence, earlier.verified_digest
    if Entry.objects.filter(sequence=sequence, digest=digest).exists():
        return None
    return BrokenLink(sequence=sequence, reason="is not the entry that was verified before")


def verify_chain(*, by: str, at: datetime) -> ChainCheck:
    """A whole verification, step by step; for the clock and the command line."""
    check = start_check(by=by, at=at)
    while check.finished_at is None:
        check = advance_check(check_id=check.pk, at=at)
    return check
