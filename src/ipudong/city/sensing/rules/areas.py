"""Areas as the engine asks them: whole columns of points at once.

A circle is a distance, without a loop over circles. A polygon is asked only for the points within
its bounding box. A margin widens an area by meters, for those that are left only well beyond their
border.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Mean radius of the earth (IUGG R1), for distances of some kilometers.
EARTH_RADIUS_M: Final = 6_371_008.8
METERS_PER_DEGREE: Final = EARTH_RADIUS_M * np.pi / 180


@dataclass(frozen=True, slots=True)
class Circle:
    """All points within `radius_m` of a center, along the great circle."""

    lon: float
    lat: float
    radius_m: float


Shape: TypeAlias = Circle | BaseGeometry


def distance_m(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Great-circle distance in meters between points in degrees (haversine)."""
    rise, run = np.radians(to_lat - lat), np.radians(to_lon - lon)
    cosines = np.cos(np.radians(lat)) * np.cos(np.radians(to_lat))
    half = np.sin(rise / 2) ** 2 + cosines * np.sin(run / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance


def widen(area: BaseGeometry, margin_m: float) -> BaseGeometry:
    """The area and everything within so many meters of it."""
    if margin_m <= 0:
        return area
    shrink = np.cos(np.radians(area.centroid.y))  # a degree of longitude against one of latitude
    scale = np.array([METERS_PER_DEGREE * shrink, METERS_PER_DEGREE])
    flat = shapely.transform(area, lambda points: points * scale)
    return shapely.transform(flat.buffer(margin_m), lambda points: points / scale)


class Areas:
    """Numbered areas; `contain` tells for each point whether its area holds it."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = tuple(shapes)
        count = len(self._shapes)
        self._is_circle = np.zeros(count, np.bool_)
        self._lon, self._lat, self._radius_m = (np.full(count, np.nan) for _ in range(3))
        self._bounds = np.full((4, count), np.nan)
        for at, shape in enumerate(self._shapes):
            if isinstance(shape, Circle):
                self._is_circle[at] = True
                self._lon[at], self._lat[at] = shape.lon, shape.lat
                self._radius_m[at] = shape.radius_m
            else:
                shapely.prepare(shape)
                self._bounds[:, at] = shape.bounds

    def __len__(self) -> int:
        return len(self._shapes)

    def contain(self, area: NDArray[np.int32], lon: Floats, lat: Floats) -> Bools:
        """Whether area number `area[i]` holds the point `lon[i]`, `lat[i]`; NaN is nowhere."""
        inside = np.zeros(len(area), np.bool_)
        circles = self._is_circle[area]
        if circles.any():
            inside[circles] = self._within_circles(area[circles], lon[circles], lat[circles])
        west, south, east, north = self._bounds
        near = (lon >= west[area]) & (lon <= east[area])
        near &= (lat >= south[area]) & (lat <= north[area])  # NaN bounds of circles: False
        rows = np.flatnonzero(near)
        if len(rows):
            self._ask_polygons(inside, rows, area[rows], lon, lat)
        return inside

    def _within_circles(self, area: NDArray[np.int32], lon: Floats, lat: Floats) -> Bools:
        distance = distance_m(lon, lat, self._lon[area], self._lat[area])
        return distance <= self._radius_m[area]

    def _ask_polygons(
        self,
        inside: Bools,
        rows: NDArray[np.int64],
        area: NDArray[np.int32],
        lon: Floats,
        lat: Floats,
    ) -> None:
        order = np.argsort(area, kind="stable")
        rows, area = rows[order], area[order]
        starts = np.flatnonzero(np.append(True, area[1:] != area[:-1]))
        for start, end in zip(starts, np.append(starts[1:], len(area)), strict=True):
            part = rows[start:end]
            shape = self._shapes[area[start]]
            inside[part] = shapely.contains_xy(shape, lon[part], lat[part])
