"""Changes to places; each is one transaction with its audit entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from shapely.geometry.base import BaseGeometry

from ipudong.city.audit.services import record
from ipudong.city.registry.boundaries import BoundaryReject, read_boundaries
from ipudong.city.registry.cells import Site, cover, nearest_cells
from ipudong.city.registry.geometry import parse_area, to_geojson_text
from ipudong.city.registry.models import Place, PlaceCell
from ipudong.city.registry.rows import DISTRICT, PlaceRow

REASONS = {
    "unknown_code": gettext_noop("no place has the code “%(detail)s”"),
    "duplicate_code": gettext_noop("the code “%(detail)s” was already in the file"),
    "far_from_known_center": gettext_noop("the center is %(detail)s from the known one"),
    "not_an_area": gettext_noop("not a polygon: %(detail)s"),
    "unreadable": gettext_noop("the coordinates cannot be read: %(detail)s"),
    "empty": gettext_noop("the geometry is empty"),
    "outside_wgs84": gettext_noop("not WGS 84 degrees: %(detail)s"),
    "invalid": gettext_noop("the polygon is not valid: %(detail)s"),
}


@dataclass(frozen=True, slots=True)
class PlacesReport:
    """What an import of boundaries did; `rejects` are (number of the feature, reason)."""

    accepted: int
    rejects: tuple[tuple[int, str], ...]


def _no_progress(done: int, total: int) -> None:
    return None


@transaction.atomic
def load_places(rows: Iterable[PlaceRow], *, actor: str = "system:setup") -> int:
    """Bring the facts of places up to date and return how many changed; polygons stay.

    Cells are computed anew only when a place was added or moved.
    """
    rows = tuple(rows)
    changed = sum(_store_row(row) for row in rows)
    ids = dict(Place.objects.values_list("code", "pk"))
    for row in rows:
        parent = ids.get(row.parent) if row.parent else None
        Place.objects.filter(code=row.code).exclude(parent=parent).update(parent=parent)
    if changed:
        rebuild_cells()
        record(
            actor=actor,
            action="registry.load_places",
            subject="places",
            detail={"changed": changed},
        )
    return changed


@transaction.atomic
def import_places(
    path: Path, *, actor: str, progress: Callable[[int, int], None] = _no_progress
) -> PlacesReport:
    """Give places the polygons of a GeoJSON file and cover them with cells anew.

    Rejected features are reported and leave their place as it was. Raises BoundaryFileError when
    the file is no set of boundaries; then nothing has changed.
    """
    boundaries = read_boundaries(path, _sites(Place.objects.all()))
    total = len(boundaries.areas)
    source = f"{path.name} ({boundaries.license})" if boundaries.license else path.name
    for done, (code, area) in enumerate(boundaries.areas.items(), start=1):
        _store_area(code, area, source)
        progress(done, total)
    if boundaries.areas:
        rebuild_approximate_cells()
    record(
        actor=actor,
        action="registry.import_places",
        subject="places",
        detail={
            "file": path.name,
            "accepted": sorted(boundaries.areas),
            "rejected": len(boundaries.rejects),
        },
    )
    return PlacesReport(total, tuple(_described(reject) for reject in boundaries.rejects))


@transaction.atomic
def rebuild_cells() -> int:
    """Cover every place anew; returns the number of cells."""
    from_polygons = Place.objects.exclude(geometry=None).exclude(kind=DISTRICT)
    return rebuild_approximate_cells() + sum(_cover_place(place) for place in from_polygons)


@transaction.atomic
def rebuild_approximate_cells() -> int:
    """Give places without a polygon the cells nearest their center; returns how many."""
    places = Place.objects.exclude(kind=DISTRICT)
    PlaceCell.objects.filter(approximate=True).delete()
    found = nearest_cells(tuple(_sites(places).values()))
    rows = [
        PlaceCell(place=place, cell=cell, border=False, approximate=True)
        for place in places.filter(geometry=None)
        for cell in sorted(found[place.code])
    ]
    PlaceCell.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _store_row(row: PlaceRow) -> bool:
    """Write one row of facts; whether anything that moves cells changed."""
    facts = {"kind": row.kind, "lon": row.lon, "lat": row.lat, "area_km2": row.area_km2}
    names = {"name_zh": row.name_zh, "name_en": row.name_en}
    unchanged = Place.objects.filter(code=row.code, **facts, **names).exists()
    if not unchanged:
        Place.objects.update_or_create(code=row.code, defaults={**facts, **names})
    return not unchanged


def _store_area(code: str, area: BaseGeometry, source: str) -> None:
    place = Place.objects.get(code=code)
    place.geometry = to_geojson_text(area)
    place.geometry_source = source[:200]
    place.save(update_fields=["geometry", "geometry_source"])
    if place.kind != DISTRICT:
        _cover_place(place)


def _cover_place(place: Place) -> int:
    PlaceCell.objects.filter(place=place).delete()
    cells = cover(parse_area(place.geometry or ""))
    rows = [
        PlaceCell(place=place, cell=cell, border=border, approximate=False)
        for border, chosen in ((False, cells.inside), (True, cells.border))
        for cell in sorted(chosen)
    ]
    PlaceCell.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _sites(places: Iterable[Place]) -> dict[str, Site]:
    return {p.code: Site(p.code, p.lon, p.lat, p.area_km2) for p in places}


def _described(reject: BoundaryReject) -> tuple[int, str]:
    reason = _(REASONS[reject.reason]) % {"detail": reject.detail}
    return reject.number, f"{reject.place}: {reason}" if reject.place else reason
