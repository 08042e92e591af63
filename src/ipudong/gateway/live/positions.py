"""The latest position of every moving thing, as columns indexed by thing id."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.services.positions import PositionRow
from ipudong.gateway.columns import FIXED, Positions

_NEVER_US: Final = np.iinfo(np.int64).min
_FIRST_CAPACITY: Final = 1024

Box = tuple[float, float, float, float]  # west, south, east, north; degrees


@dataclass(slots=True)
class _Columns:
    """One row for each thing id; `time_us` says whether it was ever seen."""

    time_us: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed: NDArray[np.float64]
    heading: NDArray[np.float64]
    altitude: NDArray[np.float64]
    status: NDArray[np.uint32]

    @classmethod
    def of_size(cls, size: int) -> "_Columns":
        lon, lat, speed, heading, altitude = np.full((5, size), np.nan)
        time_us, status = np.full(size, _NEVER_US, np.int64), np.zeros(size, np.uint32)
        return cls(time_us, lon, lat, speed, heading, altitude, status)


class LatestPositions:
    """Keeps, per thing, the position with the greatest time that holds; of equal times the last.

    Positions without `FIXED` are passed over: they are in the track, and on no map. So are those
    of things nobody knows. Not for several threads.
    """

    def __init__(self) -> None:
        self._columns = _Columns.of_size(_FIRST_CAPACITY)

    def update(self, positions: Positions) -> NDArray[np.int32]:
        """Take in positions; the things whose latest one changed, ascending."""
        usable = np.flatnonzero(positions.status & FIXED)
        if not len(usable):
            return np.empty(0, np.int32)
        self._make_room(int(positions.thing.max()))
        order = usable[np.lexsort((positions.time_us[usable], positions.thing[usable]))]
        things = positions.thing[order]
        last = order[np.append(things[1:] != things[:-1], True)]
        mine = self._columns
        last = last[positions.time_us[last] >= mine.time_us[positions.thing[last]]]
        things = positions.thing[last]
        for name in _Columns.__slots__:
            getattr(mine, name)[things] = getattr(positions, name)[last]
        return things

    def take(self, things: NDArray[np.int32]) -> Positions:
        """The latest positions of these things, without those that were never seen."""
        mine = self._columns
        things = things[(things >= 0) & (things < len(mine.time_us))]
        things = things[mine.time_us[things] != _NEVER_US]
        return Positions(
            thing=things, **{name: getattr(mine, name)[things] for name in _Columns.__slots__}
        )

    def take_all(self) -> Positions:
        """The latest positions of every thing that was ever seen, by thing id."""
        return self.take(np.flatnonzero(self._columns.time_us != _NEVER_US).astype(np.int32))

    def _make_room(self, highest: int) -> None:
        capacity = len(self._columns.time_us)
        if highest < capacity:
            return
        more = _Columns.of_size(max(capacity, highest + 1 - capacity))
        self._columns = _Columns(
            *(
                np.concatenate([getattr(self._columns, name), getattr(more, name)])
                for name in _Columns.__slots__
            )
        )


def is_within(positions: Positions, box: Box) -> NDArray[np.bool_]:
    """Which positions lie in a box; across the date line, west lies east of east."""
    west, south, east, north = box
    lon, lat = positions.lon, positions.lat
    from_west, to_east = lon >= west, lon <= east
    across = from_west & to_east if west <= east else from_west | to_east
    return across & (lat >= south) & (lat <= north)


def list_rows(positions: Positions) -> list[PositionRow]:
    """Rows for the table of latest positions; unknown numbers are None."""
    columns = [getattr(positions, name).tolist() for name in Positions.__slots__]
    return [
        (thing, time_us, lon, lat, *(_known(value) for value in (speed, heading, altitude)), status)
        for thing, time_us, lon, lat, speed, heading, altitude, status in zip(*columns, strict=True)
    ]


def _known(value: float) -> float | None:
    return value if value == value else None
