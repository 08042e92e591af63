"""Hourly readings of several stations and factors laid out in one block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from ipudong.store.quality import is_valid

Floats = npt.NDArray[np.float64]
Hours = npt.NDArray[np.datetime64]

NO_READING = 255
"""Quality byte of a cell nothing came for; as a real byte it would be UNKNOWN with every defect."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HourGrid:
    """`values` and `quality` (stations, factors, hours); `begun` the UTC beginning of each hour.

    `values` are as they came in, NaN where nothing did; only those of valid quality may be judged.
    """

    stations: tuple[int, ...]
    factors: tuple[str, ...]
    begun: Hours
    values: Floats
    quality: npt.NDArray[np.uint8]

    @property
    def received(self) -> npt.NDArray[np.bool_]:
        """Where a reading came in."""
        return self.quality != NO_READING

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Where a reading of valid quality came in."""
        return self.received & is_valid(self.quality)

    @property
    def judged(self) -> Floats:
        """The values that may be judged, NaN elsewhere."""
        return np.where(self.valid, self.values, np.nan)

    @property
    def ended_at(self) -> Hours:
        """The end of each hour."""
        return self.begun + np.timedelta64(1, "h")

    def columns(self, station: int) -> Mapping[str, Floats]:
        """Judged values of one station, one (hours,) column a factor."""
        judged = self.judged[self.stations.index(station)]
        return {factor: judged[row] for row, factor in enumerate(self.factors)}

    def marks(self, station: int, factor: str) -> npt.NDArray[np.uint8]:
        """Quality bytes of one station and factor."""
        return self.quality[self.stations.index(station), self.factors.index(factor)]

    def find_last_hour(self) -> int | None:
        """Index of the newest hour in which anything came in."""
        rows = np.flatnonzero(self.received.any(axis=(0, 1)))
        return int(rows[-1]) if len(rows) else None


def floor_hour(at: datetime) -> datetime:
    """The beginning of the hour an aware instant lies in, UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def as_datetime(hour: np.datetime64) -> datetime:
    """The aware UTC datetime of an hour."""
    moment: datetime = hour.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)


def as_hour(at: datetime) -> np.datetime64:
    """The hour an aware instant lies in."""
    return np.datetime64(floor_hour(at).replace(tzinfo=None), "h")


def empty_grid(
    stations: Sequence[int], factors: Sequence[str], start: datetime, end: datetime
) -> HourGrid:
    """A grid of the hours begun in [start, end) without any reading."""
    begun = np.arange(as_hour(start), as_hour(end), dtype="datetime64[h]")
    shape = (len(stations), len(factors), len(begun))
    return HourGrid(
        stations=tuple(stations),
        factors=tuple(factors),
        begun=begun,
        values=np.full(shape, np.nan),
        quality=np.full(shape, NO_READING, np.uint8),
    )


def fill_grid(
    grid: HourGrid,
    cells: Mapping[int, tuple[int, int]],
    datastreams: npt.NDArray[np.integer],
    times: npt.NDArray[np.datetime64],
    values: Floats,
    quality: npt.NDArray[np.uint8],
) -> HourGrid:
    """Put readings in their cells; `cells` maps a datastream to its station and factor rows.

    Of several readings in one hour the later one stands.
    """
    if not len(grid.begun) or not len(datastreams):
        return grid
    place = np.full(int(max(datastreams.max(), max(cells, default=0))) + 1, -1, np.int64)
    for stream, (station, factor) in cells.items():
        place[stream] = station * len(grid.factors) + factor
    hour = (times.astype("datetime64[h]") - grid.begun[0]).astype(np.int64)
    cell = place[datastreams]
    keep = (cell >= 0) & (hour >= 0) & (hour < len(grid.begun)) & np.isfinite(values)
    station, factor = np.divmod(cell[keep], len(grid.factors))
    grid.values[station, factor, hour[keep]] = values[keep]
    grid.quality[station, factor, hour[keep]] = quality[keep]
    return grid
