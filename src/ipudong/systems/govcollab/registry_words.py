"""Words of the registry desk: refusals by code, titles of fields, acts and rules."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.models import Department
from ipudong.city.languages import reads_chinese
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.ethnic_groups import name_ethnic_group
from ipudong.city.registry.models import Organization, Person, Place

REFUSALS: Final[Mapping[str, Promise]] = {
    "read_not_allowed": _("Your role may not read persons. Ask your department head."),
    "unknown_purpose": _("Choose one of the purposes."),
    "purpose_not_yours": _("This purpose is not open to your office. Choose one that is listed."),
    "case_needed": _("For this purpose the number of the case is needed. Enter it."),
    "field_not_covered": _("The purpose does not cover one of the fields."),
    "person_not_found": _("This person is not in the registry. Search again."),
    "organization_not_found": _("This organization is not in the registry. Search again."),
    "search_not_allowed": _("Your role may not search persons."),
    "search_too_short": _("Enter at least two characters."),
    "verify_not_allowed": _("Your role may not verify claims."),
    "claim_without_number": _("Enter the document number."),
    "claim_without_field": _("Enter at least one thing to verify beside the number."),
    "claim_unreadable": _("One of the values cannot be read. Check the date of birth."),
    "claim_unknown_field": _("One of the fields cannot be verified."),
    "name_needed": _("Enter the name."),
    "unknown_kind": _("Choose one of the kinds in the list."),
    "number_not_valid": _(
        "The number is not right: check each digit against the document. "
        "A number with a wrong check digit is never stored."
    ),
    "number_taken": _(
        "This number is already in the registry. Search for it and open that record."
    ),
    "number_contradicts": _(
        "The number says another date of birth or sex. Correct the number or that field."
    ),
    "unknown_field": _("One of the fields cannot be changed here."),
    "value_not_valid": _("One of the values does not fit its field. Check lengths and dates."),
    "nothing_changed": _("Nothing differs from what is registered; nothing was changed."),
    "unknown_quality": _("Say how good the information is."),
    "source_needed": _("Say where the information comes from, in at most 40 characters."),
    "note_too_long": _("The reason is too long: 200 characters at most."),
    "effective_too_early": _("The day lies too far back."),
    "day_to_come": _("The day lies in the future."),
    "circle_of_branches": _("An organization cannot be a branch of its own branch."),
    "record_not_found": _("This record is not in the registry."),
}
_TITLES: Final[Mapping[str, Promise]] = {
    "parent": _("Parent organization"),
    "representative": _("Person of the legal representative"),
}
_CODE: Final = re.compile(r"[a-z0-9_-]{1,60}")
RULES: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "resident_without_household": (
        _("Registered resident without a household"),
        _("Open a household or correct the kind of person."),
    ),
    "household_without_head": (
        _("Household without a head"),
        _("Ask the family who heads it."),
    ),
    "visitor_beyond_permit": (
        _("Visitor whose permit has ended"),
        _("Ask the entry and exit office whether they left."),
    ),
    "staying_without_address": (
        _("Staying person without an address"),
        _("Ask the landlord's registration."),
    ),
    "born_in_the_future": (_("Born in the future"), _("Correct the date of birth.")),
    "older_than_120": (_("Older than 120 years"), _("Check whether the person is alive.")),
    "citizen_without_number": (
        _("Citizen without an identity number"),
        _("Ask the police for the number."),
    ),
}


def say_refusal(error: RegistryError) -> str:
    """A refusal in the reader's language."""
    return str(REFUSALS.get(error.code, error.code))


def name_sources(codes: Iterable[str]) -> dict[str, str]:
    """Sources in words: the name of an office where the source is one, else as written."""
    wanted = set(codes)
    offices = Department.objects.in_bulk([code for code in wanted if _CODE.fullmatch(code)])
    stem = "name_zh" if reads_chinese() else "name_en"
    return {code: getattr(offices.get(code), stem, "") or code for code in wanted}


def title_of(model: type[Model], field: str) -> str:
    """What a field is called."""
    if field in _TITLES:
        return str(_TITLES[field])
    return str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def show_value(model: type[Model], field: str, value: Any) -> str:
    """A tracked value in words: the title of a code, the name behind a key."""
    if value in (None, ""):
        return ""
    if field == "place":
        place = Place.objects.filter(pk=value).first()
        return place.name if place else ""
    if field in {"parent", "builder", "holder"}:
        return Organization.objects.filter(pk=value).values_list("name", flat=True).first() or ""
    if field == "representative":
        return Person.objects.filter(pk=value).values_list("name", flat=True).first() or ""
    if field == "ethnicity":
        return name_ethnic_group(str(value), chinese=reads_chinese())
    choices = getattr(model._meta.get_field(field), "flatchoices", ())
    return str(dict(choices).get(value, value))
