"""GeoJSON geometries (RFC 7946): checked, bounded, joined. Degrees WGS 84."""

import json
from collections.abc import Iterable
from typing import Any, Final

from shapely import from_geojson
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ipudong.city.sensing.errors import SensingError

MAX_POSITIONS: Final = 10_000
_TYPES: Final = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    }
)

Geometry = dict[str, Any]


def read_geometry(value: Any) -> BaseGeometry:
    """The shape of a GeoJSON geometry or Feature.

    Raises SensingError `bad_geometry` where it is none, is empty, crosses itself, or lies outside
    longitude -180 to 180 and latitude -90 to 90.
    """
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or value.get("type") not in _TYPES:
        raise _bad("a GeoJSON geometry has one of these types: " + ", ".join(sorted(_TYPES)))
    _refuse_odd_positions(value)
    try:
        shape = from_geojson(json.dumps(value, allow_nan=False))
    except (ShapelyError, ValueError, TypeError, RecursionError) as error:
        raise _bad(str(error)[:200]) from error
    _refuse_odd_shape(shape)
    return shape


def _refuse_odd_positions(value: Geometry) -> None:
    """Positions must be lists of two or three numbers; how many there are is bounded."""
    waiting: list[Any] = [value.get("coordinates", value.get("geometries"))]
    seen = 0
    while waiting:
        seen += 1
        part = waiting.pop()
        if seen > 4 * MAX_POSITIONS:
            raise _bad(f"at most {MAX_POSITIONS} positions")
        if isinstance(part, dict):
            waiting.append(part.get("coordinates", part.get("geometries")))
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, bool) or not isinstance(part, int | float):
            raise _bad("a position is a list of numbers")


def _refuse_odd_shape(shape: BaseGeometry) -> None:
    if shape.is_empty:
        raise _bad("the geometry is empty")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _bad("longitude is -180 to 180, latitude -90 to 90, in this order")
    if not shape.is_valid:
        raise _bad("the geometry crosses itself")


def _bad(reason: str) -> SensingError:
    return SensingError("bad_geometry", reason=reason)


def bounds_of(geometry: Geometry) -> dict[str, float]:
    """`west`, `south`, `east`, `north` of a GeoJSON geometry. Raises SensingError."""
    names = ("west", "south", "east", "north")
    return dict(zip(names, read_geometry(geometry).bounds, strict=True))


def point_of(geometry: Geometry) -> tuple[float, float]:
    """Longitude and latitude of a point within a geometry. Raises SensingError."""
    point = read_geometry(geometry).representative_point()
    return point.x, point.y


def make_point(lon: float, lat: float) -> Geometry:
    """A GeoJSON point."""
    return {"type": "Point", "coordinates": [lon, lat]}


def join_areas(areas: Iterable[Geometry]) -> Geometry:
    """The rectangle around checked geometries, a point or line where that is all there is."""
    bounds = [from_geojson(json.dumps(area.get("geometry", area))).bounds for area in areas]
    west, south = min(row[0] for row in bounds), min(row[1] for row in bounds)
    east, north = max(row[2] for row in bounds), max(row[3] for row in bounds)
    if west == east and south == north:
        return make_point(west, south)
    if west == east or south == north:
        return {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]}
