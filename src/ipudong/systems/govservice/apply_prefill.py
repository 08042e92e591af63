"""What is known already: answers of a form from the registers, with consent and on record."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.forms import Form
from ipudong.city.casework.parties import ORGANIZATION, Applicant
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import CITIZEN
from ipudong.city.registry.queries.organizations import get_organization
from ipudong.city.registry.queries.people import READ, get_person_record, note_reading

# The registry's purpose under which the reading stands in the person's own list of readings.
PURPOSE: Final = "case_handling"
FIELDS: Final[Mapping[str, Promise]] = {
    "person.name": _("Name of the person"),
    "person.citizen_number": _("Citizen identity number"),
    "person.document_number": _("Document number"),
    "person.document_kind": _("Kind of document"),
    "person.sex": _("Sex"),
    "person.birth_date": _("Date of birth"),
    "person.born_on": _("Date of birth"),
    "person.phone": _("Mobile phone"),
    "person.address": _("Home address"),
    "person.place": _("Subdistrict or town"),
    "person.nationality": _("Nationality"),
    "person.ethnicity": _("Ethnic group"),
    "person.registered_division": _("Household registration at"),
    "person.household_number": _("Household number"),
    "agent.name": _("Name of the one who applies"),
    "agent.citizen_number": _("Identity number of the one who applies"),
    "agent.phone": _("Mobile phone of the one who applies"),
    "organization.name": _("Name of the organization"),
    "organization.credit_code": _("Unified social credit code"),
    "organization.address": _("Registered address"),
    "organization.phone": _("Telephone of the organization"),
    "organization.scope": _("Scope of business"),
    "organization.industry": _("Industry"),
    "organization.founded_on": _("Founded on"),
    "organization.legal_representative": _("Legal representative"),
}
# What a field of the form is called -> what the registry calls it, where they differ.
_PERSON_NAMES: Final[Mapping[str, str]] = {
    "citizen_number": "document_number",
    "birth_date": "born_on",
}


def list_taken(form: Form) -> list[Promise | str]:
    """What the form takes from the registers, in words, for the one who is asked to consent."""
    paths = dict.fromkeys(row.prefill for row in form.fields.values() if row.prefill)
    return list(dict.fromkeys(FIELDS[path] for path in paths if path in FIELDS))


def read_sources(
    form: Form, applicant: Applicant, own_person: int | None, *, by: Actor, case_number: str
) -> dict[str, dict[str, Any]]:
    """The registers' answers to what the form asks, and nothing else; each reading is recorded.

    For an organization `person` is the one who acts for it.
    """
    sources: dict[str, dict[str, Any]] = {}
    subject = own_person if applicant.kind == ORGANIZATION else applicant.id
    for source, person in (("person", subject), ("agent", own_person)):
        wanted = form.list_prefilled(source)
        if wanted and person is not None:
            sources[source] = _read_person(person, wanted, by, case_number)
    if applicant.kind == ORGANIZATION and form.list_prefilled("organization"):
        sources["organization"] = _read_organization(applicant.id)
    return sources


def _read_person(
    person_id: int, wanted: tuple[str, ...], by: Actor, case_number: str
) -> dict[str, Any]:
    known = asdict(get_person_record(person_id))
    fields = [_PERSON_NAMES.get(name, name) for name in wanted]
    note_reading(by, [person_id], READ, PURPOSE, fields, case_number)
    found = {name: _plain(known.get(_PERSON_NAMES.get(name, name))) for name in wanted}
    if known["document_kind"] != CITIZEN:
        found.pop("citizen_number", None)
    return found


def _read_organization(organization_id: int) -> dict[str, Any]:
    known = asdict(get_organization(organization_id))
    found = {name: _plain(value) for name, value in known.items()}
    return {**found, "legal_representative": known["representative_name"]}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | bool) else str(value or "")
