"""Purposes for which persons are read, as rows: which fields, by whom, on what legal basis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.roles import CLERK, DEPARTMENT_HEAD, DUTY_OFFICER, SUPERVISOR

PERSON_FIELDS: Final[Mapping[str, Promise]] = {
    "name": _("Name"),
    "document_kind": _("Kind of document"),
    "document_number": _("Document number"),
    "kind": _("Kind of person"),
    "status": _("Status"),
    "sex": _("Sex"),
    "born_on": _("Date of birth"),
    "died_on": _("Date of death"),
    "nationality": _("Nationality"),
    "ethnicity": _("Ethnic group"),
    "phone": _("Mobile phone"),
    "registered_division": _("Household registration at"),
    "address": _("Current address"),
    "place": _("Subdistrict or town"),
    "permit_until": _("Stay permitted until"),
    "household_number": _("Household number"),
}
_PLAIN = ("kind", "status", "sex", "nationality", "place", "document_kind")
_WORKERS = frozenset({CLERK, DUTY_OFFICER, DEPARTMENT_HEAD})


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """Why a person is read.

    `clear` fields are shown whole, `masked` ones in part, others not at all. Without `departments`
    any department may; `needs_case` asks for the number of the case at hand.
    """

    code: str
    title: Promise
    legal_basis: Promise
    clear: frozenset[str]
    masked: frozenset[str] = frozenset()
    roles: frozenset[str] = _WORKERS
    departments: frozenset[str] = frozenset()
    needs_case: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All it covers, in the order in which they are shown."""
        return tuple(f for f in PERSON_FIELDS if f in self.clear or f in self.masked)

    def allows(self, actor: Actor) -> bool:
        """Whether the actor's office and role may read for this purpose."""
        fits = not self.departments or bool(self.departments & actor.departments)
        return fits and bool(self.roles & actor.roles)


PURPOSES: Final[Mapping[str, Purpose]] = {
    purpose.code: purpose
    for purpose in (
        Purpose(
            code="household_registration",
            title=_("Household registration"),
            legal_basis=_(
                "Regulations on Household Registration, articles 3 and 4; "
                "Law on Resident Identity Cards, article 6"
            ),
            clear=frozenset(PERSON_FIELDS),
            departments=frozenset({"police"}),
        ),
        Purpose(
            code="case_handling",
            title=_("Handling a case the person applied for"),
            legal_basis=_(
                "Personal Information Protection Law, articles 13 (3) and 34; the case itself"
            ),
            clear=frozenset(
                {*_PLAIN, "name", "document_number", "born_on", "phone", "address", "place"}
            ),
            masked=frozenset({"household_number"}),
            needs_case=True,
        ),
        Purpose(
            code="social_assistance",
            title=_("Social assistance and civil affairs"),
            legal_basis=_("Interim Measures for Social Assistance, articles 58 and 59"),
            clear=frozenset(
                {*_PLAIN, "name", "document_number", "born_on", "phone", "address"}
                | {"household_number", "died_on"}
            ),
            departments=frozenset({"civil_affairs"}),
        ),
        Purpose(
            code="social_insurance",
            title=_("Social insurance and employment"),
            legal_basis=_("Social Insurance Law, articles 57 and 74"),
            clear=frozenset({*_PLAIN, "name", "document_number", "born_on", "died_on"}),
            masked=frozenset({"phone", "address"}),
            departments=frozenset({"human_resources"}),
        ),
        Purpose(
            code="business_registration",
            title=_("Registration of organizations"),
            legal_basis=_("Regulations on the Registration of Market Entities, articles 8 and 15"),
            clear=frozenset({*_PLAIN, "name", "document_number"}),
            masked=frozenset({"phone", "address", "born_on"}),
            departments=frozenset({"industry_commerce", "market", "quality", "food_drug"}),
        ),
        Purpose(
            code="emergency",
            title=_("Averting danger to life"),
            legal_basis=_(
                "Emergency Response Law, article 56; "
                "Personal Information Protection Law, article 13 (4)"
            ),
            clear=frozenset({"name", "sex", "phone", "address", "place"}),
            masked=frozenset({"born_on", "document_number"}),
            roles=frozenset({DUTY_OFFICER, DEPARTMENT_HEAD}),
        ),
        Purpose(
            code="data_quality",
            title=_("Correcting the registry's data"),
            legal_basis=_("Personal Information Protection Law, articles 8 and 46"),
            clear=frozenset({*_PLAIN, "ethnicity", "registered_division"}),
            masked=frozenset(
                {"name", "document_number", "born_on", "phone", "address", "household_number"}
            ),
        ),
        Purpose(
            code="record_matching",
            title=_("Deciding whether two records are one person"),
            legal_basis=_("Personal Information Protection Law, articles 8 and 46"),
            clear=frozenset({*_PLAIN, "name", "born_on", "address", "registered_division"}),
            masked=frozenset({"document_number", "phone", "household_number"}),
            roles=frozenset({CLERK, DEPARTMENT_HEAD}),
        ),
        Purpose(
            code="supervision",
            title=_("Checking how data are used"),
            legal_basis=_("Supervision Law, article 11; Data Security Law, article 39"),
            clear=frozenset({"kind", "status", "place"}),
            masked=frozenset({"name", "document_number"}),
            roles=frozenset({SUPERVISOR}),
        ),
    )
}


def list_purposes(actor: Actor) -> list[Purpose]:
    """Purposes for which the actor may read persons."""
    return [purpose for purpose in PURPOSES.values() if purpose.allows(actor)]
