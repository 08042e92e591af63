"""Bulk loading of persons and organizations: rows checked, then written by the thousand.

A base of six million has no audit entry and no change per row: the load is one act, its rows carry
its source, and what they were at loading is what they are until a change says otherwise.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model

from ipudong.city.audit.services import record
from ipudong.city.registry.codes import ACTIVE, CITIZEN, HEAD, IMPORTED, PERSON_KINDS, RELATIONS
from ipudong.city.registry.documents import parse_document
from ipudong.city.registry.identifiers import IdentifierError, parse_credit_code
from ipudong.city.registry.lookup import digest_number, index_key
from ipudong.city.registry.models import (
    Household,
    HouseholdMember,
    Organization,
    Person,
    PersonHouse,
    Place,
)
from ipudong.city.registry.trade_names import trade_name

Columns = dict[str, Sequence[Any]]
Progress = Callable[[int], None]
MOST_REJECTS: Final = 10_000
_LOOKED_UP: Final = 500  # keys in one question: SQLite takes 32,766 parameters, planners less
_CACHE_KIB: Final = 512 * 1024
_PERSON: Final = (
    *("id", "kind", "status", "document_kind", "document_number", "number_key", "name", "sex"),
    *("born_on", "nationality", "ethnicity", "phone", "registered_division", "address"),
    *("address_code", "place", "source", "quality", "recorded_at"),
)
_HOUSEHOLD: Final = (
    *("id", "number", "kind", "address", "address_code", "place", "since_on", "source"),
    "recorded_at",
)
_MEMBER: Final = ("household", "person", "relation", "since_on", "source")
_HOUSE: Final = ("person", "address", "address_code", "relation", "since_on", "source")
_ORGANIZATION: Final = (
    *("id", "credit_code", "name", "trade_name", "kind", "status", "industry", "scope", "capital"),
    *("founded_on", "authority", "representative_name", "phone", "address", "address_code"),
    *("place", "parent", "source", "quality", "recorded_at"),
)


@dataclass
class LoadReport:
    """What a load did; `rejects` are (row from 1, code), of which the first are kept."""

    accepted: int = 0
    rejected: int = 0
    households: int = 0
    rejects: list[tuple[int, str]] = field(default_factory=list)

    def reject(self, row: int, why: str) -> None:
        """Count a row that was left out."""
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append((row, why))


@transaction.atomic
def load_persons(
    batches: Iterable[Columns], *, source: str, by: str, at: dt.datetime, progress: Progress
) -> LoadReport:
    """Load persons with their households and dwellings; all rows that hold, or nothing.

    Columns as `simulator/population` writes them. A row whose number is no number of its kind, or
    already belongs to a person, is rejected: matching is for imports that may overlap.
    """
    _widen_cache()
    load = _PersonLoad(source, at)
    for columns in batches:
        load.take(columns)
        progress(load.report.accepted + load.report.rejected)
    _reset_sequences(Person, Household)
    _note(by, "registry.load_persons", source, load.report)
    return load.report


@transaction.atomic
def load_organizations(
    batches: Iterable[Columns], *, source: str, by: str, at: dt.datetime, progress: Progress
) -> LoadReport:
    """Load organizations; all rows that hold, or nothing. A parent stands before its branches."""
    load = _OrganizationLoad(source, at)
    for columns in batches:
        load.take(columns)
        progress(load.report.accepted + load.report.rejected)
    _reset_sequences(Organization)
    _note(by, "registry.load_organizations", source, load.report)
    return load.report


class _PersonLoad:
    """The state of one load of persons: ids given so far, households met so far."""

    def __init__(self, source: str, at: dt.datetime) -> None:
        self.report = LoadReport()
        self._key = index_key()
        self._source, self._at = source, at
        self._places = dict(Place.objects.values_list("code", "pk"))
        self._person, self._household = _last_id(Person), _last_id(Household)
        self._homes: dict[str, int] = {}
        self._row = 0

    def take(self, columns: Columns) -> None:
        """Check and write one batch."""
        checked = list(self._check(_rows(columns)))
        taken = self._find_taken([row["number_key"] for _, row in checked if row["number_key"]])
        people: list[tuple[Any, ...]] = []
        members: list[tuple[Any, ...]] = []
        houses: list[tuple[Any, ...]] = []
        homes = self._new_homes(row for _, row in checked)
        for number, row in checked:
            if row["number_key"] in taken:
                self.report.reject(number, "number_taken")
                continue
            if row["number_key"]:
                taken.add(row["number_key"])
            self._person += 1
            people.append(self._person_row(row))
            members += self._member_row(row)
            houses += self._house_row(row)
        _write(Household, _HOUSEHOLD, homes)
        _write(Person, _PERSON, people)
        _write(HouseholdMember, _MEMBER, members)
        _write(PersonHouse, _HOUSE, houses)
        self.report.accepted += len(people)
        self.report.households += len(homes)

    def _check(self, rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
        for row in rows:
            self._row += 1
            why = self._fault_of(row)
            if why:
                self.report.reject(self._row, why)
            else:
                yield self._row, row

    def _fault_of(self, row: dict[str, Any]) -> str:
        """Why a row cannot be taken, "" if it can; its number's key is put into it."""
        if row["kind"] not in PERSON_KINDS:
            return "unknown_kind"
        if not row["name"]:
            return "name_needed"
        if row["place"] and row["place"] not in self._places:
            return "unknown_place"
        row["number_key"] = None
        if not row["document_number"]:
            return ""
        try:
            document = parse_document(row["document_kind"] or CITIZEN, row["document_number"])
        except IdentifierError as error:
            return f"number_not_valid: {error.code}"
        if document.born_on and row["born_on"] and document.born_on != row["born_on"]:
            return "number_contradicts: born_on"
        row["document_number"] = document.number
        row["number_key"] = digest_number(self._key, document.kind, document.number)
        return ""

    def _find_taken(self, keys: list[int]) -> set[int]:
        taken: set[int] = set()
        for start in range(0, len(keys), _LOOKED_UP):
            some = keys[start : start + _LOOKED_UP]
            rows = Person.objects.filter(number_key__in=some)
            taken.update(key for key in rows.values_list("number_key", flat=True) if key)
        return taken

    def _new_homes(self, rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
        wanted = {row["household_number"]: row for row in rows if row["household_number"]}
        numbers = [number for number in wanted if number not in self._homes]
        known: dict[str, int] = {}
        for start in range(0, len(numbers), _LOOKED_UP):
            some = Household.objects.filter(number__in=numbers[start : start + _LOOKED_UP])
            known |= dict(some.values_list("number", "pk"))
        # Only the last batch's households are remembered: a household's rows stand together.
        self._homes = {n: self._homes[n] for n in wanted if n in self._homes} | known
        return [self._home_row(n, wanted[n]) for n in numbers if n not in known]

    def _home_row(self, number: str, row: dict[str, Any]) -> tuple[Any, ...]:
        self._household += 1
        self._homes[number] = self._household
        place = self._places.get(row["place"])
        where = (row["address"] or "", row["address_code"] or "", place)
        when = (row["since_on"], self._source, self._at)
        return (self._household, number, "family", *where, *when)

    def _person_row(self, row: dict[str, Any]) -> tuple[Any, ...]:
        return (
            *(self._person, row["kind"], ACTIVE, row["document_kind"] or ""),
            *(row["document_number"] or "", row["number_key"], row["name"], row["sex"] or "0"),
            *(row["born_on"], row["nationality"] or "CHN", row["ethnicity"] or ""),
            *(row["phone"] or "", row["registered_division"] or "", row["address"] or ""),
            *(row["address_code"] or "", self._places.get(row["place"])),
            *(self._source, IMPORTED, self._at),
        )

    def _member_row(self, row: dict[str, Any]) -> list[tuple[Any, ...]]:
        home = self._homes.get(row["household_number"] or "")
        if home is None:
            return []
        relation = row["relation"] if row["relation"] in RELATIONS else HEAD
        return [(home, self._person, relation, row["since_on"], self._source)]

    def _house_row(self, row: dict[str, Any]) -> list[tuple[Any, ...]]:
        if not (row["address"] and row["house_relation"]):
            return []
        where = (self._person, row["address"], row["address_code"] or "")
        return [(*where, row["house_relation"], row["since_on"], self._source)]


class _OrganizationLoad:
    """The state of one load of organizations."""

    def __init__(self, source: str, at: dt.datetime) -> None:
        self.report = LoadReport()
        self._source, self._at = source, at
        self._places = dict(Place.objects.values_list("code", "pk"))
        self._id = _last_id(Organization)
        self._ids = dict(Organization.objects.values_list("credit_code", "pk"))
        self._row = 0

    def take(self, columns: Columns) -> None:
        """Check and write one batch."""
        written = [self._written(row) for row in _rows(columns)]
        rows = [row for row in written if row is not None]
        _write(Organization, _ORGANIZATION, rows)
        self.report.accepted += len(rows)

    def _written(self, row: dict[str, Any]) -> tuple[Any, ...] | None:
        self._row += 1
        why = self._fault_of(row)
        if why:
            self.report.reject(self._row, why)
            return None
        self._id += 1
        self._ids[row["credit_code"]] = self._id
        return (
            *(self._id, row["credit_code"], row["name"], trade_name(row["name"]), row["kind"]),
            *(row["status"], row["industry"] or "", "", row["capital"], row["founded_on"]),
            *(row["authority"] or "", row["representative_name"] or "", row["phone"] or ""),
            *(row["address"] or "", row["address_code"] or "", self._places.get(row["place"])),
            *(self._ids.get(row["parent"] or ""), self._source, IMPORTED, self._at),
        )

    def _fault_of(self, row: dict[str, Any]) -> str:
        try:
            row["credit_code"] = parse_credit_code(row["credit_code"] or "").text
        except IdentifierError as error:
            return f"number_not_valid: {error.code}"
        if row["credit_code"] in self._ids:
            return "number_taken"
        if not row["name"]:
            return "name_needed"
        if row["parent"] and row["parent"] not in self._ids:
            return "unknown_parent"
        return "unknown_place" if row["place"] and row["place"] not in self._places else ""


def _rows(columns: Columns) -> Iterator[dict[str, Any]]:
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(names, values, strict=True))


