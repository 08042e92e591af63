"""Binding accounts to persons; agents of organizations; representation of one person by another."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.codes import LEVELS, REPRESENTATION_KINDS
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import (
    Agency,
    Organization,
    Person,
    PersonAccount,
    Representation,
)

_LONGEST_POWER, _MOST_POWERS = 60, 50
CHANGE = "registry.change_person"


@transaction.atomic
def bind_account(
    *, by: Actor, account_id: int, person_id: int, level: str, at: dt.datetime
) -> PersonAccount:
    """Say which person an account is; again with another level raises or lowers the proof.

    Raises RegistryError: "unknown_level", "person_not_found", "account_bound_to_another".
    """
    if level not in LEVELS:
        raise RegistryError("unknown_level", level=level[:20])
    if not Person.objects.filter(pk=person_id, merged_into=None).exists():
        raise RegistryError("person_not_found", person=person_id)
    bound, _ = PersonAccount.objects.get_or_create(
        account_id=account_id,
        defaults={"person_id": person_id, "level": level, "bound_at": at, "bound_by": by.name},
    )
    if bound.person_id != person_id:
        raise RegistryError("account_bound_to_another")
    bound.level = level
    bound.save(update_fields=["level"])
    detail = {"account": account_id, "level": level}
    _note(by, "registry.bind_account", f"person:{person_id}", detail, at)
    return bound


@transaction.atomic
def grant_agency(
    *,
    by: Actor,
    account_id: int,
    organization_id: int,
    powers: Collection[str],
    valid_from: dt.date,
    at: dt.datetime,
    valid_until: dt.date | None = None,
) -> Agency:
    """Let an account act for an organization; without `powers` for everything.

    Raises RegistryError: "organization_not_found", "already_agent", "ends_before_it_begins".
    """
    if not Organization.objects.filter(pk=organization_id, merged_into=None).exists():
        raise RegistryError("organization_not_found", organization=organization_id)
    _require_order(valid_from, valid_until)
    row, new = Agency.objects.get_or_create(
        account_id=account_id,
        organization_id=organization_id,
        ended_at=None,
        defaults={
            "powers": _powers(powers),
            "valid_from": valid_from,
            "valid_until": valid_until,
            "granted_by": by.name,
            "granted_at": at,
        },
    )
    if not new:
        raise RegistryError("already_agent")
    detail = {"account": account_id, "powers": row.powers}
    _note(by, "registry.grant_agency", f"organization:{organization_id}", detail, at)
    return row


@transaction.atomic
def end_agency(*, by: Actor, agency_id: int, at: dt.datetime) -> None:
    """End an agency now; again changes nothing. Raises RegistryError "agency_not_found"."""
    row = Agency.objects.select_for_update().filter(pk=agency_id).first()
    if row is None:
        raise RegistryError("agency_not_found")
    if row.ended_at is not None:
        return
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    detail = {"account": row.account_id}
    _note(by, "registry.end_agency", f"organization:{row.organization_id}", detail, at)


@transaction.atomic
def ask_representation(
    *,
    by: Actor,
    person_id: int,
    representative_id: int,
    kind: str,
    powers: Collection[str],
    valid_from: dt.date,
    at: dt.datetime,
    valid_until: dt.date | None = None,
) -> Representation:
    """Propose that one person acts for another; only the two of them or a clerk may.

    Raises RegistryError: "unknown_kind", "represents_themselves", "person_not_found",
    "not_your_representation", "already_represented", "ends_before_it_begins".
    """
    if kind not in REPRESENTATION_KINDS:
        raise RegistryError("unknown_kind", kind=kind[:20])
    if person_id == representative_id:
        raise RegistryError("represents_themselves")
    _require_order(valid_from, valid_until)
    pair = (person_id, representative_id)
    if Person.objects.filter(pk__in=pair, merged_into=None).count() != len(pair):
        raise RegistryError("person_not_found")
    if not (_own_person(by) in pair or is_allowed(by, CHANGE)):
        raise RegistryError("not_your_representation")
    row, new = Representation.objects.get_or_create(
        person_id=person_id,
        representative_id=representative_id,
        ended_at=None,
        defaults={
            "kind": kind,
            "powers": _powers(powers),
            "valid_from": valid_from,
            "valid_until": valid_until,
            "asked_by": by.name,
            "asked_at": at,
        },
    )
    if not new:
        raise RegistryError("already_represented")
    _note_pair(by, "registry.ask_representation", row, at)
    return row


@transaction.atomic
def accept_representation(*, by: Actor, representation_id: int, at: dt.datetime) -> Representation:
    """Accept what the other side asked; a clerk may for a child or a ward.

    Raises RegistryError: "representation_not_found", "representation_ended",
    "not_your_representation", "asked_by_you".
    """
    row = _locked(representation_id)
    if row.ended_at is not None:
        raise RegistryError("representation_ended")
    if row.accepted_at is not None:
        return row
    _require_other_side(by, row)
    row.accepted_at, row.accepted_by = at, by.name
    row.save(update_fields=["accepted_at", "accepted_by"])
    _note_pair(by, "registry.accept_representation", row, at)
    return row


@transaction.atomic
def end_representation(*, by: Actor, representation_id: int, at: dt.datetime) -> None:
    """End or decline a representation now; either side may, at any time. Raises RegistryError."""
    row = _locked(representation_id)
    if row.ended_at is not None:
        return
    if not (_is_side(by, row) or is_allowed(by, CHANGE)):
        raise RegistryError("not_your_representation")
    row.ended_at, row.ended_by = at, by.name
    row.save(update_fields=["ended_at", "ended_by"])
    _note_pair(by, "registry.end_representation", row, at)


def _locked(representation_id: int) -> Representation:
    row = Representation.objects.select_for_update().filter(pk=representation_id).first()
    if row is None:
        raise RegistryError("representation_not_found")
    return row


def _require_other_side(by: Actor, row: Representation) -> None:
    """The side that did not ask accepts; whoever is neither, unless a clerk, may not."""
    if row.asked_by == by.name:
        raise RegistryError("asked_by_you")
    if not (_is_side(by, row) or (row.kind in {"parent", "guardian"} and is_allowed(by, CHANGE))):
        raise RegistryError("not_your_representation")


def _is_side(by: Actor, row: Representation) -> bool:
    own = _own_person(by)
    return own is not None and own in {row.person_id, row.representative_id}


def _own_person(by: Actor) -> int | None:
    rows = PersonAccount.objects.filter(~Q(account=None), account=by.account_id)
    return rows.values_list("person_id", flat=True).first() if by.account_id else None


def _require_order(valid_from: dt.date, valid_until: dt.date | None) -> None:
    if valid_until is not None and valid_until < valid_from:
        raise RegistryError("ends_before_it_begins")


def _powers(powers: Collection[str]) -> list[str]:
    if len(powers) > _MOST_POWERS or any(len(power) > _LONGEST_POWER for power in powers):
        raise RegistryError("too_many_powers", most=_MOST_POWERS)
    return sorted(set(powers))


def _note_pair(by: Actor, action: str, row: Representation, at: dt.datetime) -> None:
    detail = {"representative": row.representative_id, "kind": row.kind, "powers": row.powers}
    _note(by, action, f"person:{row.person_id}", detail, at)


def _note(by: Actor, action: str, subject: str, detail: dict[str, Any], at: dt.datetime) -> None:
    record(actor=by.name, action=action, subject=subject, detail=detail, at=at)
