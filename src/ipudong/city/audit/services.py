"""Writing to the chain."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.chain import Link, digest_link
from ipudong.city.audit.models import Entry, Head

HEAD_ID = 1


def record(
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """Append one act to the chain inside the caller's transaction; returns its sequence.

    The head row is locked until that transaction ends, so that an act and its entry are
    kept or undone together. `detail` holds plain JSON values and no secret.
    """
    with transaction.atomic():
        head = Head.objects.select_for_update().get_or_create(pk=HEAD_ID)[0]
        link = Link(
            sequence=head.sequence + 1,
            at=at or datetime.now(UTC),
            actor=actor,
            action=action,
            subject=subject,
            detail=detail or {},
            previous=head.digest,
        )
        digest = digest_link(link)
        Entry.objects.create(**{**vars(link), "digest": digest})
        Head.objects.filter(pk=HEAD_ID).update(sequence=link.sequence, digest=digest)
    return link.sequence
