"""Registering and changing organizations, their licenses, events and shareholders."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import ORGANIZATION_EVENTS, ORGANIZATION_KINDS
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.identifiers import IdentifierError, parse_credit_code
from ipudong.city.registry.models import (
    Organization,
    OrganizationEvent,
    OrganizationLicense,
    Person,
    Shareholder,
)
from ipudong.city.registry.services.changes import Origin, apply_changes
from ipudong.city.registry.trade_names import trade_name

_WHOLE = Decimal(100)


@transaction.atomic
def register_organization(
    *, by: Actor, credit_code: str, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Organization:
    """Register an organization under its credit code, with the event of its founding.

    Raises RegistryError: "number_not_valid", "number_taken", "name_needed", "unknown_kind",
    "unknown_field", "value_not_valid".
    """
    try:
        code = parse_credit_code(credit_code)
    except IdentifierError as error:
        raise RegistryError("number_not_valid", document="GB 32100", why=error.code) from error
    name, kind = str(values.get("name", "")).strip(), str(values.get("kind", ""))
    if not name:
        raise RegistryError("name_needed")
    if kind not in ORGANIZATION_KINDS:
        raise RegistryError("unknown_kind", kind=kind[:20])
    row, new = Organization.objects.get_or_create(
        credit_code=code.text,
        defaults={
            "name": name,
            "kind": kind,
            "trade_name": trade_name(name),
            "source": origin.source,
            "quality": origin.quality,
            "recorded_at": origin.at,
        },
    )
    if not new:
        raise RegistryError("number_taken")
    rest = {field: value for field, value in values.items() if field not in {"name", "kind"}}
    apply_changes("organization", row, rest, origin, today=today)
    row.save()
    if row.founded_on:
        _add_event(row.pk, "founded", row.founded_on, "", origin)
    _note(by, "registry.register_organization", row.pk, {"fields": sorted(values)}, origin.at)
    return row


@transaction.atomic
def change_organization(
    *, by: Actor, organization_id: int, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Organization:
    """Change the register entry from a day on; the change is an event of its life.

    Raises RegistryError: "organization_not_found", "nothing_changed", "circle_of_branches" and
    those of `register_organization`.
    """
    rows = Organization.objects.select_for_update()
    row = rows.filter(pk=organization_id, merged_into=None).first()
    if row is None:
        raise RegistryError("organization_not_found", organization=organization_id)
    if "name" in values and not str(values["name"]).strip():
        raise RegistryError("name_needed")
    written = apply_changes("organization", row, values, origin, today=today)
    if not written:
        raise RegistryError("nothing_changed")
    _require_no_circle(row)
    row.trade_name = trade_name(row.name)
    row.save()
    fields = sorted(change.field for change in written)
    _add_event(row.pk, "changed", origin.effective_on, ", ".join(fields), origin)
    detail = {"fields": fields, "source": origin.source}
    _note(by, "registry.change_organization", row.pk, detail, origin.at)
    return row


@transaction.atomic
def record_organization_event(
    *, by: Actor, organization_id: int, kind: str, text: str, origin: Origin
) -> OrganizationEvent:
    """Record something in an organization's life. Raises RegistryError "unknown_kind"."""
    if kind not in ORGANIZATION_EVENTS:
        raise RegistryError("unknown_kind", kind=kind[:20])
    _require(organization_id)
    event = _add_event(organization_id, kind, origin.effective_on, text, origin)
    detail = {"event": kind, "source": origin.source}
    _note(by, "registry.record_organization_event", organization_id, detail, origin.at)
    return event


@transaction.atomic
def add_license(
    *,
    by: Actor,
    organization_id: int,
    kind: str,
    number: str,
    authority: str,
    issued_on: dt.date,
    source: str,
    at: dt.datetime,
    valid_until: dt.date | None = None,
    scope: str = "",
) -> OrganizationLicense:
    """Record a license. Raises RegistryError: "license_taken", "license_ends_before_issue"."""
    _require(organization_id)
    if valid_until is not None and valid_until < issued_on:
        raise RegistryError("license_ends_before_issue")
    row, new = OrganizationLicense.objects.get_or_create(
        kind=kind,
        number=number,
        defaults={
            "organization_id": organization_id,
            "authority": authority,
            "scope": scope,
            "issued_on": issued_on,
            "valid_until": valid_until,
            "status": "valid",
            "source": source,
        },
    )
    if not new:
        raise RegistryError("license_taken")
    detail = {"license": kind, "number": number, "source": source}
    _note(by, "registry.add_license", organization_id, detail, at)
    return row


@transaction.atomic
def add_shareholder(
    *,
    by: Actor,
    organization_id: int,
    percent: Decimal,
    since_on: dt.date | None,
    source: str,
    at: dt.datetime,
    person_id: int | None = None,
    holder_id: int | None = None,
    name: str = "",
    subscribed: Decimal | None = None,
) -> Shareholder:
    """Record who holds a share. Raises RegistryError: "share_not_valid", "shares_above_whole",
    "name_needed", "holds_itself"."""
    _require(organization_id)
    if holder_id == organization_id:
        raise RegistryError("holds_itself")
    if not 0 < percent <= _WHOLE:
        raise RegistryError("share_not_valid")
    running = Shareholder.objects.filter(organization=organization_id, until_on=None)
    held = running.aggregate(total=Sum("percent"))["total"] or Decimal(0)
    if held + percent > _WHOLE:
        raise RegistryError("shares_above_whole", left=str(_WHOLE - held))
    row = Shareholder.objects.create(
        organization_id=organization_id,
        person_id=person_id,
        holder_id=holder_id,
        name=_name_of_holder(person_id, holder_id, name),
        percent=percent,
        subscribed=subscribed,
        since_on=since_on,
        source=source,
    )
    detail = {"percent": str(percent), "source": source}
    _note(by, "registry.add_shareholder", organization_id, detail, at)
    return row


def _name_of_holder(person_id: int | None, holder_id: int | None, name: str) -> str:
    if person_id is not None:
        name = Person.objects.values_list("name", flat=True).get(pk=person_id)
    elif holder_id is not None:
        name = Organization.objects.values_list("name", flat=True).get(pk=holder_id)
    if not name.strip():
        raise RegistryError("name_needed")
    return name.strip()


def _require(organization_id: int) -> None:
    if not Organization.objects.filter(pk=organization_id, merged_into=None).exists():
        raise RegistryError("organization_not_found", organization=organization_id)


def _require_no_circle(row: Organization) -> None:
    above, seen = row.parent_id, {row.pk}
    while above is not None:
        if above in seen:
            raise RegistryError("circle_of_branches")
        seen.add(above)
        parents = Organization.objects.filter(pk=above).values_list("parent_id", flat=True)
        above = parents.first()


def _add_event(
    organization_id: int, kind: str, day: dt.date, text: str, origin: Origin
) -> OrganizationEvent:
    return OrganizationEvent.objects.create(
        organization_id=organization_id,
        kind=kind,
        happened_on=day,
        text=text.strip()[:300],
        source=origin.source,
        recorded_at=origin.at,
    )


def _note(by: Actor, action: str, pk: int, detail: dict[str, Any], at: dt.datetime) -> None:
    detail = {**detail, "offices": sorted(by.departments)}
    record(actor=by.name, action=action, subject=f"organization:{pk}", detail=detail, at=at)
