"""A file of boundaries as polygons by place code, and what had to be rejected; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from ipudong.city.registry.cells import Site
from ipudong.city.registry.geometry import GeometryError, distance_km, read_area

# Where files of the field keep the 12-digit code, the name first in use here.
CODE_PROPERTIES = ("code", "official_control_code_2023", "adcode")
# A boundary whose center is farther from the known one belongs to another place.
MAX_AWAY_KM = 10.0
_WGS84_NAMES = ("CRS84", "4326", "WGS84", "WGS 84")

FILE_REASONS = {
    "unreadable": _("the file cannot be read: %(detail)s"),
    "not_json": _("the file is not JSON: %(detail)s"),
    "not_a_feature_collection": _("the file is not a GeoJSON FeatureCollection"),
    "other_reference_system": _("the file is not in WGS 84 but in %(detail)s"),
}


class BoundaryFileError(Exception):
    """A file that is no set of boundaries at all; `code` says why, `detail` shows it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return str(FILE_REASONS[self.code]) % {"detail": self.detail}


@dataclass(frozen=True, slots=True)
class BoundaryReject:
    """One feature left out: its number in the file from 1, its code if any, and the reason."""

    number: int
    place: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """What a file holds for known places."""

    areas: Mapping[str, BaseGeometry]
    rejects: tuple[BoundaryReject, ...]
    license: str


def read_boundaries(path: Path, sites: Mapping[str, Site]) -> Boundaries:
    """Read a GeoJSON FeatureCollection in WGS 84.

    Raises BoundaryFileError ("unreadable", "not_json", "not_a_feature_collection",
    "other_reference_system"). A feature is rejected for "unknown_code", "duplicate_code",
    "far_from_known_center" or a reason of `read_area`.
    """
    document = _load(path)
    areas: dict[str, BaseGeometry] = {}
    rejects: list[BoundaryReject] = []
    for number, feature in enumerate(document["features"], start=1):
        code = _code_of(feature)
        try:
            areas[code] = _area_of(feature, code, sites, areas)
        except GeometryError as error:
            rejects.append(BoundaryReject(number, code, error.code, error.detail))
    return Boundaries(areas, tuple(rejects), str(document.get("license", ""))[:200])


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BoundaryFileError("unreadable", str(error)) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BoundaryFileError("not_json", str(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise BoundaryFileError("not_a_feature_collection")
    name = json.dumps(document["crs"]) if document.get("crs") else _WGS84_NAMES[0]
    if not any(known in name for known in _WGS84_NAMES):
        raise BoundaryFileError("other_reference_system", name[:100])
    return document


def _code_of(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    found = (properties[name] for name in CODE_PROPERTIES if properties.get(name))
    return str(next(found, ""))


def _area_of(
    feature: Any, code: str, sites: Mapping[str, Site], read: Mapping[str, BaseGeometry]
) -> BaseGeometry:
    if code not in sites:
        raise GeometryError("unknown_code", code)
    if code in read:
        raise GeometryError("duplicate_code", code)
    area = read_area(feature.get("geometry"))
    away_km = _away_km(area, sites[code])
    if away_km > MAX_AWAY_KM:
        raise GeometryError("far_from_known_center", f"{away_km:.1f} km")
    return area


def _away_km(area: BaseGeometry, site: Site) -> float:
    center = area.centroid
    return float(distance_km(site.lon, site.lat, [center.x], [center.y])[0])
