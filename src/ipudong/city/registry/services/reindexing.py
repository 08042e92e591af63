"""The index of document numbers anew, when its key was changed."""

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.lookup import number_key
from ipudong.city.registry.models import Person

_CHUNK = 2000


@transaction.atomic
def reindex_people(*, by: str) -> int:
    """Give every person with a number the key of the secret in force; returns how many changed."""
    changed: list[Person] = []
    count = 0
    rows = Person.objects.exclude(document_number="").only(
        "pk", "document_kind", "document_number", "number_key"
    )
    for person in rows.iterator(chunk_size=_CHUNK):
        key = number_key(person.document_kind, person.document_number)
        if person.number_key is not None and person.number_key != key:
            person.number_key = key
            changed.append(person)
        if len(changed) >= _CHUNK:
            count += _store(changed)
            changed = []
    count += _store(changed)
    record(
        actor=by, action="registry.reindex_people", subject="registry", detail={"changed": count}
    )
    return count


def _store(people: list[Person]) -> int:
    return Person.objects.bulk_update(people, ["number_key"], batch_size=500) if people else 0
