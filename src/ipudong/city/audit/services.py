"""Writing to the chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
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
    act = {"actor": actor, "action": action, "subject": subject, "detail": detail or {}}
    at = at or datetime.now(UTC)
    gathered = _gathered.get()
    if gathered is not None:
        return gathered.add(at, act)
    with transaction.atomic():
        alone = _Gathered()
        sequence = alone.add(at, act)
        alone.write()
    return sequence


@contextmanager
def gathering() -> Iterator[None]:
    """Write the acts recorded within in one go at the end, for a request that does many.

    Stands inside the transaction of the acts; nothing within may undo a part of it and go on.
    """
    if _gathered.get() is not None:
        yield
        return
    gathered = _Gathered()
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    gathered.write()


class _Gathered:
    """Links that follow the head; the head is locked from the first of them on."""

    def __init__(self) -> None:
        self._links: list[Link] = []

    def add(self, at: datetime, act: dict[str, Any]) -> int:
        sequence, digest = self._find_end()
        link = Link(sequence=sequence + 1, at=at, previous=digest, **act)
        self._links.append(replace(link, digest=digest_link(link)))
        return link.sequence

    def _find_end(self) -> tuple[int, str]:
        if self._links:
            return self._links[-1].sequence, self._links[-1].digest
        head = Head.objects.select_for_update().get_or_create(pk=HEAD_ID)[0]
        return head.sequence, head.digest

    def write(self) -> None:
        if not self._links:
            return
        Entry.objects.bulk_create((Entry(**vars(link)) for link in self._links), batch_size=100)
        end = self._links[-1]
        Head.objects.filter(pk=HEAD_ID).update(sequence=end.sequence, digest=end.digest)


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)
