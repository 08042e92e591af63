"""What a track tells: how far, how long, how fast, and where a vehicle stood."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.queries import Track

EARTH_M: Final = 6_371_008.8  # mean radius, IUGG
STANDING_KMH: Final = 2.0
STOP_AT_LEAST: Final = timedelta(seconds=45)
GAP: Final = timedelta(minutes=10)  # beyond it nobody knows what was driven between


@dataclass(frozen=True, slots=True)
class Stop:
    """A time a vehicle stood, and where."""

    began_at: datetime
    ended_at: datetime
    lon: float
    lat: float

    @property
    def lasted(self) -> timedelta:
        """How long."""
        return self.ended_at - self.began_at

    @property
    def minutes(self) -> float:
        """How long, in minutes."""
        return self.lasted / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Summary:
    """A track in figures; `driven` excludes standing and gaps."""

    distance_km: float
    driven: timedelta
    max_speed: float
    fixes: int
    without_fix: int

    @property
    def driven_minutes(self) -> float:
        """How long it was under way, in minutes."""
        return self.driven / timedelta(minutes=1)


def measure_steps_m(track: Track) -> NDArray[np.float64]:
    """Meters along a great circle from each position to the next; one fewer than positions."""
    lat, lon = np.radians(track.lat), np.radians(track.lon)
    half_lat, half_lon = np.diff(lat) / 2, np.diff(lon) / 2
    root = np.sin(half_lat) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(root)))


def summarize(track: Track) -> Summary:
    """The figures of a track. Positions that do not hold are counted and left out."""
    fixed = track.take(track.is_fixed)
    steps_m, took_us = measure_steps_m(fixed), np.diff(fixed.time_us)
    known = took_us <= GAP / timedelta(microseconds=1)
    moving = known & (np.maximum(fixed.speed[:-1], fixed.speed[1:]) > STANDING_KMH)
    return Summary(
        distance_km=float(steps_m[known].sum()) / 1000,
        driven=timedelta(microseconds=int(took_us[moving].sum())),
        max_speed=float(np.nanmax(fixed.speed, initial=0.0)),
        fixes=len(fixed),
        without_fix=len(track) - len(fixed),
    )


def find_stops(track: Track, at_least: timedelta = STOP_AT_LEAST) -> list[Stop]:
    """Where it stood at least so long: positions one after another of no speed to speak of."""
    fixed = track.take(track.is_fixed)
    is_standing = np.nan_to_num(fixed.speed, nan=np.inf) <= STANDING_KMH
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_standing.view(np.int8), [0]))))
    return list(_list_stops(fixed, edges.reshape(-1, 2), at_least))


def _list_stops(track: Track, runs: NDArray[np.intp], at_least: timedelta) -> Iterator[Stop]:
    for first, after in runs.tolist():
        began_at = from_us(int(track.time_us[first]))
        ended_at = from_us(int(track.time_us[after - 1]))
        if ended_at - began_at >= at_least:
            middle = (first + after - 1) // 2
            yield Stop(began_at, ended_at, float(track.lon[middle]), float(track.lat[middle]))


def thin(track: Track, most: int) -> Track:
    """At most so many positions, evenly taken, the first and the last among them."""
    if len(track) <= most:
        return track
    return track.take(np.unique(np.linspace(0, len(track) - 1, most).astype(np.intp)))
