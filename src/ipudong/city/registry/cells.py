"""H3 covers: which cells belong to an area, which only touch it, and cells by nearest centroid.

Cells are H3 indexes as signed 64-bit integers, the form that any database and the lake can index.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from ipudong.city.registry.geometry import distance_km

# Resolution 9: cells of about 0.1 km2, a few street blocks; 8: about 0.7 km2.
POLYGON_RESOLUTION = 9
APPROXIMATE_RESOLUTION = 8
# How far beyond a disk of the place's own area a cell may still be given to it.
REACH = 1.25


@dataclass(frozen=True, slots=True)
class Cover:
    """`inside` cells lie wholly in the area; `border` cells hold some of it and some other."""

    inside: frozenset[int]
    border: frozenset[int]


@dataclass(frozen=True, slots=True)
class Site:
    """A place known by its centroid (degrees) and its area only."""

    code: str
    lon: float
    lat: float
    area_km2: float

    @property
    def reach_km(self) -> float:
        """The farthest a cell's center may be from the centroid."""
        return REACH * float(np.sqrt(self.area_km2 / np.pi))


def cell_at(lon: float, lat: float, resolution: int = POLYGON_RESOLUTION) -> int:
    """The cell that holds a WGS 84 point."""
    return int(h3.latlng_to_cell(lat, lon, resolution))


def cover(area: BaseGeometry, resolution: int = POLYGON_RESOLUTION) -> Cover:
    """Every cell that shares a point with the area, split into inside and border."""
    h3_shape = h3.geo_to_h3shape(mapping(area))
    touched = h3.h3shape_to_cells_experimental(h3_shape, resolution, "overlap")
    inside = frozenset(h3.h3shape_to_cells_experimental(h3_shape, resolution, "full"))
    return Cover(inside, frozenset(touched) - inside)


def nearest_cells(
    sites: Sequence[Site], resolution: int = APPROXIMATE_RESOLUTION
) -> dict[str, frozenset[int]]:
    """Cells by code of the site with the nearest centroid, no farther than the site's reach."""
    if not sites:
        return {}
    lons, lats = [site.lon for site in sites], [site.lat for site in sites]
    found: dict[str, set[int]] = {site.code: set() for site in sites}
    for cell in sorted(_candidates(sites, resolution)):
        lat, lon = h3.cell_to_latlng(cell)
        away_km = distance_km(lon, lat, lons, lats)
        nearest = int(np.argmin(away_km))
        if away_km[nearest] <= sites[nearest].reach_km:
            found[sites[nearest].code].add(cell)
    return {code: frozenset(cells) for code, cells in found.items()}


def outline(cells: Iterable[int]) -> BaseGeometry:
    """The union of cells as a Polygon or MultiPolygon."""
    return shape(h3.h3shape_to_geo(h3.cells_to_h3shape(list(cells), tight=True)))


def parent(cell: int, resolution: int = APPROXIMATE_RESOLUTION) -> int:
    """The coarser cell that holds a cell."""
    return int(h3.cell_to_parent(cell, resolution))


def is_within(area: BaseGeometry, lon: float, lat: float) -> bool:
    """Exact point-in-polygon; a point on the boundary counts as within."""
    return bool(shapely.covers(area, shapely.Point(lon, lat)))


def _candidates(sites: Sequence[Site], resolution: int) -> set[int]:
    # Two neighboring centers are the square root of 3 edges apart; one ring more is certain.
    step_km = h3.average_hexagon_edge_length(resolution, unit="km") * np.sqrt(3) * 0.8
    candidates: set[int] = set()
    for site in sites:
        rings = int(site.reach_km / step_km) + 1
        candidates |= set(h3.grid_disk(cell_at(site.lon, site.lat, resolution), rings))
    return candidates
