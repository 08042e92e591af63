"""Who may act for whom: agents of organizations, representatives of persons, families."""

import datetime as dt
from typing import TypeVar

from django.db.models import Q, QuerySet

from ipudong.city.registry.models import (
    Agency,
    Household,
    HouseholdMember,
    Person,
    Representation,
)

Row = TypeVar("Row", Agency, Representation)


def list_agencies_of(account_id: int | None, *, on: dt.date) -> list[Agency]:
    """Organizations an account may act for on a day."""
    return list(_running(Agency.objects.filter(account=account_id), on).order_by("pk"))


def list_agents_of(organization_id: int, *, on: dt.date) -> list[Agency]:
    """Accounts that may act for an organization on a day."""
    rows = Agency.objects.filter(organization=organization_id)
    return list(_running(rows, on).select_related("account").order_by("pk"))


def may_act_for_organization(
    account_id: int | None, organization_id: int, *, on: dt.date, power: str = ""
) -> bool:
    """Whether an account is the organization's agent on a day, for `power` where one is named."""
    rows = Agency.objects.filter(account=account_id, organization=organization_id)
    return any(_covers(row.powers, power) for row in _running(rows, on))


def list_representations_of(person_id: int) -> list[Representation]:
    """Representations in which a person stands on either side, ended ones too, newest first."""
    rows = Representation.objects.filter(Q(person=person_id) | Q(representative=person_id))
    return list(rows.select_related("person", "representative"))


def list_represented_by(person_id: int, *, on: dt.date) -> list[Representation]:
    """Accepted representations by which a person may act for others on a day."""
    rows = Representation.objects.filter(representative=person_id, accepted_at__isnull=False)
    return list(_running(rows, on).select_related("person").order_by("pk"))


def may_act_for_person(
    representative_id: int, person_id: int, *, on: dt.date, power: str = ""
) -> bool:
    """Whether a person may act for another on a day: for themselves always."""
    if representative_id == person_id:
        return True
    rows = Representation.objects.filter(
        representative=representative_id, person=person_id, accepted_at__isnull=False
    )
    return any(_covers(row.powers, power) for row in _running(rows, on))


def find_household_of(person_id: int) -> Household | None:
    """The household a person is in today."""
    member = (
        HouseholdMember.objects.filter(person=person_id, until_on=None)
        .select_related("household__place")
        .first()
    )
    return member.household if member else None


def list_members(household_id: int) -> list[HouseholdMember]:
    """Members of a household: those of today first, the head first among them."""
    rows = HouseholdMember.objects.filter(household=household_id).select_related("person__place")
    return sorted(rows, key=lambda row: (row.until_on is not None, row.relation, row.pk))


def list_family_of(person_id: int) -> list[tuple[Person, str]]:
    """Persons in the same household today with their relation to its head; the person not."""
    household = find_household_of(person_id)
    if household is None:
        return []
    return [
        (member.person, member.relation)
        for member in list_members(household.pk)
        if member.until_on is None and member.person_id != person_id
    ]


def _running(rows: QuerySet[Row], on: dt.date) -> QuerySet[Row]:
    within = Q(valid_until=None) | Q(valid_until__gte=on)
    return rows.filter(within, valid_from__lte=on, ended_at=None)


def _covers(powers: list[str], power: str) -> bool:
    return not power or not powers or power in powers
