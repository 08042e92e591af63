"""Reading places. Divisions are public facts, so no reader is refused."""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from ipudong.city.registry.cells import cell_at, is_within, outline, parent
from ipudong.city.registry.geometry import parse_area
from ipudong.city.registry.models import Place, PlaceCell
from ipudong.city.registry.rows import SUBDISTRICT, TOWN

STREET_LEVEL = (SUBDISTRICT, TOWN)


class PlaceNotFoundError(LookupError):
    """No place has this `place` code."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.code = "place_not_found"
        self.place = place


def get_place(code: str) -> Place:
    """The place of a 12-digit code. Raises PlaceNotFoundError."""
    place = Place.objects.select_related("parent").filter(code=code).first()
    if place is None:
        raise PlaceNotFoundError(code)
    return place


def get_area(code: str) -> BaseGeometry:
    """The area of a place: its polygon, else the union of its cells. Raises PlaceNotFoundError."""
    place = get_place(code)
    return _area_of(place, [] if place.geometry else _cells_of([place])[place.pk])


def list_places(*, kinds: Collection[str] = STREET_LEVEL) -> list[Place]:
    """Places of the kinds, by code; without kinds the subdistricts and towns."""
    return list(Place.objects.filter(kind__in=kinds).select_related("parent"))


def find_place_at(lon: float, lat: float) -> Place | None:
    """The subdistrict or town at a WGS 84 point.

    Exact where polygons are known; otherwise the place whose cell holds the point, which is a guess
    by the nearest center (`Place.is_approximate`). A point on a common border belongs to the place
    with the smaller code.
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    fine = cell_at(lon, lat)
    rows = PlaceCell.objects.filter(cell__in=(fine, parent(fine))).select_related("place")
    candidates = sorted(rows, key=lambda row: (row.approximate, row.border, row.place.code))
    found = (row.place for row in candidates if _holds(row, lon, lat))
    return next(found, None)


def list_cells() -> list[int]:
    """H3 cells of the whole district, each once; resolution 9 where polygons are known, else 8."""
    return list(PlaceCell.objects.order_by("cell").values_list("cell", flat=True).distinct())


def search_places(text: str, *, limit: int = 20) -> list[Place]:
    """Places whose Chinese name, code or English name holds the text, best match first.

    English is compared without spaces, apostrophes and case, so "lujiazui", "Lu jia zui" and
    "nanmatou" all find their place.
    """
    wanted = _plain(text)
    if not wanted:
        return []
    ranked = [(rank, place) for place in Place.objects.all() if (rank := _rank(place, wanted))]
    ranked.sort(key=lambda row: (row[0], row[1].code))
    return [place for _, place in ranked[:limit]]


def places_geojson(simplify_tolerance: float = 0.0) -> dict[str, Any]:
    """Subdistricts and towns as a FeatureCollection for a map, tolerance in degrees.

    Common borders are simplified once, so neighbors keep touching. A place without polygon is drawn
    as the union of its cells, with `approximate` true.
    """
    places = list_places()
    cells = _cells_of([place for place in places if place.is_approximate])
    areas = _simplified([_area_of(p, cells.get(p.pk, [])) for p in places], simplify_tolerance)
    features = [_feature(p, area) for p, area in zip(places, areas, strict=True)]
    approximate = any(place.is_approximate for place in places)
    return {"type": "FeatureCollection", "approximate": approximate, "features": features}


def _holds(row: PlaceCell, lon: float, lat: float) -> bool:
    if row.approximate or not row.border:
        return True
    return row.place.geometry is not None and is_within(parse_area(row.place.geometry), lon, lat)


def _cells_of(places: list[Place]) -> dict[int, list[int]]:
    cells: dict[int, list[int]] = defaultdict(list)
    for place, cell in PlaceCell.objects.filter(place__in=places).values_list("place", "cell"):
        cells[place].append(cell)
    return cells


def _area_of(place: Place, cells: list[int]) -> BaseGeometry:
    return outline(cells) if place.geometry is None else parse_area(place.geometry)


def _simplified(areas: list[BaseGeometry], tolerance: float) -> list[BaseGeometry]:
    if tolerance <= 0 or not areas:
        return areas
    return list(shapely.coverage_simplify(areas, tolerance))


def _feature(place: Place, area: BaseGeometry) -> dict[str, Any]:
    properties = {
        "code": place.code,
        "kind": place.kind,
        "name": place.name,
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "center": [place.lon, place.lat],
        "area_km2": place.area_km2,
        "approximate": place.is_approximate,
    }
    rounded = shapely.transform(area, lambda xy: xy.round(5))
    geometry = json.loads(json.dumps(mapping(rounded)))
    return {"type": "Feature", "id": place.code, "properties": properties, "geometry": geometry}


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _rank(place: Place, wanted: str) -> int:
    """1 for the same name, 2 for its beginning, 3 for somewhere inside, 0 for no match."""
    names = (_plain(place.name_zh), _plain(place.name_en))
    if wanted in (*names, place.code):
        return 1
    if place.code.startswith(wanted) or any(name.startswith(wanted) for name in names):
        return 2
    return 3 if any(wanted in name for name in names) else 0
