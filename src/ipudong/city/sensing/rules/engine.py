"""The engine: every rule on every batch, with its memory in arrays.

One engine per gateway process; not safe for several threads at once.
"""

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.rules.bindings import RuleTable
from ipudong.city.sensing.rules.machine import Found, Machine
from ipudong.city.sensing.rules.pairs import Pairs
from ipudong.city.sensing.rules.sequences import Flats, Rates
from ipudong.city.sensing.rules.thresholds import Thresholds
from ipudong.store.quality import RESENT, is_valid


class RuleEngine:
    """Rules with memory. `judge_resent=True` is for importers that look through history."""

    def __init__(self, table: RuleTable, *, judge_resent: bool = False) -> None:
        self._judge_resent = judge_resent
        self._build(table)
        self._restore(table)

    def take_over(self, table: RuleTable) -> None:
        """Go on with rules read anew; bindings that were there before keep their memory."""
        earlier = (self._rates, self._flats, self._pairs, self._thresholds)
        self._build(table)
        rates, flats, pairs, thresholds = earlier
        self._rates.take_over(rates)
        self._flats.take_over(flats)
        self._pairs.take_over(pairs)
        self._thresholds.take_over(thresholds)

    def _build(self, table: RuleTable) -> None:
        self.version, self._size = table.version, table.size
        self._rates = Rates(table.rates, table.size)
        self._flats = Flats(table.flats, table.size)
        self._pairs = Pairs(table.pairs, table.size)
        self._thresholds = Thresholds(table.thresholds, table.size)

    def _machines(self) -> tuple[Machine, ...]:
        parts = (self._rates, self._flats, self._pairs, self._thresholds)
        return tuple(part.machine for part in parts)

    def _restore(self, table: RuleTable) -> None:
        standing = {(rule, stream): peak for rule, stream, peak in table.standing}
        if not standing:
            return
        for machine in self._machines():
            keys = zip(
                machine.bindings.rule.tolist(), machine.bindings.datastream.tolist(), strict=True
            )
            for binding, key in enumerate(keys):
                if key in standing:
                    machine.restore(binding, standing[key])

    def evaluate(
        self,
        datastream: NDArray[np.int32],
        time: NDArray[np.int64],
        result: NDArray[np.float64],
        quality: NDArray[np.uint8],
    ) -> Changes:
        """Judge one batch: columns of equal length, times in microseconds UTC, quality with the
        verdicts of `assess` already in it.

        Only valid readings are judged, and none that is RESENT or not newer than what its
        datastream has shown: late data raises no live alarm. What is found suspect in this batch
        (`Changes.suspect`, by row) is not judged by thresholds either; the caller marks it before
        it stores the batch.
        """
        usable = is_valid(quality) & np.isfinite(result)
        if not self._judge_resent:
            usable &= (quality & RESENT) == 0
        if len(datastream) and int(datastream.max()) >= self._size:
            usable &= datastream < self._size  # registered after these rules were read
            datastream = np.where(usable, datastream, 0)
        suspect = np.zeros(len(result), np.bool_)
        found = []
        for part in (self._rates, self._flats, self._pairs):
            changes, rows = part.find(datastream, time, result, usable)
            found.append(changes)
            suspect[rows] = True
        found.append(self._thresholds.find(datastream, time, result, usable & ~suspect))
        return _gather(found, suspect)


def _gather(found: list[Found], suspect: NDArray[np.bool_]) -> Changes:
    if not any(part.raised or part.cleared or part.peaked for part in found):
        return Changes(suspect=suspect)
    return Changes(
        raised=_by_time([event for part in found for event in part.raised]),
        cleared=_by_time([event for part in found for event in part.cleared]),
        peaked=tuple(event for part in found for event in part.peaked),
        suspect=suspect,
    )


def _by_time(events: list[AlarmEvent]) -> tuple[AlarmEvent, ...]:
    return tuple(sorted(events, key=lambda event: event.time_us))
