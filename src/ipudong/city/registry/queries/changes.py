"""Reading the table of changes: history of a record, its state on a day."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet

from ipudong.city.registry.history import values_on
from ipudong.city.registry.models import FieldChange
from ipudong.city.registry.records import FieldState
from ipudong.city.registry.tracked import TRACKED, plain_values


def list_changes(subject_kind: str, subject_id: int) -> QuerySet[FieldChange]:
    """Changes of a record, the newest written first."""
    return FieldChange.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by(
        "-pk"
    )


def list_states(subject_kind: str, row: Model, *, on: dt.date) -> list[FieldState]:
    """Each tracked field of a record as valid on a day, with its source and quality.

    A field that was never changed has the source and quality of the record itself.
    """
    changes = list(list_changes(subject_kind, row.pk))
    values = values_on(on, plain_values(subject_kind, row), changes)
    holding = _holding(changes, on)
    return [
        _state(field, values[field], holding.get(field), row) for field in TRACKED[subject_kind]
    ]


def get_values_on(
    subject_kind: str, row: Model, *, on: dt.date, known_at: dt.datetime | None = None
) -> dict[str, Any]:
    """Tracked values of a record as valid on a day, as JSON values; with `known_at`, as the
    registry knew them at that instant."""
    changes = list_changes(subject_kind, row.pk)
    return values_on(on, plain_values(subject_kind, row), changes, known_at=known_at)


def _holding(changes: list[FieldChange], on: dt.date) -> Mapping[str, FieldChange]:
    found: dict[str, FieldChange] = {}
    for change in sorted(changes, key=lambda row: (row.effective_on, row.pk)):
        if change.effective_on <= on:
            found[change.field] = change
    return found


def _state(field: str, value: object, change: FieldChange | None, row: Any) -> FieldState:
    if change is None:
        quality = getattr(row, "quality", "")
        return FieldState(field=field, value=value, source=row.source, quality=quality)
    return FieldState(
        field=field,
        value=value,
        source=change.source,
        quality=change.quality,
        since_on=change.effective_on,
        by=change.by,
    )
