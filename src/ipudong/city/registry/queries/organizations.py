"""Reading organizations: their register entry is public, their people are not."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from ipudong.city.registry.documents import plain_number
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Organization, OrganizationLicense, Shareholder
from ipudong.city.registry.records import OrganizationRecord

_DEEPEST = 4  # of a chart of shares; circles of holdings end there
_SAME = (
    *("credit_code", "name", "kind", "status", "industry", "scope", "capital", "founded_on"),
    *("valid_until", "authority", "representative_name", "representative_id", "phone"),
    *("address", "address_code", "parent_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A line of the tree of shareholders: who holds how much of what is `depth` lines above."""

    depth: int
    name: str
    percent: float
    effective_percent: float
    organization_id: int | None
    is_person: bool


def find_organization(credit_code: str) -> OrganizationRecord | None:
    """The organization of a unified social credit code; of whom it was merged into, if so."""
    rows = Organization.objects.select_related("place", "merged_into__place")
    row = rows.filter(credit_code=plain_number(credit_code)).first()
    return record_of(row.merged_into or row) if row else None


def get_organization(organization_id: int) -> OrganizationRecord:
    """The register entry of an organization. Raises RegistryError "organization_not_found"."""
    return record_of(get_row(organization_id))


def get_row(organization_id: int) -> Organization:
    """The row of an organization, or of whom it was merged into. Raises RegistryError."""
    rows = Organization.objects.select_related("place", "parent", "merged_into__place")
    row = rows.filter(pk=organization_id).first()
    if row is None:
        raise RegistryError("organization_not_found", organization=organization_id)
    return row.merged_into or row


def list_branches(organization_id: int, *, limit: int = 200) -> list[Organization]:
    """Branches of an organization, by name."""
    rows = Organization.objects.filter(parent=organization_id, merged_into=None)
    return list(rows.select_related("place").order_by("name")[:limit])


def list_licenses(organization_id: int, *, on: dt.date) -> list[OrganizationLicense]:
    """Licenses valid on a day first, then the others; newest first."""
    rows = list(OrganizationLicense.objects.filter(organization=organization_id))
    return sorted(rows, key=lambda row: not is_license_valid(row, on))


def is_license_valid(license_: OrganizationLicense, on: dt.date) -> bool:
    """Whether a license holds on a day."""
    in_time = license_.valid_until is None or license_.valid_until >= on
    return license_.status == "valid" and license_.issued_on <= on and in_time


def list_shareholders(organization_id: int, *, on: dt.date) -> QuerySet[Shareholder]:
    """Shareholders of a day, the largest first."""
    since = Q(since_on=None) | Q(since_on__lte=on)
    until = Q(until_on=None) | Q(until_on__gt=on)
    return Shareholder.objects.filter(since, until, organization=organization_id).order_by(
        "-percent", "pk"
    )


def list_holdings(organization_id: int, *, on: dt.date) -> list[Holding]:
    """The tree of who holds shares, and who holds shares of those, as lines in order."""
    return _holdings(organization_id, on, 0, 100.0, frozenset({organization_id}))


def record_of(row: Organization) -> OrganizationRecord:
    """A row as a record."""
    return OrganizationRecord(
        organization_id=row.pk,
        place_code=row.place.code if row.place else "",
        place=row.place.name if row.place else "",
        **{name: getattr(row, name) for name in _SAME},
    )


def _holdings(
    organization_id: int, on: dt.date, depth: int, share: float, above: frozenset[int]
) -> list[Holding]:
    lines: list[Holding] = []
    for row in list_shareholders(organization_id, on=on):
        percent = float(row.percent)
        effective = share * percent / 100
        lines.append(
            Holding(
                depth=depth,
                name=row.name,
                percent=percent,
                effective_percent=effective,
                organization_id=row.holder_id,
                is_person=row.person_id is not None,
            )
        )
        if row.holder_id and row.holder_id not in above and depth + 1 < _DEEPEST:
            lines += _holdings(row.holder_id, on, depth + 1, effective, above | {row.holder_id})
    return lines
