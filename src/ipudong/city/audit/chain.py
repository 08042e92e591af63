"""The arithmetic of the chain: canonical bytes and digests, no database."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a digest covers."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class BrokenLink:
    """The first link at which the chain does not hold, and why."""

    sequence: int
    reason: str


def digest_link(link: Link) -> str:
    """SHA-256 (hex) over the canonical JSON of the link and the digest before it."""
    canonical = json.dumps(
        [
            link.sequence,
            link.at.astimezone(UTC).isoformat(timespec="microseconds"),
            link.actor,
            link.action,
            link.subject,
            link.detail,
            link.previous,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def walk_chain(
    links: Iterable[Link], *, after: tuple[int, str] = (0, GENESIS)
) -> tuple[tuple[int, str], BrokenLink | None]:
    """Follow `links` from the one `after` (sequence, digest); the last one that holds, and the
    first that does not."""
    sequence, digest = after
    for link in links:
        broken = _fault(link, sequence, digest)
        if broken is not None:
            return (sequence, digest), broken
        sequence, digest = link.sequence, link.digest
    return (sequence, digest), None


def _fault(link: Link, sequence: int, digest: str) -> BrokenLink | None:
    if link.sequence != sequence + 1:
        return BrokenLink(sequence=sequence + 1, reason="missing")
    if link.previous != digest:
        return BrokenLink(sequence=link.sequence, reason="does not follow the one before it")
    if digest_link(link) != link.digest:
        return BrokenLink(sequence=link.sequence, reason="was changed after it was written")
    return None


def find_broken_link(links: Iterable[Link], *, head: tuple[int, str]) -> BrokenLink | None:
    """Walk the chain from its first link to `head`; None when all of it holds."""
    end, broken = walk_chain(links)
    if broken is None and end != head:
        return BrokenLink(sequence=end[0] + 1, reason="missing at the end")
    return broken
