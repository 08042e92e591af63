"""How good the registry is: completeness, validity and age of each field, rules that are broken."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Q

from ipudong.city.registry.codes import ACTIVE, CITIZEN, DOUBTFUL, RESIDENT, STAYING, VISITING
from ipudong.city.registry.models import (
    FieldChange,
    Household,
    HouseholdMember,
    Organization,
    Person,
    QualityCheck,
)
from ipudong.city.registry.records import QualityReport, QualityRow

STALE_DAYS: Final = 5 * 365
_PERSON_FIELDS: Final = (
    *("document_number", "name", "sex", "born_on", "phone", "registered_division", "address"),
    *("address_code", "place", "ethnicity"),
)
_ORGANIZATION_FIELDS: Final = (
    *("name", "industry", "capital", "founded_on", "representative_name", "phone", "address"),
    *("address_code", "place"),
)
_EMPTY_SEX: Final = ("", "0", "9")


def find_last_quality() -> QualityReport | None:
    """The newest measuring."""
    found = QualityCheck.objects.first()
    if found is None:
        return None
    rows = tuple(QualityRow(**row) for row in found.rows)
    return QualityReport(made_at=found.made_at, rows=rows, broken=found.broken)


def measure_rows(today: dt.date) -> list[QualityRow]:
    """Quality of each field: one walk over persons and one over organizations."""
    stale = today - dt.timedelta(days=STALE_DAYS)
    people = Person.objects.filter(merged_into=None, status=ACTIVE)
    companies = Organization.objects.filter(merged_into=None).exclude(status="canceled")
    return [
        *_rows("person", people, _PERSON_FIELDS, _PERSON_FAULTS, stale),
        *_rows("organization", companies, _ORGANIZATION_FIELDS, _ORGANIZATION_FAULTS, stale),
    ]


def count_broken(today: dt.date) -> dict[str, int]:
    """Records that break a rule between fields or records, by rule."""
    people = Person.objects.filter(merged_into=None, status=ACTIVE)
    homeless = people.filter(kind=RESIDENT).exclude(
        pk__in=HouseholdMember.objects.filter(until_on=None).values("person")
    )
    heads = Count("members", filter=Q(members__relation="02", members__until_on=None))
    return {
        "resident_without_household": homeless.count(),
        "household_without_head": Household.objects.filter(until_on=None)
        .annotate(heads=heads)
        .filter(heads=0)
        .count(),
        "visitor_beyond_permit": people.filter(kind=VISITING, permit_until__lt=today).count(),
        "staying_without_address": people.filter(kind=STAYING, address="").count(),
        "born_in_the_future": people.filter(born_on__gt=today).count(),
        "older_than_120": people.filter(born_on__lt=today - dt.timedelta(days=120 * 365)).count(),
        "citizen_without_number": people.filter(
            document_kind__in=["", CITIZEN], nationality="CHN", number_key=None
        ).count(),
    }


_PERSON_FAULTS: Final[Mapping[str, Q]] = {
    "phone": ~Q(phone="") & ~Q(phone__regex=r"^[+]?[0-9]{7,15}$"),
    "registered_division": ~Q(registered_division="")
    & ~Q(registered_division__regex=r"^[0-9]{6}([0-9]{6})?$"),
    "document_number": ~Q(document_number="") & Q(number_key=None),
}
_ORGANIZATION_FAULTS: Final[Mapping[str, Q]] = {
    "capital": Q(capital__lte=0),
    "industry": ~Q(industry="") & ~Q(industry__regex=r"^[A-T][0-9]{0,4}$"),
}


def _rows(
    subject: str, rows: Any, fields: tuple[str, ...], faults: Mapping[str, Q], stale: dt.date
) -> list[QualityRow]:
    wanted: dict[str, Any] = {"total": Count("pk"), "old": Count("pk", filter=_before(stale))}
    for field in fields:
        wanted[f"no_{field}"] = Count("pk", filter=_is_empty(field))
        if field in faults:
            wanted[f"bad_{field}"] = Count("pk", filter=faults[field])
    counted = rows.aggregate(**wanted)
    doubtful = _count_doubtful(subject)
    fresh = _count_renewed(subject, stale)
    return [
        QualityRow(
            subject=subject,
            field=field,
            total=counted["total"],
            filled=counted["total"] - counted[f"no_{field}"],
            invalid=counted.get(f"bad_{field}", 0),
            doubtful=doubtful.get(field, 0),
            stale=max(counted["old"] - fresh.get(field, 0), 0),
        )
        for field in fields
    ]


def _before(day: dt.date) -> Q:
    return Q(recorded_at__lt=dt.datetime.combine(day, dt.time(), dt.UTC))


def _is_empty(field: str) -> Q:
    if field in {"born_on", "place", "capital", "founded_on"}:
        return Q(**{f"{field}__isnull": True})
    return Q(sex__in=_EMPTY_SEX) if field == "sex" else Q(**{field: ""})


def _count_doubtful(subject: str) -> dict[str, int]:
    rows = FieldChange.objects.filter(subject_kind=subject, quality=DOUBTFUL)
    return dict(rows.values_list("field").annotate(n=Count("subject_id", distinct=True)))


def _count_renewed(subject: str, stale: dt.date) -> dict[str, int]:
    rows = FieldChange.objects.filter(subject_kind=subject, effective_on__gte=stale)
    return dict(rows.values_list("field").annotate(n=Count("subject_id", distinct=True)))
