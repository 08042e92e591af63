"""Changing standard addresses: renaming, retiring, footprints; each leaves what was before."""

from datetime import date, datetime
from typing import Any

import shapely
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.addresses.book import SHELF
from ipudong.city.registry.addresses.nearest import CELL_RESOLUTION
from ipudong.city.registry.addresses.store import UNIT_SIGNS, get_address
from ipudong.city.registry.addresses.text import normal_number
from ipudong.city.registry.cells import cell_at
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.geometry import GeometryError, read_area, to_geojson_text
from ipudong.city.registry.models import Address, AddressAlias, AddressChange


@transaction.atomic
def rename_address(
    *, code: str, name: str, effective_on: date, reason: str, by: str, at: datetime
) -> Address:
    """Give a road or another address a new name; code stays, the old name still finds it.

    Everything below is rewritten with it. Raises RegistryError("unknown_address", "empty_name").
    """
    address = get_address(code)
    name = name.strip()
    if not name:
        raise RegistryError("empty_name")
    if address.level not in ("road", "community"):
        name = normal_number(name) + UNIT_SIGNS[address.level]
    old_name, old_key, old_text = address.name, address.key, address.text
    new_key = _replace_last(old_key, address.level, name)
    _rewrite(address, old_key, new_key, old_text, old_text[: -len(old_name)] + name)
    address.refresh_from_db()
    address.name = name
    address.save(update_fields=["name"])
    AddressAlias.objects.get_or_create(
        address=address,
        key=old_key,
        defaults={
            "kind": "historical",
            "text": old_name,
            "until_on": effective_on,
            "source": "rename",
        },
    )
    _note(address, "name", old_name, name, effective_on, reason, by, at)
    SHELF.forget()
    return address


def _replace_last(key: str, level: str, name: str) -> str:
    head, slash, _ = key.rpartition("/")
    last = name if level in ("road", "community") else normal_number(name)
    return f"{head}{slash}{last}"


def _rewrite(address: Address, old_key: str, new_key: str, old_text: str, new_text: str) -> None:
    below = [address.pk]
    while below:
        rows = list(Address.objects.filter(pk__in=below))
        for row in rows:
            row.key = new_key + row.key.removeprefix(old_key)
            row.text = new_text + row.text.removeprefix(old_text)
        Address.objects.bulk_update(rows, ["key", "text"], batch_size=200)
        below = list(Address.objects.filter(parent__in=below).values_list("pk", flat=True))


@transaction.atomic
def retire_address(*, code: str, until_on: date, reason: str, by: str, at: datetime) -> Address:
    """End an address and all below it, as of a house torn down; it stays with its history."""
    address = get_address(code)
    below = [address.pk]
    while below:
        Address.objects.filter(pk__in=below).update(until_on=until_on)
        below = list(Address.objects.filter(parent__in=below).values_list("pk", flat=True))
    _note(address, "until_on", "", until_on.isoformat(), until_on, reason, by, at)
    SHELF.forget()
    address.refresh_from_db()
    return address


@transaction.atomic
def set_footprint(*, code: str, geometry: Any, by: str, at: datetime) -> Address:
    """Give a building or number its footprint (GeoJSON, WGS 84); its rooms get its center.

    Raises RegistryError("unknown_address", "bad_footprint").
    """
    address = get_address(code)
    try:
        area = read_area(geometry)
    except GeometryError as error:
        raise RegistryError("bad_footprint", reason=error.code) from error
    center = shapely.centroid(area)
    if not shapely.covers(area, center):  # a court: the center of an L or a ring lies outside
        center = shapely.point_on_surface(area)
    address.footprint = to_geojson_text(area)
    address.save(update_fields=["footprint"])
    _move(address, center.x, center.y)
    _note(address, "footprint", "", f"{center.x:.6f},{center.y:.6f}", at.date(), "", by, at)
    address.refresh_from_db()
    return address


def _move(address: Address, lon: float, lat: float) -> None:
    cell = cell_at(lon, lat, CELL_RESOLUTION)
    point = {"lon": lon, "lat": lat, "cell": cell}
    Address.objects.filter(pk=address.pk).update(**point, point_source="surveyed")
    below = [address.pk]
    while below:
        rows = Address.objects.filter(parent__in=below).exclude(level__in=("number", "building"))
        below = list(rows.values_list("pk", flat=True))
        Address.objects.filter(pk__in=below).update(**point, point_source="building")


def _note(
    address: Address,
    field: str,
    old: str,
    new: str,
    effective_on: date,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    AddressChange.objects.create(
        address=address,
        field=field,
        old=old,
        new=new,
        effective_on=effective_on,
        reason=reason,
        by=by,
        at=at,
    )
    record(
        actor=by,
        action="registry.change_address",
        subject=f"address:{address.code}",
        detail={"field": field, "reason": reason},
        at=at,
    )
