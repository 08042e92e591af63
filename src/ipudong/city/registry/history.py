"""What was valid on a day, from a record's values today and its changes. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Change(Protocol):
    """A change as the table of changes keeps it."""

    @property
    def pk(self) -> Any: ...
    @property
    def field(self) -> str: ...
    @property
    def old(self) -> Any: ...
    @property
    def new(self) -> Any: ...
    @property
    def effective_on(self) -> dt.date: ...
    @property
    def at(self) -> dt.datetime: ...


def values_on(
    day: dt.date,
    today: Mapping[str, Any],
    changes: Iterable[Change],
    *,
    known_at: dt.datetime | None = None,
) -> dict[str, Any]:
    """Values valid on `day`; with `known_at`, as the registry knew them at that instant.

    Of changes of one day the one written last holds. Before a field's first change it had what
    that change found.
    """
    by_field: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_field[change.field].append(change)
    return {
        field: _value_on(day, today.get(field), by_field.get(field, []), known_at)
        for field in {*today, *by_field}
    }


def _value_on(
    day: dt.date, current: Any, changes: list[Change], known_at: dt.datetime | None
) -> Any:
    if not changes:
        return current
    written = sorted(changes, key=lambda change: change.pk)
    known = [c for c in written if known_at is None or c.at <= known_at]
    holding = [c for c in known if c.effective_on <= day]
    if holding:
        # Sorting is stable, so of one day the row written last comes last.
        return max(reversed(holding), key=lambda change: change.effective_on).new
    return written[0].old
