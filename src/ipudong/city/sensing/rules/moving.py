"""Rules on positions of moving things: inside, outside, overspeed, dwell, out of service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import HOUR_US
from ipudong.city.sensing.rules.areas import Areas, Circle, Shape, distance_m, widen
from ipudong.city.sensing.rules.bindings import Binding, Bindings
from ipudong.city.sensing.rules.machine import (
    Bools,
    Floats,
    Found,
    Ints,
    Machine,
    Readings,
    order_of,
    starts_of,
)
from ipudong.city.sensing.rules.sequences import BEFORE_ALL

FIXED: Final = 1 << 1  # JT/T 808-2019 table 25, bit 1: the position holds


class Check(IntEnum):
    """What a moving rule looks at."""

    INSIDE = 0
    OUTSIDE = 1
    OVERSPEED = 2
    DWELL = 3
    OUT_OF_SERVICE = 4


@dataclass(frozen=True, slots=True)
class MovingBinding(Binding):
    """One rule at one thing (its id in `datastream`); `area` numbers the table's shapes, -1 is
    everywhere; `mask` are status bits."""

    check: Check = Check.INSIDE
    area: int = -1
    mask: int = 0


@dataclass(frozen=True, slots=True)
class MovingTable:
    """Moving bindings as columns, ordered by thing, for thing ids below `size`.

    An area is left only when the thing is beyond its wider form (`wide`).
    """

    bindings: Bindings = field(default_factory=lambda: Bindings.build([]))
    check: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    area: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    mask: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    areas: Areas = field(default_factory=lambda: Areas([]))
    wide: Areas = field(default_factory=lambda: Areas([]))
    size: int = 1

    @classmethod
    def build(
        cls, rows: Iterable[MovingBinding], shapes: Sequence[tuple[Shape, float]] = ()
    ) -> "MovingTable":
        """Columns of these rows; `shapes` are areas, each with its margin in meters."""
        rows = sorted(rows, key=lambda row: (row.datastream, row.rule, row.other))
        return cls(
            bindings=Bindings.build(rows),
            check=np.array([row.check for row in rows], np.int8),
            area=np.array([row.area for row in rows], np.int32),
            mask=np.array([row.mask for row in rows], np.int64),
            areas=Areas([shape for shape, _margin in shapes]),
            wide=Areas([_widened(shape, margin) for shape, margin in shapes]),
            size=max((row.datastream for row in rows), default=0) + 1,
        )


def _widened(shape: Shape, margin_m: float) -> Shape:
    if isinstance(shape, Circle):
        return Circle(shape.lon, shape.lat, shape.radius_m + margin_m)
    return widen(shape, margin_m)


@dataclass(frozen=True, slots=True)
class Fixes:
    """Positions as columns: `thing` int32, `time` int64 microseconds, degrees WGS 84, `speed` km/h
    (NaN unknown), `status` uint32. `placed` is where the position holds."""

    thing: NDArray[np.int32]
    time: Ints
    lon: Floats
    lat: Floats
    speed: Floats
    status: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.thing)

    @property
    def placed(self) -> Bools:
        """Where the receiver had a fix and the coordinates are some place on earth."""
        on_earth = (np.abs(self.lon) <= 180) & (np.abs(self.lat) <= 90)  # NaN compares False
        return ((self.status & FIXED) != 0) & on_earth

    def take(self, rows: NDArray[np.int64] | Bools) -> "Fixes":
        """Those rows alone."""
        return Fixes(
            self.thing[rows],
            self.time[rows],
            self.lon[rows],
            self.lat[rows],
            self.speed[rows],
            self.status[rows],
        )


class Moving:
    """Moving rules with their memory: alarms by binding, the newest position by thing."""

    def __init__(self, table: MovingTable) -> None:
        self.table = table
        self.machine = Machine(table.bindings, of_things=True)
        size = table.size
        self._slots = table.bindings.slots(size)
        self._watched = np.zeros(size, np.bool_)
        self._watched[table.bindings.datastream] = True
        self._last_us = np.full(size, BEFORE_ALL)
        self._place_us = np.full(size, BEFORE_ALL)
        self._last_lon, self._last_lat = np.full(size, np.nan), np.full(size, np.nan)

    def take_over(self, earlier: "Moving") -> None:
        """Keep what was known before the rules were read again."""
        self.machine.take_over(earlier.machine)
        shared = min(self.table.size, earlier.table.size)
        for name in ("_last_us", "_place_us", "_last_lon", "_last_lat"):
            getattr(self, name)[:shared] = getattr(earlier, name)[:shared]

    def note_seen(self, thing: int, time_us: int) -> None:
        """What is known of a thing is of this instant: nothing older changes its alarms."""
        if thing < self.table.size:
            self._last_us[thing] = max(int(self._last_us[thing]), time_us)

    def find(self, fixes: Fixes) -> Found:
        """What these positions raise and clear; those not newer than a thing's last are passed
        by."""
        nothing = Found([], [], [])
        if not self._slots:
            return nothing
        known = fixes.thing < self.table.size
        keep = known & self._watched[np.where(known, fixes.thing, 0)]
        keep &= fixes.time > self._last_us[np.where(known, fixes.thing, 0)]
        fixes = _in_order(fixes.take(keep))
        if not len(fixes):
            return nothing
        placed = fixes.placed
        calm = self._find_calm_speed(fixes, placed)
        found = self.machine.advance(self._select(fixes, placed, calm))
        last = np.flatnonzero(np.append(fixes.thing[1:] != fixes.thing[:-1], True))
        self._last_us[fixes.thing[last]] = fixes.time[last]
        return found

    def _find_calm_speed(self, fixes: Fixes, placed: Bools) -> Floats:
        """The speed as reported, else from the way since the position before; for dwelling."""
        at = np.flatnonzero(placed)
        speed = fixes.speed.copy()
        if not len(at):
            return speed
        thing, time, lon, lat = fixes.thing[at], fixes.time[at], fixes.lon[at], fixes.lat[at]
        head = starts_of(thing)
        before_us = np.where(head, self._place_us[thing], np.roll(time, 1))
        before_lon = np.where(head, self._last_lon[thing], np.roll(lon, 1))
        before_lat = np.where(head, self._last_lat[thing], np.roll(lat, 1))
        unknown = np.isnan(speed[at]) & (before_us != BEFORE_ALL)
        if unknown.any():
            way_m = distance_m(lon, lat, before_lon, before_lat)
            hours = np.where(unknown, time - before_us, 1) / HOUR_US
            speed[at[unknown]] = (way_m / 1000 / hours)[unknown]
        last = np.flatnonzero(np.append(thing[1:] != thing[:-1], True))
        self._place_us[thing[last]] = time[last]
        self._last_lon[thing[last]], self._last_lat[thing[last]] = lon[last], lat[last]
        return speed

    def _select(self, fixes: Fixes, placed: Bools, calm: Floats) -> Readings:
        """Readings of those bindings alone that are not idle or go over in this batch."""
        bound = [slot[fixes.thing] for slot in self._slots]
        row = np.concatenate([np.flatnonzero(slot >= 0) for slot in bound])
        binding = np.concatenate([slot[slot >= 0] for slot in bound])
        over, under = self._judge(binding, fixes.take(row), placed[row], calm[row])
        awake = self.machine.awake
        awake[binding[over]] = True
        fed = np.flatnonzero(awake[binding])
        fed = fed[order_of(binding[fed], fixes.time[row[fed]])]
        row, binding = row[fed], binding[fed]
        is_speed = self.table.check[binding] == Check.OVERSPEED
        return Readings(
            binding=binding,
            time=fixes.time[row],
            value=np.where(is_speed, fixes.speed[row], np.nan),
            measure=np.where(is_speed & ~np.isnan(fixes.speed[row]), fixes.speed[row], 0.0),
            over=over[fed],
            under=under[fed],
            lon=fixes.lon[row],
            lat=fixes.lat[row],
        )

    def _judge(
        self, binding: NDArray[np.int32], fixes: Fixes, placed: Bools, calm: Floats
    ) -> tuple[Bools, Bools]:
        """Where each binding's condition holds, and where it surely does not."""
        table, bindings = self.table, self.table.bindings
        check, limit = table.check[binding], bindings.limit[binding]
        within, beyond = self._locate(table.area[binding], fixes)
        too_fast, slow = fixes.speed > limit, fixes.speed <= bindings.release[binding]
        still, moves = np.isnan(limit) | (calm <= limit), calm > limit
        has_bit = (fixes.status & table.mask[binding]) != 0
        is_check = [check == kind for kind in Check]
        over = np.select(
            is_check, [within, beyond, within & too_fast, within & still, has_bit], default=False
        )
        under = np.select(
            is_check, [beyond, within, beyond | slow, beyond | moves, ~has_bit], default=False
        )
        holds = placed | (check == Check.OUT_OF_SERVICE)
        return over & holds, under & holds

    def _locate(self, area: NDArray[np.int32], fixes: Fixes) -> tuple[Bools, Bools]:
        """Where the point is within its area, and where it is beyond its wider form."""
        within = area < 0
        beyond = np.zeros(len(area), np.bool_)
        rows = np.flatnonzero(~within)
        if len(rows):
            lon, lat = fixes.lon[rows], fixes.lat[rows]
            within[rows] = self.table.areas.contain(area[rows], lon, lat)
            outer = within[rows]
            unsure = rows[~outer]
            beyond[unsure] = ~self.table.wide.contain(
                area[unsure], fixes.lon[unsure], fixes.lat[unsure]
            )
        return within, beyond


def _in_order(fixes: Fixes) -> Fixes:
    """By thing and time; of equal times the first that came is kept."""
    if not len(fixes):
        return fixes
    ordered = fixes.take(order_of(fixes.thing, fixes.time))
    fresh = np.ones(len(ordered), np.bool_)
    same_thing = ordered.thing[1:] == ordered.thing[:-1]
    fresh[1:] = ~(same_thing & (ordered.time[1:] == ordered.time[:-1]))
    return ordered.take(fresh)
