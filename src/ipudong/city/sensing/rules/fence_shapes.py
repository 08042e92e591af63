"""From fences, as people draw and name them, to shapes the engine asks."""

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from ipudong.city.registry.queries import PlaceNotFoundError, get_area
from ipudong.city.sensing.models import Fence, FenceShape
from ipudong.city.sensing.rules.areas import Circle, Shape


class FenceError(ValueError):
    """A fence that encloses nothing; `code`: `too_few_corners`, `crossing`, `no_circle`,
    `unknown_place`, `outside_the_world`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def shape_of(fence: Fence) -> Shape:
    """The area of a fence. Raises FenceError."""
    if fence.shape == FenceShape.CIRCLE:
        return _read_circle(fence)
    if fence.shape == FenceShape.PLACE:
        try:
            return get_area(fence.place_code)
        except PlaceNotFoundError as error:
            raise FenceError("unknown_place") from error
    return read_polygon(fence.corners)


def _read_circle(fence: Fence) -> Circle:
    if fence.lon is None or fence.lat is None or not fence.radius_m or fence.radius_m <= 0:
        raise FenceError("no_circle")
    if not (abs(fence.lon) <= 180 and abs(fence.lat) <= 90):
        raise FenceError("outside_the_world")
    return Circle(fence.lon, fence.lat, fence.radius_m)


def read_polygon(corners: list[list[float]]) -> BaseGeometry:
    """The polygon of these [lon, lat] corners. Raises FenceError."""
    if len(corners) < 3:
        raise FenceError("too_few_corners")
    if any(not (abs(lon) <= 180 and abs(lat) <= 90) for lon, lat in corners):
        raise FenceError("outside_the_world")
    area = Polygon(corners)
    if not area.is_valid or area.area == 0:
        raise FenceError("crossing")
    return shapely.force_2d(area)
