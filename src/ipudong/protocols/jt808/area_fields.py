"""Areas and routes set by 0x8600, 0x8602, 0x8604 and 0x8606 (JT/T 808, chapter 8).

Latitudes and longitudes are unsigned degrees: bits 6 and 7 of the attributes say south and west.
"""

from collections.abc import Callable
from typing import Final

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import Field, Values
from ipudong.protocols.jt808.kinds import REST, TIME, U8, U16, U32, CountedText, Group, List
from ipudong.protocols.jt808.location_fields import DEGREES

V2019 = Edition.V2019


def _has_times(values: Values) -> bool:
    return bool(values["attributes"] & 1)


def _has_speed(values: Values) -> bool:
    return bool(values["attributes"] & 2)


_HEAD: Final = (Field("area_id", U32), Field("attributes", U16))
_TIMES: Final = (
    Field("starts", TIME, when=_has_times),
    Field("ends", TIME, when=_has_times),
)
_SPEED: Final = (
    Field("max_speed", U16, when=_has_speed),
    Field("overspeed_s", U8, when=_has_speed),
)
_NAME: Final = Field("name", CountedText(2), since=V2019)
_NIGHT_SPEED: Final = Field("night_speed", U16, since=V2019, when=_has_speed)

CIRCLE: Final = Group(
    (
        *_HEAD,
        Field("latitude", DEGREES),
        Field("longitude", DEGREES),
        Field("radius_m", U32),
        *_TIMES,
        *_SPEED,
        _NIGHT_SPEED,
        _NAME,
    )
)
RECTANGLE: Final = Group(
    (
        *_HEAD,
        Field("north", DEGREES),
        Field("west", DEGREES),
        Field("south", DEGREES),
        Field("east", DEGREES),
        *_TIMES,
        *_SPEED,
        _NIGHT_SPEED,
        _NAME,
    )
)
POLYGON: Final = (
    *_HEAD,
    *_TIMES,
    *_SPEED,
    Field("points", List(Group((Field("latitude", DEGREES), Field("longitude", DEGREES))), 2)),
    _NIGHT_SPEED,
    _NAME,
)
_TURN: Final = Group(
    (
        Field("point_id", U32),
        Field("segment_id", U32),
        Field("latitude", DEGREES),
        Field("longitude", DEGREES),
        Field("width_m", U8),
        Field("attributes", U8),
        Field("longest_s", U16, when=_has_times),
        Field("shortest_s", U16, when=_has_times),
        *_SPEED,
        _NIGHT_SPEED,
    )
)
ROUTE: Final = (
    Field("route_id", U32),
    Field("attributes", U16),
    *_TIMES,
    Field("points", List(_TURN, 2)),
    _NAME,
)


def _is_type(number: int) -> Callable[[Values], bool]:
    return lambda values: values["area_type"] == number


# What 0x0608 answers: as many bodies of 0x8600, 0x8602, 0x8604 or 0x8606 as it counts.
CIRCLES: Final = (Field("action", U8), Field("areas", List(CIRCLE, 1)))
RECTANGLES: Final = (Field("action", U8), Field("areas", List(RECTANGLE, 1)))
AREAS: Final = (
    Field("area_type", U8),
    Field("circles", List(Group(CIRCLES), 4), when=_is_type(1)),
    Field("rectangles", List(Group(RECTANGLES), 4), when=_is_type(2)),
    Field("polygons", List(Group(POLYGON), 4), when=_is_type(3)),
    Field("routes", List(Group(ROUTE), 4), when=_is_type(4)),
)
RAW_AREA_FIELDS: Final = (Field("area_type", U8), Field("count", U32), Field("data", REST))
