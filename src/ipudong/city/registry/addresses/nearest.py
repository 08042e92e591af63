"""From a point to the addresses around it."""

from collections.abc import Iterable, Iterator
from typing import Final

import h3.api.basic_int as h3
import numpy as np

from ipudong.city.registry.addresses.answers import Near
from ipudong.city.registry.cells import cell_at
from ipudong.city.registry.geometry import distance_km
from ipudong.city.registry.models import Address

CELL_RESOLUTION: Final = 10
NEAREST_RINGS: Final = (1, 4, 12)


def find_nearest(lon: float, lat: float, *, limit: int = 5, within_m: float = 1000) -> list[Near]:
    """House numbers and buildings nearest a WGS 84 point, nearest first; [] outside WGS 84."""
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return []
    center = cell_at(lon, lat, CELL_RESOLUTION)
    near: list[Near] = []
    for rings in NEAREST_RINGS:
        near = list(_near(lon, lat, h3.grid_disk(center, rings), within_m))
        # What is farther than the searched rings may have a nearer neighbor outside them.
        if len(near) >= limit and near[limit - 1].distance_m <= rings * 100:
            return near[:limit]
    return near[:limit]


def _near(lon: float, lat: float, cells: Iterable[int], within_m: float) -> Iterator[Near]:
    rows = list(
        Address.objects.filter(
            cell__in=list(cells), level__in=("number", "building"), until_on=None
        ).values_list("code", "text", "place__code", "lon", "lat")
    )
    if not rows:
        return
    points = np.array([(row[3], row[4]) for row in rows], np.float64)
    away_m = 1000 * distance_km(lon, lat, points[:, 0], points[:, 1])
    for at in np.argsort(away_m, kind="stable"):
        if away_m[at] <= within_m:
            code, text, division, *_ = rows[at]
            east, north = points[at].tolist()
            yield Near(code, text, division, east, north, round(float(away_m[at]), 1))
