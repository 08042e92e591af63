"""Damaged days of the lake: named, and no reason to leave the others undone."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ipudong.store.delta import to_date
from ipudong.store.errors import LakeUnreadable

LOG = logging.getLogger(__name__)


class Damage:
    """Days that could not be read; the work goes on with the others."""

    def __init__(self) -> None:
        self.days: set[int] = set()
        self._first: LakeUnreadable | None = None

    @contextmanager
    def noting(self, day: int) -> Iterator[None]:
        """Pass over this day if a file of it cannot be read."""
        try:
            yield
        except LakeUnreadable as error:
            LOG.error("lake: %s is passed over: %s", to_date(day), error)
            self.days.add(day)
            self._first = self._first or error

    def tell(self) -> None:
        """Raise what was found first."""
        if self._first is not None:
            raise self._first