def _write(model: type[Model], fields: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows as they are; columns that are not named take "" or null."""
    if not rows:
        return
    named = [model._meta.get_field(name) for name in fields]
    rest = [
        column
        for column in model._meta.concrete_fields
        if column not in named and not column.primary_key and not column.null
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column(column)) for column in (*named, *rest))
    blanks = tuple("" for _ in rest)
    marks = ", ".join(["%s"] * (len(named) + len(rest)))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own columns
    adapted = [_adapter(column) for column in named]
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                (*(to(v) if to else v for to, v in zip(adapted, row, strict=True)), *blanks)
                for row in rows
            ],
        )


def _adapter(column: Any) -> Callable[[Any], Any] | None:
    """How a value of a column goes to the database; None: as it is."""
    kind = column.get_internal_type()
    if kind == "DateTimeField":
        return connection.ops.adapt_datetimefield_value
    if kind == "DateField":
        return connection.ops.adapt_datefield_value
    return None


def _column(column: Any) -> str:
    return str(column.column)


def _widen_cache() -> None:
    """Keep the pages of the indexes in memory: keys of numbers come in no order."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _last_id(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def _reset_sequences(*models: type[Model]) -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(sql)


def _note(by: str, action: str, source: str, report: LoadReport) -> None:
    detail = {"source": source, "accepted": report.accepted, "rejected": report.rejected}
    record(actor=by, action=action, subject="registry", detail=detail)
