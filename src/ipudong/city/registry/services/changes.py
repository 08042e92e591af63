"""Writing changes: one row a field, the record itself shows what holds today."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from ipudong.city.audit.services import record
from ipudong.city.registry.codes import QUALITIES
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import (
    FieldChange,
    FinanceInstitution,
    Household,
    Land,
    Organization,
    Person,
    Project,
)
from ipudong.city.registry.tracked import TRACKED, plain, read, write

ROWS: Final[Mapping[str, type[Model]]] = {
    "person": Person,
    "household": Household,
    "organization": Organization,
    "project": Project,
    "land": Land,
    "finance": FinanceInstitution,
}
_EARLIEST = dt.date(1850, 1, 1)
_LONGEST_SOURCE, _LONGEST_NOTE = 40, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose word a change is: source, how good, from which day, written by whom and when."""

    source: str
    quality: str
    effective_on: dt.date
    by: str
    at: dt.datetime
    note: str = ""

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise RegistryError("unknown_quality", quality=self.quality[:20])
        if not self.source.strip() or len(self.source) > _LONGEST_SOURCE:
            raise RegistryError("source_needed", most=_LONGEST_SOURCE)
        if len(self.note) > _LONGEST_NOTE:
            raise RegistryError("note_too_long", most=_LONGEST_NOTE)
        if self.effective_on < _EARLIEST:
            raise RegistryError("effective_too_early")


def apply_changes(
    subject_kind: str, row: Model, values: Mapping[str, Any], origin: Origin, *, today: dt.date
) -> list[FieldChange]:
    """Write a change for each value that says something new; returns those written.

    A change of a day to come is kept and shown from that day on (`apply_due_changes`); one before
    a change already known stands in the history only. Raises RegistryError: "unknown_field",
    "value_not_valid".
    """
    unknown = sorted(set(values) - set(TRACKED[subject_kind]))
    if unknown:
        raise RegistryError("unknown_field", fields=[name[:30] for name in unknown])
    written = []
    for field, value in values.items():
        change = _change_of(subject_kind, row, field, _cleaned(row, field, value), origin)
        if change is None:
            continue
        change.applied = _holds_today(change, today)
        if change.applied:
            write(row, field, change.new)
        written.append(change)
    _validate(row, [change.field for change in written])
    FieldChange.objects.bulk_create(written)
    return written


@transaction.atomic
def apply_due_changes(*, today: dt.date) -> int:
    """Show the changes whose day has come in their records; returns how many."""
    due = FieldChange.objects.filter(applied=False, effective_on__lte=today)
    changes = list(due.select_for_update().order_by("effective_on", "pk"))
    for change in changes:
        row = ROWS[change.subject_kind]._default_manager.get(pk=change.subject_id)
        if _holds_today(change, today):
            write(row, change.field, change.new)
            row.save()
        FieldChange.objects.filter(pk=change.pk).update(applied=True)
    if changes:
        subjects = sorted({f"{c.subject_kind}:{c.subject_id}" for c in changes})[:100]
        record(
            actor="system:worker",
            action="registry.apply_due_changes",
            subject="registry",
            detail={"changes": len(changes), "subjects": subjects},
        )
    return len(changes)


def _change_of(
    subject_kind: str, row: Model, field: str, value: Any, origin: Origin
) -> FieldChange | None:
    old = plain(read(row, field))
    new = plain(value)
    known = FieldChange.objects.filter(
        subject_kind=subject_kind, subject_id=row.pk, field=field
    ).exists()
    if old == new and not known:
        return None
    return FieldChange(
        subject_kind=subject_kind,
        subject_id=row.pk,
        field=field,
        old=old,
        new=new,
        effective_on=origin.effective_on,
        source=origin.source.strip(),
        quality=origin.quality,
        note=origin.note.strip(),
        by=origin.by,
        at=origin.at,
    )


def _holds_today(change: FieldChange, today: dt.date) -> bool:
    """Whether the change is the latest of its field that is valid today."""
    if change.effective_on > today:
        return False
    later = FieldChange.objects.filter(
        subject_kind=change.subject_kind,
        subject_id=change.subject_id,
        field=change.field,
        effective_on__gt=change.effective_on,
        effective_on__lte=today,
    )
    return not later.exists()


def _cleaned(row: Model, field: str, value: Any) -> Any:
    column: Any = row._meta.get_field(field)
    if isinstance(value, Model):
        return value.pk
    try:
        return column.to_python(value) if value not in (None, "") else _nothing(column)
    except ValidationError as error:
        raise RegistryError("value_not_valid", field=field) from error


def _nothing(column: Any) -> Any:
    return None if column.null else ""


def _validate(row: Model, fields: list[str]) -> None:
    others = {f.name for f in row._meta.get_fields() if getattr(f, "name", "") not in fields}
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        raise RegistryError("value_not_valid", field=", ".join(sorted(error.error_dict))) from error
