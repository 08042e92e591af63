"""Fields whose every change is kept, by kind of record, and their values as JSON."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import ForeignKey, Model

TRACKED: Final[Mapping[str, tuple[str, ...]]] = {
    "person": (
        *("kind", "status", "document_kind", "document_number", "name", "sex", "born_on"),
        *("died_on", "nationality", "ethnicity", "phone", "registered_division", "address"),
        *("address_code", "place", "permit_until"),
    ),
    "household": ("kind", "address", "address_code", "place", "since_on", "until_on"),
    "organization": (
        *("name", "kind", "status", "industry", "scope", "capital", "employees", "founded_on"),
        *("valid_until", "authority", "representative_name", "representative", "phone"),
        *("address", "address_code", "place", "parent"),
    ),
    "project": (
        *("name", "kind", "stage", "builder", "land", "location", "place", "investment"),
        *("floor_area_m2", "started_on", "finished_on"),
    ),
    "land": ("use", "area_m2", "location", "place", "holder", "granted_on", "valid_until"),
    "finance": ("kind", "institution_code", "license_number", "lei", "licensed_on"),
}


def plain_values(subject_kind: str, row: Model) -> dict[str, Any]:
    """Tracked values of a row as JSON values; a reference is its key."""
    return {field: plain(read(row, field)) for field in TRACKED[subject_kind]}


def read(row: Model, field: str) -> Any:
    """A field's value; the key of a reference."""
    column = row._meta.get_field(field)
    return getattr(row, column.attname if isinstance(column, ForeignKey) else field)


def write(row: Model, field: str, value: Any) -> None:
    """Set a field from its JSON value; the key of a reference."""
    column: Any = row._meta.get_field(field)
    if isinstance(column, ForeignKey):
        setattr(row, column.attname, value)
    else:
        setattr(row, field, column.to_python(value))


def plain(value: Any) -> Any:
    """A value as JSON has it: dates in ISO form, decimals as plain text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value
