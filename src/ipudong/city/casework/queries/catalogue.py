"""Reads of the service catalogue: public, for everyone."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from ipudong.city.casework.catalogue.records import Item, Words
from ipudong.city.casework.models.catalogue import Depth, ServiceItem, ServiceItemVersion
from ipudong.city.casework.models.catalogue import ItemKind as Kind
from ipudong.city.identity.models import Department


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of the catalogue with the department that answers for it; `item` is its guide, None
    for one that is only registered."""

    code: str
    name: Words
    kind: str
    depth: str
    department: Department
    version: int
    changed_at: datetime
    item: Item | None

    @property
    def kind_title(self) -> str:
        """The kind in the reader's language."""
        return str(Kind(self.kind).label)

    @property
    def depth_title(self) -> str:
        """The online depth in the reader's language."""
        return str(Depth(self.depth).label)

    @property
    def is_online(self) -> bool:
        """Whether one can apply online."""
        return self.depth in (Depth.ACCEPTANCE, Depth.WHOLE)


_decoded: dict[tuple[str, str], Item] = {}


def _decode(row: ServiceItem) -> Item | None:
    if not row.content:
        return None
    key = (row.code, row.digest)
    if key not in _decoded:
        if len(_decoded) > 2000:
            _decoded.clear()
        _decoded[key] = msgspec.convert(row.content, Item)
    return _decoded[key]


def _entry(row: ServiceItem) -> Entry:
    return Entry(
        code=row.code,
        name=Words(zh=row.name_zh, en=row.name_en),
        kind=row.kind,
        depth=row.depth,
        department=row.department,
        version=row.version,
        changed_at=row.changed_at,
        item=_decode(row),
    )


def _in_force() -> QuerySet[ServiceItem]:
    return ServiceItem.objects.filter(retired_at=None).select_related("department")


def list_entries() -> list[Entry]:
    """Every item in force, those with a guide first, by code."""
    entries = [_entry(row) for row in _in_force().order_by("code")]
    return sorted(entries, key=lambda entry: entry.item is None)


def find_entry(code: str) -> Entry | None:
    """The item in force of that code."""
    row = _in_force().filter(code=code).first()
    return _entry(row) if row is not None else None


def find_entry_of_case(kind: str) -> Entry | None:
    """The item whose cases are of that kind."""
    row = _in_force().filter(case_kind=kind).first()
    return _entry(row) if row is not None else None


def list_versions(code: str) -> list[ServiceItemVersion]:
    """What the item said before, the newest first."""
    return list(ServiceItemVersion.objects.filter(item_id=code).order_by("-number"))


def count_by_depth(as_of: datetime) -> dict[str, int]:
    """Items in force by online depth."""
    counts = dict.fromkeys(Depth.values, 0)
    for depth in _in_force().filter(changed_at__lte=as_of).values_list("depth", flat=True):
        counts[depth] += 1
    return counts
