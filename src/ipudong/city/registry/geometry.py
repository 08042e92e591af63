"""Polygons of places: reading GeoJSON strictly, exact area, and what may go wrong with a file."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

_SEMI_MAJOR_AXIS_KM = 6378.137
_ECCENTRICITY = 0.0818191908426215
_COORDINATE_DECIMALS = 7


class GeometryError(ValueError):
    """A geometry that cannot be the area of a place; `code` says why, `detail` shows the value."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def read_area(geometry: Any) -> BaseGeometry:
    """A valid Polygon or MultiPolygon in WGS 84 degrees from a GeoJSON geometry object.

    Raises GeometryError: "not_an_area", "unreadable", "empty", "outside_wgs84", "invalid".
    """
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise GeometryError("not_an_area", _type_of(geometry))
    try:
        area = shape(geometry)
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        shapely.GEOSException,
    ) as e:
        raise GeometryError("unreadable", str(e)[:200]) from e
    if area.is_empty:
        raise GeometryError("empty")
    _require_degrees(area)
    if not area.is_valid:
        raise GeometryError("invalid", shapely.is_valid_reason(area))
    return shapely.force_2d(area)


def area_km2(area: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid, through the equal-area cylindrical projection."""
    return float(shapely.transform(area, _equal_area_km).area)


def to_geojson_text(area: BaseGeometry) -> str:
    """Compact GeoJSON geometry, rounded to 7 decimals (a centimetre)."""
    rounded = shapely.transform(area, lambda xy: np.round(xy, _COORDINATE_DECIMALS))
    return json.dumps(json.loads(shapely.to_geojson(rounded)), separators=(",", ":"))


@lru_cache(maxsize=256)
def parse_area(text: str) -> BaseGeometry:
    """The geometry of a text made by `to_geojson_text`, prepared for many point tests."""
    area = shapely.from_geojson(text)
    shapely.prepare(area)
    return area


def distance_km(
    lon: float, lat: float, lons: npt.ArrayLike, lats: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Great-circle distance from one point to many, degrees in, kilometers out."""
    phi_1, phi_2 = np.radians(lat), np.radians(np.asarray(lats, dtype=np.float64))
    half_lon = (np.radians(np.asarray(lons, dtype=np.float64)) - np.radians(lon)) / 2
    half_lat = (phi_2 - phi_1) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi_1) * np.cos(phi_2) * np.sin(half_lon) ** 2
    return np.asarray(2 * 6371.0088 * np.arcsin(np.sqrt(chord)))


def _require_degrees(area: BaseGeometry) -> None:
    xy = shapely.get_coordinates(area)
    if not np.isfinite(xy).all() or (np.abs(xy) > (180.0, 90.0)).any():
        west, south, east, north = area.bounds
        raise GeometryError("outside_wgs84", f"{west:g},{south:g},{east:g},{north:g}")


def _equal_area_km(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sine = np.sin(np.radians(xy[:, 1]))
    e = _ECCENTRICITY
    ring = sine / (1 - (e * sine) ** 2) - np.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
    y = _SEMI_MAJOR_AXIS_KM * (1 - e * e) * ring / 2
    return np.column_stack([_SEMI_MAJOR_AXIS_KM * np.radians(xy[:, 0]), y])


def _type_of(geometry: Any) -> str:
    return str(geometry.get("type")) if isinstance(geometry, dict) else type(geometry).__name__
