"""Where moving things are and were."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from numpy.typing import NDArray

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import LatestPosition, Status
from ipudong.store.batches import to_numpy
from ipudong.store.history import History

VIEW_POSITIONS: Final = "sensing.view_positions"
FIXED: Final = 1 << 1  # JT/T 808-2019 table 25, bit 1: the position holds

Box = tuple[float, float, float, float]  # west, south, east, north; degrees


@dataclass(frozen=True, slots=True)
class Track:
    """Positions of one thing, oldest first: `time_us` microseconds UTC, degrees WGS 84, `speed`
    km/h, `heading` degrees from north, `altitude` m, NaN where unknown; `status` bits."""

    time_us: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed: NDArray[np.float64]
    heading: NDArray[np.float64]
    altitude: NDArray[np.float64]
    status: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.time_us)

    @property
    def is_fixed(self) -> NDArray[np.bool_]:
        """Which positions hold."""
        return (self.status & FIXED) != 0

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Track":
        """These positions only."""
        return Track(*(getattr(self, name)[rows] for name in Track.__slots__))


def list_positions(
    actor: Actor, *, system: str | None = None, box: Box | None = None
) -> QuerySet[LatestPosition]:
    """The latest position of each thing in service, with the thing and its state; none for who may
    not see them. A box may cross the date line, its west then east of its east."""
    if not is_allowed(actor, VIEW_POSITIONS):
        return LatestPosition.objects.none()
    rows = LatestPosition.objects.select_related("thing", "thing__state")
    rows = rows.defer("thing__credential").exclude(thing__status=Status.RETIRED)
    if system:
        rows = rows.filter(thing__system=system)
    if box is None:
        return rows
    west, south, east, north = box
    rows = rows.filter(lat__gte=south, lat__lte=north)
    across = rows.filter(lon__gte=west, lon__lte=east)
    return across if west <= east else rows.filter(lon__gte=west) | rows.filter(lon__lte=east)


def read_track(
    actor: Actor, thing_id: int, start: datetime, end: datetime, *, history: History | None = None
) -> Track:
    """All positions of a thing in [start, end), those that do not hold included.

    Raises PermissionDenied, and what reads of the history raise.
    """
    if not is_allowed(actor, VIEW_POSITIONS):
        raise PermissionDenied(VIEW_POSITIONS)
    table = (history or open_history()).read_positions([thing_id], start, end)
    names = ("time", "lon", "lat", "speed", "heading", "altitude", "status")
    return Track(*(to_numpy(table, name) for name in names))
