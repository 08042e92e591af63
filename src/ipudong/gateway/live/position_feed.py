"""Positions for the live streams: who moved, by topic, as compact columns encoded once each."""

from collections.abc import Callable
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from ipudong.gateway.columns import Positions
from ipudong.gateway.live.positions import LatestPositions, is_within
from ipudong.gateway.live.topics import MICRODEGREES, Topic

COORDINATE_DECIMALS: Final = 6  # a decimeter

FindThings = Callable[[str], NDArray[np.int32]]  # the things of a system


class PositionFeed:
    """Gathers who moved between two publications. Use it from one event loop."""

    def __init__(self, latest: LatestPositions, find_things: FindThings) -> None:
        self._latest = latest
        self._find_things = find_things
        self._moved: list[NDArray[np.int32]] = []

    def note_moved(self, things: NDArray[np.int32]) -> None:
        """Remember things whose latest position changed."""
        if len(things):
            self._moved.append(things)

    def take_moved(self) -> Positions | None:
        """Where those are now that moved since the last call; None if none did."""
        if not self._moved:
            return None
        moved, self._moved = self._moved, []
        return self._latest.take(np.unique(np.concatenate(moved)))

    def take_all(self) -> Positions:
        """Where everything was last seen: what a stream begins with."""
        return self._latest.take_all()

    def encode(self, positions: Positions, topic: Topic) -> bytes | None:
        """The JSON of those that belong to the topic, columns as long as each other; time in
        milliseconds, null where unknown. None if there are none."""
        rows = np.flatnonzero(self._belongs(positions, topic))
        if not len(rows):
            return None
        columns = {
            "thing": positions.thing[rows],
            "time": positions.time_us[rows] // 1000,
            "lon": np.round(positions.lon[rows], COORDINATE_DECIMALS),
            "lat": np.round(positions.lat[rows], COORDINATE_DECIMALS),
            "speed": np.round(positions.speed[rows], 1),
            "heading": np.round(positions.heading[rows]),
            "status": positions.status[rows],
        }
        return orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY)

    def _belongs(self, positions: Positions, topic: Topic) -> NDArray[np.bool_]:
        if topic.ids:
            west, south, east, north = (edge / MICRODEGREES for edge in topic.ids)
            return is_within(positions, (west, south, east, north))
        if topic.system:
            return np.isin(positions.thing, self._find_things(topic.system))
        return np.ones(len(positions), np.bool_)
