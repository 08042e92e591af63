"""For whom an account may apply: itself, persons it represents, organizations it acts for."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.queries.organizations import get_organization
from ipudong.city.registry.queries.people import find_person_of, get_person_record
from ipudong.city.registry.queries.standing import list_agencies_of, list_represented_by


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody one may apply for; `own_person` is the person of the account itself."""

    applicant: Applicant
    name: str
    relation: Promise | str
    own_person: int | None

    @property
    def key(self) -> str:
        """As the page sends it: `person:7`."""
        return self.applicant.subject


SELF = _("Myself")
REPRESENTED = _("A person I represent")
AGENT = _("An organization I act for")


def list_parties(actor: Actor, audience: tuple[str, ...], *, on: date) -> list[Party]:
    """Those the account may apply for on a day, as far as the item is for their kind."""
    own = find_person_of(actor.account_id)
    parties: list[Party] = []
    if own is not None and PERSON in audience:
        parties.append(_party(PERSON, own.person_id, own.name, SELF, own.person_id))
        for row in list_represented_by(own.person_id, on=on):
            name = row.person.name
            parties.append(_party(PERSON, row.person_id, name, REPRESENTED, own.person_id))
    if ORGANIZATION in audience:
        own_id = own.person_id if own else None
        for agency in list_agencies_of(actor.account_id, on=on):
            name = get_organization(agency.organization_id).name
            parties.append(_party(ORGANIZATION, agency.organization_id, name, AGENT, own_id))
    return parties


def _party(kind: str, key: int, name: str, relation: Promise, own: int | None) -> Party:
    applicant = Applicant(kind=PERSON if kind == PERSON else ORGANIZATION, id=key)
    return Party(applicant=applicant, name=name, relation=relation, own_person=own)


def name_of_applicant(applicant: Applicant) -> str:
    """The applicant's name today; "" where the registry does not know them any more."""
    try:
        if applicant.kind == PERSON:
            return get_person_record(applicant.id).name
        return get_organization(applicant.id).name
    except RegistryError:
        return ""
