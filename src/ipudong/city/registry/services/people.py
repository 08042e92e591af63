"""Registering and changing persons; each a transaction with its history and audit entry."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.registry.codes import CITIZEN, DECEASED, DOCUMENT_KINDS, PERSON_KINDS
from ipudong.city.registry.documents import Document, parse_document
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.identifiers import IdentifierError
from ipudong.city.registry.lookup import number_key
from ipudong.city.registry.models import Person
from ipudong.city.registry.services.changes import Origin, apply_changes
from ipudong.city.registry.tracked import TRACKED

_NUMBER_FIELDS = ("document_kind", "document_number")
_STATED = ("name", "kind")


@transaction.atomic
def register_person(
    *, by: Actor, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Person:
    """Register a person; birth date and sex are taken from the number where it says them.

    Raises RegistryError: "name_needed", "unknown_kind", "number_not_valid", "number_taken",
    "number_contradicts", "unknown_field", "value_not_valid".
    """
    given = {**values}
    kind, name = str(given.get("kind", "")), str(given.get("name", "")).strip()
    if not name:
        raise RegistryError("name_needed")
    if kind not in PERSON_KINDS:
        raise RegistryError("unknown_kind", kind=kind[:20])
    document = _document_of(given)
    person = Person(
        kind=kind,
        name=name,
        source=origin.source,
        quality=origin.quality,
        recorded_at=origin.at,
        number_key=_key_of(document),
    )
    _save_new(person)
    first = {field: value for field, value in given.items() if field not in _STATED}
    if document is not None:
        first |= _said_by(document, given)
    apply_changes("person", person, first, origin, today=today)
    person.save()
    _note(by, "registry.register_person", person, sorted({*first, *_STATED}), origin)
    return person


@transaction.atomic
def change_person(
    *, by: Actor, person_id: int, values: Mapping[str, Any], origin: Origin, today: dt.date
) -> Person:
    """Give fields of a person new values from a day on; a correction is another change.

    Raises RegistryError: "person_not_found", "nothing_changed" and those of `register_person`.
    """
    person = Person.objects.select_for_update().filter(pk=person_id, merged_into=None).first()
    if person is None:
        raise RegistryError("person_not_found", person=person_id)
    if "name" in values and not str(values["name"]).strip():
        raise RegistryError("name_needed")
    given = {**values}
    if any(field in values for field in _NUMBER_FIELDS):
        given |= _new_number(person, given)
    written = apply_changes("person", person, given, origin, today=today)
    if not written:
        raise RegistryError("nothing_changed")
    person.number_key = _key_of(_document_of(_number_of(person)))
    _save(person)
    _note(by, "registry.change_person", person, sorted(c.field for c in written), origin)
    return person


@transaction.atomic
def record_death(*, by: Actor, person_id: int, origin: Origin, today: dt.date) -> Person:
    """Record that a person died on the day the origin names. Raises RegistryError."""
    if origin.effective_on > today:
        raise RegistryError("day_to_come")
    values = {"status": DECEASED, "died_on": origin.effective_on}
    return change_person(by=by, person_id=person_id, values=values, origin=origin, today=today)


def _new_number(person: Person, given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**_number_of(person), **{f: given[f] for f in _NUMBER_FIELDS if f in given}}
    document = _document_of(merged)
    if document is None:
        return {"document_kind": "", "document_number": ""}
    holder = {"born_on": given.get("born_on", person.born_on), "sex": given.get("sex", person.sex)}
    return _said_by(document, holder)


def _number_of(person: Person) -> dict[str, str]:
    return {field: getattr(person, field) for field in _NUMBER_FIELDS}


def _document_of(given: Mapping[str, Any]) -> Document | None:
    number = str(given.get("document_number") or "")
    if not number:
        return None
    kind = str(given.get("document_kind") or CITIZEN)
    if kind not in DOCUMENT_KINDS:
        raise RegistryError("number_not_valid", document=kind[:20], why="kind")
    try:
        return parse_document(kind, number)
    except IdentifierError as error:
        raise RegistryError("number_not_valid", document=kind, why=error.code) from error


def _said_by(document: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the number says of its holder. It must not contradict what was given."""
    said: dict[str, Any] = {"document_kind": document.kind, "document_number": document.number}
    if document.born_on:
        said["born_on"] = document.born_on
    if document.sex:
        said["sex"] = document.sex
    born, sex = given.get("born_on"), given.get("sex")
    if born and document.born_on and str(born) != document.born_on.isoformat():
        raise RegistryError("number_contradicts", field="born_on")
    if sex in {"1", "2"} and document.sex and sex != document.sex:
        raise RegistryError("number_contradicts", field="sex")
    return said


def _key_of(document: Document | None) -> int | None:
    return number_key(document.kind, document.number) if document else None


def _save_new(person: Person) -> None:
    if person.number_key and Person.objects.filter(number_key=person.number_key).exists():
        raise RegistryError("number_taken")
    _save(person)


def _save(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise RegistryError("number_taken") from error


def _note(by: Actor, action: str, person: Person, fields: list[str], origin: Origin) -> None:
    record(
        actor=by.name,
        action=action,
        subject=f"person:{person.pk}",
        detail={
            "fields": [field for field in fields if field in TRACKED["person"]],
            "source": origin.source,
            "effective_on": origin.effective_on.isoformat(),
            "offices": sorted(by.departments),
        },
        at=origin.at,
    )
