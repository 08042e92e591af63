"""Records of the registry as the tables that are compared."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import pyarrow as pa
from django.db.models import Q, QuerySet

from ipudong.city.registry.matching.model import ORGANIZATIONS, PERSONS, MatchModel
from ipudong.city.registry.matching.names import sound_of, split_name
from ipudong.city.registry.models import Organization, Person
from ipudong.city.registry.trade_names import trade_name

CHUNK: Final = 400  # values in one question to the database
_PERSON = ("pk", "name", "born_on", "document_number", "phone", "address", "place__code")
_ORGANIZATION = (
    *("pk", "name", "credit_code", "representative_name", "phone", "address", "place__code"),
)


def _schema(model: MatchModel) -> pa.Schema:
    kinds = {"id": pa.int64(), "fresh": pa.bool_()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in model.columns])


def read_persons(
    fresh: Collection[int] | None = None, numbers: Mapping[int, str] | None = None
) -> pa.Table:
    """Persons that are not merged, in the columns of `PERSONS`; id is the primary key.

    With `fresh` those, and only others that share a birth date, phone or name with one of them.
    `numbers` gives persons the document number they claim but may not hold twice.
    """
    rows = Person.objects.filter(merged_into=None)
    if fresh is not None:
        rows = rows.filter(pk__in=_neighbors(fresh))
    wanted, claimed = frozenset(fresh or ()), numbers or {}
    people = rows.order_by("pk").values_list(*_PERSON).iterator(5000)
    return _table(PERSONS, (_person(row, wanted, claimed, fresh is None) for row in people))


def read_organizations(fresh: Collection[int] | None = None) -> pa.Table:
    """Organizations that are not merged, in the columns of `ORGANIZATIONS`."""
    wanted = frozenset(fresh or ())
    rows = Organization.objects.filter(merged_into=None).order_by("pk").values_list(*_ORGANIZATION)
    every = fresh is None
    return _table(ORGANIZATIONS, (_organization(row, wanted, every) for row in rows.iterator(5000)))


def _table(model: MatchModel, rows: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), _schema(model))


def _person(
    row: tuple[Any, ...], fresh: frozenset[int], numbers: Mapping[int, str], every: bool
) -> dict[str, Any]:
    pk, name, born_on, number, phone, address, division = row
    family, given = split_name(name)
    return {
        "id": pk,
        "family": family or None,
        "given": given or None,
        "family_sound": sound_of(family) or None,
        "given_sound": sound_of(given) or None,
        "born": f"{born_on:%Y%m%d}" if born_on else None,
        "number": numbers.get(pk, number) or None,
        "phone": phone or None,
        "address": address or None,
        "division": division,
        "fresh": every or pk in fresh,
    }


def _organization(row: tuple[Any, ...], fresh: frozenset[int], every: bool) -> dict[str, Any]:
    pk, name, code, representative, phone, address, division = row
    core = trade_name(name)
    return {
        "id": pk,
        "name": name,
        "core": core or None,
        "core_sound": sound_of(core) or None,
        "code": code or None,
        "representative": representative or None,
        "phone": phone or None,
        "address": address or None,
        "division": division,
        "fresh": every or pk in fresh,
    }


def _neighbors(fresh: Collection[int]) -> list[int]:
    """The fresh and those that any rule could pair with them."""
    found = set(fresh)
    for part in _chunks(sorted(fresh)):
        new = list(Person.objects.filter(pk__in=part).values_list("name", "born_on", "phone"))
        names = {name for name, _, _ in new}
        births = {born_on for _, born_on, _ in new if born_on}
        phones = {phone for _, _, phone in new if phone}
        near = Q(name__in=names) | Q(phone__in=phones) | Q(born_on__in=births)
        rows: QuerySet[Person] = Person.objects.filter(near, merged_into=None)
        found.update(rows.values_list("pk", flat=True))
    return sorted(found)


def _chunks(keys: list[int]) -> Iterable[list[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
