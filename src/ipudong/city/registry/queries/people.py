"""Reading persons: one's own record, others' for a purpose, and who read whom."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q

from ipudong.city.audit.models import Entry
from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.lookup import list_number_keys
from ipudong.city.registry.masking import mask
from ipudong.city.registry.models import HouseholdMember, Person, PersonAccount
from ipudong.city.registry.purposes import PURPOSES, Purpose
from ipudong.city.registry.records import PersonRecord, PersonView, ReadNote

READ = "registry.read_person"
VERIFY = "registry.verify_person"
NOTED_ACTS = (READ, VERIFY, "registry.change_person", "registry.export_persons")
NOTES_LIMIT = 200


def find_person_of(account_id: int | None) -> PersonRecord | None:
    """The person an account is bound to, whole, without a note: one's own data."""
    if account_id is None:
        return None
    bound = (
        PersonAccount.objects.select_related("person__place", "person__merged_into__place")
        .filter(account_id=account_id)
        .first()
    )
    if bound is None:
        return None
    return record_of(bound.person.merged_into or bound.person, level=bound.level)


def get_person_record(person_id: int) -> PersonRecord:
    """A person whole, for services that act on that person's own request (prefill with consent,
    a paper in their name). Pages for officers use `read_person`. Raises RegistryError."""
    return record_of(find_row(person_id))


def read_person(
    *,
    by: Actor,
    person_id: int,
    purpose: str,
    fields: Collection[str] = (),
    case_number: str = "",
) -> PersonView:
    """What `purpose` shows of a person, masked where it says so; the reading is recorded.

    Without `fields` all that the purpose covers. Raises RegistryError: "read_not_allowed",
    "unknown_purpose", "purpose_not_yours", "case_needed", "field_not_covered",
    "person_not_found".
    """
    if not is_allowed(by, READ):
        raise RegistryError("read_not_allowed")
    chosen = get_purpose(purpose, by)
    if chosen.needs_case and not case_number.strip():
        raise RegistryError("case_needed", purpose=purpose)
    beyond = set(fields) - set(chosen.fields)
    if beyond:
        raise RegistryError("field_not_covered", fields=sorted(beyond), purpose=purpose)
    wanted = [field for field in chosen.fields if not fields or field in fields]
    with transaction.atomic():
        person = find_row(person_id)
        entry = note_reading(by, [person.pk], READ, chosen.code, wanted, case_number)
    return _view_of(person, chosen, wanted, entry)


def get_purpose(code: str, actor: Actor) -> Purpose:
    """A purpose the actor may read for. Raises RegistryError."""
    purpose = PURPOSES.get(code)
    if purpose is None:
        raise RegistryError("unknown_purpose", purpose=code[:60])
    if not purpose.allows(actor):
        raise RegistryError("purpose_not_yours", purpose=code)
    return purpose


def note_reading(
    by: Actor,
    person_ids: Iterable[int],
    act: str,
    purpose: str,
    fields: Collection[str],
    case_number: str = "",
) -> int:
    """Record that fields of persons were read; returns the last entry's sequence."""
    detail = {
        "purpose": purpose,
        "fields": list(fields),
        "case": case_number.strip()[:60],
        "offices": sorted(by.departments),
    }
    entry = 0
    for person_id in person_ids:
        entry = record(actor=by.name, action=act, subject=f"person:{person_id}", detail=detail)
    return entry


def list_reads_of(person_id: int, *, limit: int = NOTES_LIMIT) -> list[ReadNote]:
    """Who read, verified or changed a person's data, newest first; rows merged into them too."""
    ids = [person_id, *Person.objects.filter(merged_into=person_id).values_list("pk", flat=True)]
    entries = Entry.objects.filter(
        subject__in=[f"person:{pk}" for pk in ids], action__in=NOTED_ACTS
    ).order_by("-sequence")[:limit]
    return [_note_of(entry) for entry in entries]


def find_person_by_number(number: str) -> Person | None:
    """The person whose document has this number; the one they were merged into, if so."""
    rows = Person.objects.select_related("place", "merged_into__place")
    found = rows.filter(number_key__in=list_number_keys(number)).first()
    return (found.merged_into or found) if found else None


def find_row(person_id: int) -> Person:
    """The row of a person, or of whom it was merged into. Raises RegistryError."""
    row = Person.objects.select_related("place", "merged_into__place").filter(pk=person_id).first()
    if row is None:
        raise RegistryError("person_not_found", person=person_id)
    return row.merged_into or row


def record_of(person: Person, *, level: str = "") -> PersonRecord:
    """A row as a record."""
    same = {name: getattr(person, name) for name in _SAME}
    return PersonRecord(
        person_id=person.pk,
        place_code=person.place.code if person.place else "",
        place=person.place.name if person.place else "",
        household_number=find_household_number(person.pk),
        level=level,
        **same,
    )


def find_household_number(person_id: int) -> str:
    """Number of the household a person is in today; "" in none."""
    member = (
        HouseholdMember.objects.filter(person=person_id)
        .filter(Q(until_on=None))
        .values_list("household__number", flat=True)
        .first()
    )
    return member or ""


_SAME = (
    *("kind", "status", "document_kind", "document_number", "name", "sex", "born_on", "died_on"),
    *("nationality", "ethnicity", "phone", "registered_division", "address", "address_code"),
    "permit_until",
)


def _view_of(person: Person, purpose: Purpose, wanted: list[str], entry: int) -> PersonView:
    masked = purpose.masked - purpose.clear
    values = {field: _text_of(person, field) for field in wanted}
    shown = {f: mask(f, value) if f in masked else value for f, value in values.items()}
    return PersonView(
        person_id=person.pk,
        purpose=purpose.code,
        values=shown,
        masked=frozenset(masked & set(wanted)),
        entry=entry,
    )


def _text_of(person: Person, field: str) -> str:
    """A field in words of the reader's language; dates in ISO form."""
    if field == "household_number":
        return find_household_number(person.pk)
    if field == "place":
        return person.place.name if person.place else ""
    value = getattr(person, field)
    if isinstance(value, dt.date):
        return value.isoformat()
    display = getattr(person, f"get_{field}_display", None)
    return str(display() if display and value else value or "")


def _note_of(entry: Entry) -> ReadNote:
    detail = entry.detail
    return ReadNote(
        at=entry.at,
        who=entry.actor.partition("/")[0],
        offices=tuple(detail.get("offices", ())),
        act=entry.action,
        purpose=detail.get("purpose", ""),
        fields=tuple(detail.get("fields", ())),
        case_number=detail.get("case", ""),
        entry=entry.sequence,
    )
