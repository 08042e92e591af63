"""Land parcels, construction projects and finance institutions."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import FINANCE_KINDS
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.identifiers import IdentifierError
from ipudong.city.registry.models import FinanceInstitution, Land, Project
from ipudong.city.registry.register_numbers import (
    parse_institution_code,
    parse_lei,
    parse_parcel_code,
    parse_project_code,
)
from ipudong.city.registry.services.changes import ROWS, Origin, apply_changes

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def register_land(
    *, by: Actor, parcel_code: str, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Land:
    """Register a parcel. Raises RegistryError: "number_not_valid", "number_taken"."""
    code = _checked(parse_parcel_code, parcel_code, "parcel_code")
    if Land.objects.filter(parcel_code=code).exists():
        raise RegistryError("number_taken")
    row = Land(parcel_code=code, area_m2=0, source=origin.source, recorded_at=origin.at)
    return _register(by, "land", row, values, origin, today)


@transaction.atomic
def register_project(
    *, by: Actor, code: str, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Project:
    """Register a project; its kind is in its code. Raises RegistryError."""
    checked = _checked(parse_project_code, code, "project_code")
    if Project.objects.filter(code=checked).exists():
        raise RegistryError("number_taken")
    if not str(values.get("name", "")).strip():
        raise RegistryError("name_needed")
    row = Project(code=checked, source=origin.source, recorded_at=origin.at, stage="planned")
    given = {"kind": checked[15:17], **values}
    return _register(by, "project", row, given, origin, today)


@transaction.atomic
def register_finance_institution(
    *, by: Actor, organization_id: int, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> FinanceInstitution:
    """Say that an organization is a finance institution. Raises RegistryError."""
    if values.get("kind") not in FINANCE_KINDS:
        raise RegistryError("unknown_kind", kind=str(values.get("kind"))[:20])
    if FinanceInstitution.objects.filter(organization=organization_id).exists():
        raise RegistryError("number_taken")
    given = dict(values)
    for field, parse in (("institution_code", parse_institution_code), ("lei", parse_lei)):
        if given.get(field):
            given[field] = _checked(parse, str(given[field]), field)
    row = FinanceInstitution(
        organization_id=organization_id, source=origin.source, recorded_at=origin.at
    )
    return _register(by, "finance", row, given, origin, today)


@transaction.atomic
def change_record(
    *,
    by: Actor,
    subject_kind: str,
    record_id: int,
    values: Mapping[str, Any],
    origin: Origin,
    today: dt.date,
) -> Model:
    """Change a household, project, parcel or finance institution from a day on.

    Raises RegistryError: "record_not_found", "nothing_changed", "value_not_valid".
    """
    rows = ROWS[subject_kind]._default_manager.select_for_update()
    row = rows.filter(pk=record_id).first()
    if row is None:
        raise RegistryError("record_not_found", kind=subject_kind)
    written = apply_changes(subject_kind, row, values, origin, today=today)
    if not written:
        raise RegistryError("nothing_changed")
    row.save()
    _note(by, "change", subject_kind, row.pk, sorted(c.field for c in written), origin)
    return row


def _register(
    by: Actor, kind: str, row: Row, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Row:
    row.save()
    apply_changes(kind, row, values, origin, today=today)
    row.save()
    _note(by, "register", kind, row.pk, sorted(values), origin)
    return row


def _checked(parse: Callable[[str], str], text: str, field: str) -> str:
    try:
        return parse(text)
    except IdentifierError as error:
        raise RegistryError("number_not_valid", document=field, why=error.code) from error


def _note(by: Actor, verb: str, kind: str, pk: int, fields: list[str], origin: Origin) -> None:
    record(
        actor=by.name,
        action=f"registry.{verb}_{kind}",
        subject=f"{kind}:{pk}",
        detail={"fields": fields, "source": origin.source, "offices": sorted(by.departments)},
        at=origin.at,
    )
