"""Whose papers and files an account may see: its own person's, and theirs for whom it acts."""

from datetime import date
from typing import Final

from django.utils import timezone

from ipudong.city.casework.access import may_see
from ipudong.city.casework.models import Case
from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.models import PersonAccount
from ipudong.city.registry.queries.standing import may_act_for_organization, may_act_for_person

EVERYTHING: Final = "*"
"""A power that no list names: only who may do everything has it."""


def find_own_person(actor: Actor) -> int | None:
    """Key of the person the account is bound to."""
    if actor.account_id is None:
        return None
    bound = PersonAccount.objects.select_related("person").filter(account=actor.account_id).first()
    return (bound.person.merged_into_id or bound.person_id) if bound else None


def stands_for(actor: Actor, applicant: Applicant, *, on: date, power: str = EVERYTHING) -> bool:
    """Whether the account is the applicant, or acts for them on a day.

    `power` is the kind of case at hand; without it only those do who may do everything.
    """
    if actor.account_id is None:
        return False
    if applicant.kind == ORGANIZATION:
        return may_act_for_organization(actor.account_id, applicant.id, on=on, power=power)
    own = find_own_person(actor)
    return own is not None and may_act_for_person(own, applicant.id, on=on, power=power)


def may_read(actor: Actor, case_number: str, holder: Applicant | None = None) -> bool:
    """Whether the actor may open what belongs to a case: as its applicant, its holder, or in
    office."""
    case = Case.objects.filter(number=case_number).first()
    power = case.kind_code if case else EVERYTHING
    today = timezone.localdate()
    if holder is not None and stands_for(actor, holder, on=today, power=power):
        return True
    if case is None:
        return False
    return may_see(actor, case) or stands_for(actor, case.applicant, on=today, power=power)


def holder_of(kind: str, key: int) -> Applicant:
    """A stored holder as an applicant."""
    return Applicant(kind=PERSON if kind == PERSON else ORGANIZATION, id=key)
