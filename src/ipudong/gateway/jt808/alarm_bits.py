"""The alarm word of the reports as observations: 1 when a bit rises, 0 when it falls.

A bit is a channel of its own (`alarm/0` is the emergency button), so that an ordinary
threshold rule raises and clears its alarm. Only changes become observations.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALARM_PREFIX: Final = "alarm/"
_NEVER_US = np.iinfo(np.int64).min

Change = tuple[str, NDArray[np.intp], NDArray[np.float64]]  # channel, rows, 0 or 1 for each


class AlarmWords:
    """The last alarm word of every thing, and when it was true."""

    def __init__(self) -> None:
        self._word = np.zeros(1, np.uint32)
        self._time_us = np.full(1, _NEVER_US, np.int64)
        self._names: dict[int, str] = {}
        self._mask = np.uint32(0)

    def resize(self, size: int, names: Iterable[str]) -> None:
        """Keep room for things below `size`, and look at the bits that are channels."""
        rest = ((name, name.removeprefix(ALARM_PREFIX)) for name in names)
        bits = {int(bit): name for name, bit in rest if bit.isdigit() and int(bit) < 32}
        if bits.keys() != self._names.keys():  # a new channel must hear of what stands already
            self._time_us[:] = _NEVER_US
        self._names = bits
        self._mask = np.uint32(sum(1 << bit for bit in bits))
        more = size - len(self._word)
        if more > 0:
            self._word = np.concatenate([self._word, np.zeros(more, np.uint32)])
            self._time_us = np.concatenate([self._time_us, np.full(more, _NEVER_US, np.int64)])

    def find_changes(
        self,
        things: NDArray[np.int32],
        words: NDArray[np.uint32],
        times_us: NDArray[np.int64],
        usable: NDArray[np.bool_],
    ) -> Iterator[Change]:
        """Which bits changed in which reports; of a vehicle's first report, all bits.

        Reports older than the last one change nothing: an old alarm is not a present one.
        """
        if not self._mask:
            return
        rows = np.flatnonzero(usable & (times_us > self._time_us[things]))
        if not len(rows):
            return
        rows = rows[np.lexsort((times_us[rows], things[rows]))]
        owner, word, time_us = things[rows], words[rows] & self._mask, times_us[rows]
        is_first = np.ones(len(rows), np.bool_)
        is_first[1:] = owner[1:] != owner[:-1]
        before = np.empty_like(word)
        before[1:] = word[:-1]
        before[is_first] = self._word[owner[is_first]]
        changed = word ^ before
        changed[is_first & (self._time_us[owner] == _NEVER_US)] = self._mask
        is_last = np.append(is_first[1:], True)
        self._word[owner[is_last]], self._time_us[owner[is_last]] = word[is_last], time_us[is_last]
        if changed.any():
            yield from self._list_changes(rows, word, changed)

    def _list_changes(
        self, rows: NDArray[np.intp], word: NDArray[np.uint32], changed: NDArray[np.uint32]
    ) -> Iterator[Change]:
        for bit, name in self._names.items():
            at = np.flatnonzero(changed >> np.uint32(bit) & np.uint32(1))
            if len(at):
                yield name, rows[at], (word[at] >> np.uint32(bit) & np.uint32(1)).astype(float)
