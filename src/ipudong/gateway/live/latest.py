"""The latest reading of every datastream, as columns indexed by datastream id."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipudong.gateway.columns import Columns
from ipudong.store.quality import TIME_OFF

_NEVER_US = np.iinfo(np.int64).min
_NONE_YET_US = np.iinfo(np.int64).max
_FIRST_CAPACITY = 1024


@dataclass(slots=True)
class LatestRows:
    """Latest readings of some datastreams, columns as long as each other.

    `first_us` are the times of their oldest readings, where they are known with them.
    """

    datastream: NDArray[np.int32]
    time_us: NDArray[np.int64]
    result: NDArray[np.float64]
    quality: NDArray[np.uint8]
    first_us: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.datastream)


class LatestReadings:
    """Keeps, per datastream, the reading with the greatest time; of equal times the last come.

    Datastream ids are small integers, so a look-up is an index. Not for several threads.
    """

    def __init__(self) -> None:
        self._time_us = np.full(_FIRST_CAPACITY, _NEVER_US, np.int64)
        self._result = np.full(_FIRST_CAPACITY, np.nan, np.float64)
        self._quality = np.zeros(_FIRST_CAPACITY, np.uint8)
        self._first_us = np.full(_FIRST_CAPACITY, _NONE_YET_US, np.int64)
        self._earlier: list[NDArray[np.int32]] = []

    def update(self, columns: Columns | LatestRows) -> NDArray[np.int32]:
        """Take in readings; the ids whose latest reading changed, ascending.

        Readings with their time off are passed over: a clock years ahead must not freeze a value.
        """
        usable = np.flatnonzero((columns.quality & TIME_OFF) == 0)
        if not len(usable):
            return np.empty(0, np.int32)
        self._make_room(int(columns.datastream.max()))
        self._note_first(columns, usable)
        last = usable[_last_of_each(columns.datastream[usable], columns.time_us[usable])]
        ids, times = columns.datastream[last], columns.time_us[last]
        newer = times >= self._time_us[ids]
        last, ids = last[newer], ids[newer]
        self._time_us[ids] = columns.time_us[last]
        self._result[ids] = columns.result[last]
        self._quality[ids] = columns.quality[last]
        return ids

    def _note_first(self, columns: Columns | LatestRows, usable: NDArray[np.intp]) -> None:
        """Keep the oldest time of each datastream."""
        first_us = columns.first_us if isinstance(columns, LatestRows) else None
        times = (columns.time_us if first_us is None else first_us)[usable]
        ids = columns.datastream[usable]
        is_older = times < self._first_us[ids]
        if is_older.any():
            np.minimum.at(self._first_us, ids[is_older], times[is_older])
            self._earlier.append(ids[is_older])

    def take_earlier(self) -> NDArray[np.int32]:
        """The ids of those that had a reading older than all before, since the last call."""
        earlier, self._earlier = self._earlier, []
        return np.unique(np.concatenate(earlier)) if earlier else np.empty(0, np.int32)

    def take(self, ids: NDArray[np.int32]) -> LatestRows:
        """The latest readings of these datastreams, without those that never reported."""
        ids = ids[(ids >= 0) & (ids < len(self._time_us))]
        ids = ids[self._time_us[ids] != _NEVER_US]
        return LatestRows(
            ids,
            self._time_us[ids],
            self._result[ids],
            self._quality[ids],
            self._first_us[ids],
        )

    def replace(self, ids: NDArray[np.int32], rows: LatestRows) -> None:
        """Let these datastreams have these latest readings, and none where there is no row."""
        self._make_room(int(ids.max()))
        self._time_us[ids] = _NEVER_US
        self._result[ids] = np.nan
        self._first_us[ids] = _NONE_YET_US
        self.update(rows)

    def _make_room(self, highest: int) -> None:
        capacity = len(self._time_us)
        if highest < capacity:
            return
        more = max(capacity, highest + 1 - capacity)
        self._time_us = np.concatenate([self._time_us, np.full(more, _NEVER_US, np.int64)])
        self._result = np.concatenate([self._result, np.full(more, np.nan, np.float64)])
        self._quality = np.concatenate([self._quality, np.zeros(more, np.uint8)])
        self._first_us = np.concatenate([self._first_us, np.full(more, _NONE_YET_US, np.int64)])


def _last_of_each(keys: NDArray[np.int32], times: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where each key has its greatest time, keys ascending; of equal times the last place."""
    order = np.lexsort((times, keys))  # stable
    sorted_keys = keys[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = sorted_keys[1:] != sorted_keys[:-1]
    return order[is_last]
