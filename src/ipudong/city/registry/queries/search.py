"""Finding persons and organizations by number, name or phone, each by an index.

A search answers a bounded, masked list; it is recorded once, without what was found. Names are
compared from their beginning, which both databases answer from an index.
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.documents import plain_number
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.lookup import list_number_keys
from ipudong.city.registry.masking import mask_name, mask_number
from ipudong.city.registry.models import Organization, Person, PersonHouse
from ipudong.city.registry.records import Page, PersonHit

SEARCH = "registry.search_persons"
LIMIT = 50
_SHORTEST = 2
_PHONE = re.compile(r"\+?\d{7,15}")
_NUMBER = re.compile(r"[A-Z]{0,3}\d{6,18}[\dX]?")
_CREDIT = re.compile(r"[0-9A-Z]{18}")

Row = TypeVar("Row", bound=Model)


def search_persons(by: Actor, text: str, *, born_on: str = "", limit: int = LIMIT) -> Page:
    """Persons by document number, phone or the beginning of a name, masked.

    Raises RegistryError: "search_not_allowed", "search_too_short".
    """
    if not is_allowed(by, SEARCH):
        raise RegistryError("search_not_allowed")
    wanted = text.strip()
    if len(wanted) < _SHORTEST:
        raise RegistryError("search_too_short", least=_SHORTEST)
    rows, how, more = _find_persons(wanted, born_on, limit)
    hits = tuple(hit_of(row) for row in rows)
    detail = {"by": how, "found": len(hits), "offices": sorted(by.departments)}
    record(actor=by.name, action=SEARCH, subject="persons", detail=detail)
    return Page(rows=hits, more=more, by=how)


def search_organizations(text: str, *, limit: int = LIMIT) -> Page:
    """Organizations by credit code, phone, name or trade name: the register is public."""
    wanted = text.strip()
    if len(wanted) < _SHORTEST:
        return Page()
    rows = Organization.objects.filter(merged_into=None).select_related("place")
    code = plain_number(wanted)
    if _CREDIT.fullmatch(code):
        return Page(rows=tuple(rows.filter(credit_code=code)), by="credit_code")
    if _PHONE.fullmatch(wanted):
        found = tuple(islice(rows.filter(phone=wanted)[: limit + 1], limit + 1))
        return Page(rows=found[:limit], more=len(found) > limit, by="phone")
    # Two ranges of two indexes: one question with OR would walk the table on SQLite.
    by_name = list(rows.filter(begins("name", wanted))[: limit + 1])
    by_word = list(rows.filter(begins("trade_name", wanted))[: limit + 1])
    found = tuple({row.pk: row for row in (*by_word, *by_name)}.values())
    ordered = tuple(sorted(found[:limit], key=lambda row: (row.name != wanted, row.name)))
    return Page(rows=ordered, more=len(found) > limit, by="name")


def list_persons_at(by: Actor, address_code: str, *, limit: int = LIMIT) -> Page:
    """Persons living at a standard address today, masked. Raises RegistryError."""
    if not is_allowed(by, SEARCH):
        raise RegistryError("search_not_allowed")
    links = PersonHouse.objects.filter(address_code=address_code, until_on=None)
    rows = [link.person for link in links.select_related("person__place")[: limit + 1]]
    detail = {"by": "address", "found": len(rows[:limit]), "offices": sorted(by.departments)}
    record(actor=by.name, action=SEARCH, subject="persons", detail=detail)
    return Page(rows=tuple(map(hit_of, rows[:limit])), more=len(rows) > limit, by="address")


def begins(field: str, text: str) -> Q:
    """`field` begins with `text`, in the form the database answers from its index.

    PostgreSQL walks an index of pattern operators for LIKE; SQLite's LIKE folds case and walks
    none, its comparison of bytes does.
    """
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + chr(ord(text[-1]) + 1)})


def hit_of(person: Person) -> PersonHit:
    """A row as a search shows it."""
    return PersonHit(
        person_id=person.pk,
        name=mask_name(person.name),
        document_number=mask_number(person.document_number),
        kind=person.kind,
        sex=person.sex,
        birth_year=person.born_on.year if person.born_on else None,
        place=person.place.name if person.place else "",
    )


def _find_persons(wanted: str, born_on: str, limit: int) -> tuple[list[Person], str, bool]:
    """Rows, by what they were found, and whether there are more."""
    rows = Person.objects.filter(merged_into=None).select_related("place")
    number = plain_number(wanted)
    if _NUMBER.fullmatch(number):
        by_number = list(rows.filter(number_key__in=list_number_keys(number)))
        if by_number:
            return by_number, "number", False
    if _PHONE.fullmatch(wanted):
        return _bounded(rows.filter(phone=wanted), "phone", limit)
    if born_on:
        return _bounded(rows.filter(name=wanted, born_on=born_on), "name", limit)
    return _bounded(rows.filter(begins("name", wanted)), "name", limit, _by_name(wanted))


def _bounded(
    rows: QuerySet[Row], how: str, limit: int, key: Callable[[Row], object] | None = None
) -> tuple[list[Row], str, bool]:
    """The first rows as the index gives them: a sort of all would read all."""
    found = list(rows[: limit + 1])
    shown = sorted(found[:limit], key=key) if key else found[:limit]  # type: ignore[arg-type]
    return shown, how, len(found) > limit


def _by_name(wanted: str) -> Callable[[Person], object]:
    return lambda person: (person.name != wanted, person.name, person.pk)
