"""How a vehicle goes round its loop: smooth curves, starts and stops, as a function of time."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from ipudong.systems.citysense.simulation.fleet import Vehicle

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
STEPS: Final = 40  # points of a curve between two places
STOP_S: Final = 60.0  # at each place
M_PER_DEGREE: Final = 111_320.0
PEAK: Final = 1.5  # of the mean speed, by the curve u²(3-2u)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a vehicle is: degrees WGS 84, km/h, degrees from north, kilometers since its epoch."""

    lon: float
    lat: float
    speed: float
    heading: float
    mileage_km: float


@dataclass(frozen=True, slots=True)
class _Leg:
    """The way between two places, in m from its beginning."""

    points: tuple[Point, ...]
    reached_m: tuple[float, ...]

    @property
    def length_m(self) -> float:
        return self.reached_m[-1]


def read_motion(vehicle: Vehicle, at: datetime) -> Motion:
    """Where the vehicle is at an instant."""
    legs = _legs(vehicle.loop)
    took = [leg.length_m / (vehicle.speed / 3.6) for leg in legs]
    round_s = sum(took) + STOP_S * len(legs)
    gone = (at - EPOCH).total_seconds() + vehicle.offset_s
    rounds, within = divmod(gone, round_s)
    before_m = rounds * sum(leg.length_m for leg in legs)
    for leg, took_s in zip(legs, took, strict=True):
        if within < took_s:
            return _on_leg(leg, within / took_s, vehicle.speed, before_m)
        within -= took_s
        before_m += leg.length_m
        if within < STOP_S:
            return _on_leg(leg, 1.0, 0.0, before_m - leg.length_m)
        within -= STOP_S
    return _on_leg(legs[0], 0.0, 0.0, before_m)


def _on_leg(leg: _Leg, share: float, mean_speed: float, before_m: float) -> Motion:
    at_m = leg.length_m * share * share * (3 - 2 * share)
    place = min(bisect_right(leg.reached_m, at_m), len(leg.points) - 1)
    start, end = leg.points[place - 1], leg.points[place]
    begin_m, end_m = leg.reached_m[place - 1], leg.reached_m[place]
    part = (at_m - begin_m) / (end_m - begin_m) if end_m > begin_m else 0.0
    return Motion(
        lon=start[0] + (end[0] - start[0]) * part,
        lat=start[1] + (end[1] - start[1]) * part,
        speed=mean_speed * 4 * PEAK * share * (1 - share),
        heading=_heading(start, end),
        mileage_km=(before_m + at_m) / 1000,
    )


@lru_cache(maxsize=4096)
def _legs(loop: tuple[Point, ...]) -> tuple[_Leg, ...]:
    count = len(loop)
    return tuple(
        _measure([_curve([loop[(n + k - 1) % count] for k in range(4)], i / STEPS)
                  for i in range(STEPS + 1)])
        for n in range(count)
    )  # fmt: skip


def _curve(around: list[Point], u: float) -> Point:
    """Catmull-Rom through the middle two of four points."""
    return (
        _spline([point[0] for point in around], u),
        _spline([point[1] for point in around], u),
    )


def _spline(p: list[float], u: float) -> float:
    return 0.5 * (
        2 * p[1]
        + (p[2] - p[0]) * u
        + (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3]) * u * u
        + (3 * p[1] - p[0] - 3 * p[2] + p[3]) * u * u * u
    )


def _measure(points: list[Point]) -> _Leg:
    reached = [0.0]
    for start, end in pairwise(points):
        reached.append(reached[-1] + _distance_m(start, end))
    return _Leg(tuple(points), tuple(reached))


def _distance_m(start: Point, end: Point) -> float:
    north = (end[1] - start[1]) * M_PER_DEGREE
    east = (end[0] - start[0]) * M_PER_DEGREE * math.cos(math.radians(start[1]))
    return math.hypot(north, east)


def _heading(start: Point, end: Point) -> float:
    east = (end[0] - start[0]) * math.cos(math.radians(start[1]))
    return math.degrees(math.atan2(east, end[1] - start[1])) % 360
