"""Registering standard addresses, whole trees of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.addresses.book import SHELF
from ipudong.city.registry.addresses.codes import make_code
from ipudong.city.registry.addresses.elements import make_key
from ipudong.city.registry.addresses.nearest import CELL_RESOLUTION
from ipudong.city.registry.addresses.text import leading_number, normal_number
from ipudong.city.registry.cells import cell_at
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Address, AddressAlias, Place

BATCH: Final = 2000
UNIT_SIGNS: Final = {"lane": "弄", "number": "号", "building": "号楼", "unit": "单元", "room": "室"}
_NUMBERED: Final = ("lane", "number", "building", "room")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """One address to register, numbers in any form; the addresses above it come with it.

    `lon`, `lat` are WGS 84 degrees of the deepest element but the room (of the building or number).
    `alias` is another name of the lane or number, as an estate's.
    """

    division: str
    road: str
    lane: str = ""
    number: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    community: str = ""
    lon: float | None = None
    lat: float | None = None
    alias: str = ""

    def clean(self) -> "AddressRow":
        """The same with numbers in normal form."""
        return replace(
            self,
            lane=normal_number(self.lane),
            number=normal_number(self.number),
            building=normal_number(self.building),
            unit=normal_number(self.unit),
            room=normal_number(self.room),
        )


@dataclass(frozen=True, slots=True)
class _Node:
    """One level of a row's path."""

    level: str
    name: str
    key: str
    path: str
    text: str
    number: int | None
    point: tuple[float, float] | None
    above: str  # the code of the parent


def store_addresses(
    rows: Iterable[AddressRow], *, source: str, by: str, at: datetime, since_on: date | None = None
) -> int:
    """Register addresses with everything above them; how many are new. Known ones stay.

    Raises RegistryError("unknown_division").
    """
    places = {place.code: place for place in Place.objects.all()}
    stored, new = _Stored(), 0
    with transaction.atomic():
        batch: list[AddressRow] = []
        for row in rows:
            batch.append(row.clean())
            if len(batch) >= BATCH:
                new += _store_batch(batch, places, stored, source, at, since_on)
                batch = []
        new += _store_batch(batch, places, stored, source, at, since_on)
        detail = {"new": new, "source": source}
        record(actor=by, action="registry.store_addresses", subject="addresses", detail=detail)
    SHELF.forget()
    return new


class _Stored:
    """Primary keys by code of addresses that are stored, as far as they were met."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def look_up(self, codes: Iterable[str]) -> None:
        unknown = sorted(set(codes) - self.ids.keys())
        for start in range(0, len(unknown), 500):
            rows = Address.objects.filter(code__in=unknown[start : start + 500])
            self.ids |= dict(rows.values_list("code", "pk"))


def _store_batch(
    batch: Sequence[AddressRow],
    places: dict[str, Place],
    stored: _Stored,
    source: str,
    at: datetime,
    since_on: date | None,
) -> int:
    by_level: dict[str, dict[str, tuple[_Node, AddressRow]]] = {}
    for row in batch:
        if row.division not in places:
            raise RegistryError("unknown_division", division=row.division)
        for node in _list_nodes(row):
            code = make_code(row.division, node.level, node.path)
            by_level.setdefault(node.level, {}).setdefault(code, (node, row))
    stored.look_up(code for nodes in by_level.values() for code in nodes)
    new = 0
    for level in ("community", "road", "lane", "number", "building", "unit", "room"):
        nodes = by_level.get(level, {})
        fresh = {code: pair for code, pair in nodes.items() if code not in stored.ids}
        written = [
            Address(
                code=code,
                parent_id=stored.ids.get(node.above),
                place=places[row.division],
                community=row.community,
                source=source,
                recorded_at=at,
                since_on=since_on,
                **_fields(node),
            )
            for code, (node, row) in fresh.items()
        ]
        Address.objects.bulk_create(written, batch_size=500)
        stored.ids |= {row.code: row.pk for row in written}
        new += len(written)
    _store_aliases(batch, stored, source)
    return new


def _fields(node: _Node) -> dict[str, Any]:
    lon, lat = node.point or (None, None)
    located = node.point is not None
    own = node.level in ("lane", "number", "building")
    return {
        "level": node.level,
        "name": node.name,
        "text": node.text,
        "key": node.key,
        "number": node.number,
        "lon": lon,
        "lat": lat,
        "point_source": ("surveyed" if own else "building") if located else "",
        "cell": cell_at(lon, lat, CELL_RESOLUTION) if lon is not None and lat is not None else None,
    }


def _list_nodes(row: AddressRow) -> list[_Node]:
    """The levels of a row's path, from the road down."""
    nodes = []
    if row.community:
        nodes.append(
            _Node("community", row.community, row.community, row.community, row.community, *_BARE)
        )
    nodes.append(_Node("road", row.road, row.road, row.road, row.road, *_BARE))
    above, text = make_code(row.division, "road", row.road), row.road
    path = [row.road, "", "", "", ""]
    deepest = next((n for n in ("building", "number", "lane") if getattr(row, n)), "")
    for level in ("lane", "number", "building", "unit", "room"):
        value = getattr(row, level)
        if not value:
            continue
        if level != "unit":
            path[1 + _NUMBERED.index(level)] = value
        text += value + UNIT_SIGNS[level]
        # Two rooms of one number in two units have one key and two paths.
        whole = make_key(path) + (f"#{row.unit}" if level in ("unit", "room") and row.unit else "")
        key = whole if level == "unit" else make_key(path)
        point = _point(row) if level in (deepest, "unit", "room") else None
        number = leading_number(value) if level in ("lane", "number") else None
        nodes.append(
            _Node(level, value + UNIT_SIGNS[level], key, whole, text, number, point, above)
        )
        above = make_code(row.division, level, whole)
    return nodes


_BARE: Final[tuple[None, None, str]] = (None, None, "")


def _point(row: AddressRow) -> tuple[float, float] | None:
    return None if row.lon is None or row.lat is None else (row.lon, row.lat)


def _store_aliases(batch: Sequence[AddressRow], stored: _Stored, source: str) -> None:
    rows = {}
    for row in batch:
        if row.alias:
            level = "lane" if row.lane else "number"
            path = (row.road, row.lane, "" if row.lane else row.number)
            code = make_code(row.division, level, make_key(path))
            rows[code, row.alias] = AddressAlias(
                address_id=stored.ids[code],
                kind="alias",
                text=row.alias,
                key=row.alias,
                source=source,
            )
    AddressAlias.objects.bulk_create(rows.values(), batch_size=500, ignore_conflicts=True)


def get_address(code: str) -> Address:
    """The address of a code. Raises RegistryError("unknown_address")."""
    row = Address.objects.select_related("place", "parent").filter(code=code).first()
    if row is None:
        raise RegistryError("unknown_address", address=code[:40])
    return row
