"""Records that leave the registry: what others see of persons and organizations."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person's own data, whole: for themselves and for services that act for them."""

    person_id: int
    kind: str
    status: str
    document_kind: str
    document_number: str
    name: str
    sex: str
    born_on: dt.date | None
    died_on: dt.date | None
    nationality: str
    ethnicity: str
    phone: str
    registered_division: str
    address: str
    address_code: str
    place_code: str
    place: str
    permit_until: dt.date | None
    household_number: str
    level: str = ""
    """How surely the account is that person: claimed, verified, in_person; "" without account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """What a purpose shows of a person; `masked` names the values shown in part."""

    person_id: int
    purpose: str
    values: Mapping[str, str]
    masked: frozenset[str] = frozenset()
    entry: int = 0
    """Sequence of the audit entry that recorded the reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNote:
    """One reading of a person's data, for that person: who, which office, when, why, what."""

    at: dt.datetime
    who: str
    offices: tuple[str, ...]
    act: str
    purpose: str
    fields: tuple[str, ...]
    case_number: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer to a claim: yes or no for each field, no data."""

    purpose: str
    answers: Mapping[str, bool]

    @property
    def holds(self) -> bool:
        """Whether every field of the claim holds."""
        return all(self.answers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHit:
    """A person found by a search, masked: enough to tell which, too little to know them."""

    person_id: int
    name: str
    document_number: str
    kind: str
    sex: str
    birth_year: int | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRecord:
    """An organization's public register entry."""

    organization_id: int
    credit_code: str
    name: str
    kind: str
    status: str
    industry: str
    scope: str
    capital: Decimal | None
    founded_on: dt.date | None
    valid_until: dt.date | None
    authority: str
    representative_name: str
    representative_id: int | None
    phone: str
    address: str
    address_code: str
    place_code: str
    place: str
    parent_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldState:
    """A field of a record on a day: its value, whose word it is, how good."""

    field: str
    value: object
    source: str
    quality: str
    since_on: dt.date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A bounded answer to a search; `more` when narrowing it is needed."""

    rows: tuple[object, ...] = ()
    more: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """How good one field of one kind of record is: counts of records, shares from them."""

    subject: str
    field: str
    total: int
    filled: int
    invalid: int = 0
    doubtful: int = 0
    stale: int = 0

    @property
    def completeness(self) -> float | None:
        """Share of records where the field is filled; None of none."""
        return self.filled / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Quality by field, and the records that break a rule, by rule."""

    made_at: dt.datetime
    rows: tuple[QualityRow, ...]
    broken: Mapping[str, int] = field(default_factory=dict)
