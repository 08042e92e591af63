"""Verification: a claim about a person is answered yes or no, never with data."""

import datetime as dt
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.codes import ACTIVE, RESIDENT
from ipudong.city.registry.documents import plain_number
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Person
from ipudong.city.registry.queries.people import VERIFY, find_person_by_number, note_reading
from ipudong.city.registry.records import Verification

ADULT_AGE: Final = 18
CLAIM_FIELDS: Final[Mapping[str, Promise]] = {
    "name": _("Name"),
    "born_on": _("Date of birth"),
    "sex": _("Sex"),
    "phone": _("Mobile phone"),
    "place": _("Code of the subdistrict or town"),
    "alive": _("Is alive"),
    "resident": _("Is a registered resident of the district"),
    "adult": _("Is of age"),
}
VERIFICATION_PURPOSES: Final[Mapping[str, Promise]] = {
    "identity": _("Establishing identity before a service"),
    "eligibility": _("Checking a condition of a service"),
    "contract": _("Concluding a contract the person asked for"),
    "case_handling": _("Handling a case the person applied for"),
}
_YES = {"true", "yes", "1", "是"}
_LONGEST = 100


def verify_person(
    *,
    by: Actor,
    claim: Mapping[str, object],
    purpose: str,
    today: dt.date,
    case_number: str = "",
) -> Verification:
    """Whether each field of `claim` holds for the person with its `document_number`.

    All is "no" for an unknown number, so that nobody learns who is known. The question is recorded
    and the person sees it. Raises RegistryError: "verify_not_allowed", "unknown_purpose",
    "claim_without_number", "claim_without_field", "claim_unknown_field", "claim_unreadable".
    """
    if not is_allowed(by, VERIFY):
        raise RegistryError("verify_not_allowed")
    if purpose not in VERIFICATION_PURPOSES:
        raise RegistryError("unknown_purpose", purpose=purpose[:60])
    number, asked = _read_claim(claim)
    with transaction.atomic():
        person = find_person_by_number(number)
        if person is None:
            detail = {"purpose": purpose, "fields": sorted(asked), "found": False}
            record(actor=by.name, action=VERIFY, subject="person:unknown", detail=detail)
        else:
            note_reading(by, [person.pk], VERIFY, purpose, sorted(asked), case_number)
    answers = {
        field: person is not None and _CHECKS[field](person, text, today)
        for field, text in asked.items()
    }
    return Verification(purpose=purpose, answers=answers)


def _read_claim(claim: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    number = plain_number(str(claim.get("document_number") or ""))
    if not number or len(number) > 30:
        raise RegistryError("claim_without_number")
    unknown = sorted(set(claim) - set(CLAIM_FIELDS) - {"document_number"})
    if unknown:
        raise RegistryError("claim_unknown_field", fields=[name[:40] for name in unknown[:5]])
    asked = {
        field: str(claim[field]).strip()
        for field in CLAIM_FIELDS
        if field in claim and claim[field] not in (None, "")
    }
    if not asked:
        raise RegistryError("claim_without_field")
    if any(len(text) > _LONGEST for text in asked.values()):
        raise RegistryError("claim_unreadable", field="length")
    _require_date(asked.get("born_on"))
    return number, asked


def _require_date(text: str | None) -> None:
    try:
        if text is not None:
            dt.date.fromisoformat(text)
    except ValueError as error:
        raise RegistryError("claim_unreadable", field="born_on") from error


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.casefold().encode(), right.casefold().encode())


def _is(fact: bool, claimed: str) -> bool:
    return fact == (claimed.casefold() in _YES)


def _is_adult(person: Person, today: dt.date) -> bool:
    born = person.born_on
    if born is None:
        return False
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) >= ADULT_AGE


def _born_on(person: Person, text: str) -> bool:
    return person.born_on is not None and _same(person.born_on.isoformat(), text)


_CHECKS: Final[Mapping[str, Callable[[Person, str, dt.date], bool]]] = {
    "name": lambda person, text, _: _same(person.name, text),
    "born_on": lambda person, text, _: _born_on(person, text),
    "sex": lambda person, text, _: _same(person.sex, text),
    "phone": lambda person, text, _: bool(person.phone) and _same(person.phone, text),
    "place": lambda person, text, _: person.place is not None and person.place.code == text,
    "alive": lambda person, text, _: _is(person.status != "deceased", text),
    "resident": lambda person, text, _: _is(
        person.kind == RESIDENT and person.status == ACTIVE, text
    ),
    "adult": lambda person, text, today: _is(_is_adult(person, today), text),
}
