"""Whom the reader acts for: themselves, persons they represent, organizations they are agents of.

The choice is kept in the session and looked at anew with every request: what ended is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.casework.models import Case
from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant
from ipudong.city.casework.queries import list_cases_of, list_own_cases
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request
from ipudong.city.registry.queries.people import find_person_of
from ipudong.city.registry.queries.standing import list_agencies_of, list_represented_by
from ipudong.city.registry.records import PersonRecord

ACTING: Final = "space_acting"
SELF: Final = "self"


@dataclass(frozen=True, kw_only=True)
class Party:
    """One identity the reader may take; `applicant` is None for an account that is no known
    person. `code` is what the form sends."""

    code: str
    name: str
    relation: str
    applicant: Applicant | None
    is_self: bool = False
    powers: tuple[str, ...] = ()

    @property
    def may_everything(self) -> bool:
        """Whether nothing limits what the reader may do for them."""
        return not self.powers

    def covers(self, kind_code: str) -> bool:
        """Whether the reader may act in cases of a kind."""
        return self.may_everything or kind_code in self.powers

    @property
    def is_organization(self) -> bool:
        """Whether it is an organization."""
        return self.applicant is not None and self.applicant.kind == ORGANIZATION


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The reader, who they are in the registry, whom they may act for and do act for now."""

    actor: Actor
    person: PersonRecord | None
    parties: tuple[Party, ...]
    current: Party

    @property
    def is_acting(self) -> bool:
        """Whether the reader acts for somebody else."""
        return not self.current.is_self


def standing_of(request: HttpRequest) -> Standing:
    """The reader's standing, looked up once a request."""
    known = getattr(request, "_space_standing", None)
    if isinstance(known, Standing):
        return known
    actor = actor_of_request(request)
    person = find_person_of(actor.account_id)
    parties = tuple(_list_parties(request, actor, person, timezone.localdate()))
    wanted = request.session.get(ACTING, SELF)
    current = next((party for party in parties if party.code == wanted), parties[0])
    standing = Standing(actor=actor, person=person, parties=parties, current=current)
    request._space_standing = standing  # type: ignore[attr-defined]
    return standing


def _list_parties(
    request: HttpRequest, actor: Actor, person: PersonRecord | None, today: date
) -> Iterable[Party]:
    own = Applicant(kind=PERSON, id=person.person_id) if person else None
    name = person.name if person else str(request.user)
    yield Party(code=SELF, name=name, relation=_("Myself"), applicant=own, is_self=True)
    if person:
        for row in list_represented_by(person.person_id, on=today):
            yield Party(
                code=f"person:{row.person.pk}",
                name=row.person.name,
                relation=row.get_kind_display(),
                applicant=Applicant(kind=PERSON, id=row.person.pk),
                powers=tuple(row.powers),
            )
    for agency in list_agencies_of(actor.account_id, on=today):
        yield Party(
            code=f"organization:{agency.organization.pk}",
            name=agency.organization.name,
            relation=_("Organization"),
            applicant=Applicant(kind=ORGANIZATION, id=agency.organization.pk),
            powers=tuple(agency.powers),
        )


def list_cases_of_party(standing: Standing, *, limit: int) -> list[Case]:
    """Cases of the party, newest first; one's own are also those one opened for oneself."""
    applicant = standing.current.applicant
    found = list_cases_of(applicant, limit=limit) if applicant else []
    if standing.current.is_self:
        found += [
            case for case in list_own_cases(standing.actor, limit=limit) if _is_own(case, applicant)
        ]
    unique = {case.pk: case for case in found if standing.current.covers(case.kind_code)}
    return sorted(unique.values(), key=lambda case: -case.pk)[:limit]


def _is_own(case: Case, applicant: Applicant | None) -> bool:
    """Whether a case the account opened is shown under the reader's own name."""
    return applicant is None or case.applicant == applicant
