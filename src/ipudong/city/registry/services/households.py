"""Households, who is in them, and who lives in which dwelling."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import FAMILY, HEAD, HOUSE_RELATIONS, HOUSEHOLD_KINDS, RELATIONS
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Household, HouseholdMember, Person, PersonHouse, Place


@transaction.atomic
def open_household(
    *,
    by: Actor,
    number: str,
    address: str,
    source: str,
    at: dt.datetime,
    since_on: dt.date,
    kind: str = FAMILY,
    address_code: str = "",
    place: Place | None = None,
) -> Household:
    """Open a household under a number. Raises RegistryError "household_taken", "unknown_kind"."""
    if kind not in HOUSEHOLD_KINDS:
        raise RegistryError("unknown_kind", kind=kind[:20])
    household, new = Household.objects.get_or_create(
        number=number,
        defaults={
            "kind": kind,
            "address": address,
            "address_code": address_code,
            "place": place,
            "since_on": since_on,
            "source": source,
            "recorded_at": at,
        },
    )
    if not new:
        raise RegistryError("household_taken")
    _note(by, "registry.open_household", f"household:{household.pk}", {"source": source}, at)
    return household


@transaction.atomic
def join_household(
    *,
    by: Actor,
    household_id: int,
    person_id: int,
    relation: str,
    since_on: dt.date,
    source: str,
    at: dt.datetime,
) -> HouseholdMember:
    """Take a person into a household from a day on; they leave the one before on that day.

    Raises RegistryError: "unknown_relation", "second_head", "person_not_found",
    "household_not_found", "household_closed".
    """
    if relation not in RELATIONS:
        raise RegistryError("unknown_relation", relation=relation[:10])
    household = Household.objects.select_for_update().filter(pk=household_id).first()
    if household is None:
        raise RegistryError("household_not_found")
    if household.until_on is not None:
        raise RegistryError("household_closed")
    person = _get_person(person_id)
    running = HouseholdMember.objects.filter(until_on=None)
    if relation == HEAD and running.filter(household=household, relation=HEAD).exists():
        raise RegistryError("second_head")
    running.filter(person=person).update(until_on=since_on)
    member = HouseholdMember.objects.create(
        household=household, person=person, relation=relation, since_on=since_on, source=source
    )
    detail = {"household": household.pk, "relation": relation, "source": source}
    _note(by, "registry.join_household", f"person:{person.pk}", detail, at)
    return member


@transaction.atomic
def leave_household(
    *, by: Actor, person_id: int, until_on: dt.date, source: str, at: dt.datetime
) -> None:
    """End a person's time in their household. Raises RegistryError "not_in_a_household"."""
    rows = HouseholdMember.objects.filter(person=person_id, until_on=None)
    if not rows.update(until_on=until_on):
        raise RegistryError("not_in_a_household")
    _note(by, "registry.leave_household", f"person:{person_id}", {"source": source}, at)


@transaction.atomic
def link_house(
    *,
    by: Actor,
    person_id: int,
    address: str,
    relation: str,
    since_on: dt.date,
    source: str,
    at: dt.datetime,
    address_code: str = "",
) -> PersonHouse:
    """Say in which relation a person stands to a dwelling. Raises RegistryError."""
    if relation not in HOUSE_RELATIONS:
        raise RegistryError("unknown_relation", relation=relation[:10])
    person = _get_person(person_id)
    link = PersonHouse.objects.create(
        person=person,
        address=address,
        address_code=address_code,
        relation=relation,
        since_on=since_on,
        source=source,
    )
    detail = {"relation": relation, "source": source}
    _note(by, "registry.link_house", f"person:{person.pk}", detail, at)
    return link


@transaction.atomic
def unlink_house(*, by: Actor, link_id: int, until_on: dt.date, at: dt.datetime) -> None:
    """End a person's link to a dwelling. Raises RegistryError "link_not_found"."""
    running = PersonHouse.objects.filter(Q(until_on=None), pk=link_id).first()
    if running is None:
        raise RegistryError("link_not_found")
    running.until_on = until_on
    running.save(update_fields=["until_on"])
    _note(by, "registry.unlink_house", f"person:{running.person_id}", {"link": link_id}, at)


def _get_person(person_id: int) -> Person:
    person = Person.objects.filter(pk=person_id, merged_into=None).first()
    if person is None:
        raise RegistryError("person_not_found", person=person_id)
    return person


def _note(by: Actor, action: str, subject: str, detail: dict[str, Any], at: dt.datetime) -> None:
    detail = {**detail, "offices": sorted(by.departments)}
    record(actor=by.name, action=action, subject=subject, detail=detail, at=at)
