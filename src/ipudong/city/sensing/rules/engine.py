"""The engine: every rule on every batch, with its memory in arrays.

One engine per gateway process; not safe for several threads at once.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import HOUR_US, SECOND_US
from ipudong.city.sensing.rules.combinations import Combinations
from ipudong.city.sensing.rules.machine import Found, Machine
from ipudong.city.sensing.rules.moving import Fixes, Moving
from ipudong.city.sensing.rules.pairs import Pairs
from ipudong.city.sensing.rules.sequences import Flats, Rates
from ipudong.city.sensing.rules.table import RuleTable, Standing
from ipudong.city.sensing.rules.thresholds import Thresholds
from ipudong.store.quality import RESENT, is_valid

# A sender's clock may be ahead by so much. What is further ahead is not judged: it would make all
# that comes after the clock was put right look late.
AHEAD_US = 600 * SECOND_US
LATE_POSITION_US = HOUR_US


class RuleEngine:
    """Rules with memory. `judge_resent=True` is for those that look through history."""

    def __init__(self, table: RuleTable, *, judge_resent: bool = False) -> None:
        self._judge_resent = judge_resent
        self._build(table)
        if not judge_resent:
            self._thresholds.note_seen(table.seen.datastream, table.seen.time_us)
        self._restore(table.standing, self._of_streams())
        self._restore(table.standing_things, (self._moving.machine, self._combinations.machine))
        self._note_standing(table.standing_things)

    def take_over(self, table: RuleTable) -> None:
        """Go on with rules read anew; bindings that were there before keep their memory."""
        rates, flats, pairs = self._rates, self._flats, self._pairs
        thresholds, moving, combinations = self._thresholds, self._moving, self._combinations
        self._build(table)
        self._rates.take_over(rates)
        self._flats.take_over(flats)
        self._pairs.take_over(pairs)
        self._thresholds.take_over(thresholds)
        self._moving.take_over(moving)
        self._combinations.take_over(combinations)

    def _build(self, table: RuleTable) -> None:
        self.version, self._size = table.version, table.size
        self._rates = Rates(table.rates, table.size)
        self._flats = Flats(table.flats, table.size)
        self._pairs = Pairs(table.pairs, table.size)
        self._thresholds = Thresholds(table.thresholds, table.size)
        self._moving = Moving(table.moving)
        self._combinations = Combinations(table.combinations, table.size)

    def _of_streams(self) -> tuple[Machine, ...]:
        parts = (self._rates, self._flats, self._pairs, self._thresholds)
        return tuple(part.machine for part in parts)

    def _restore(self, rows: Iterable[Standing], machines: Iterable[Machine]) -> None:
        peaks = {(row[0], row[1]): row[2] for row in rows}
        for machine in machines if peaks else ():
            for binding, key in enumerate(machine.bindings.subjects()):
                if key in peaks:
                    machine.restore(binding, peaks[key])

    def _note_standing(self, rows: Iterable[Standing]) -> None:
        seen = {(row.rule, row.subject): row.seen_us for row in rows}
        for key in self._moving.machine.bindings.subjects() if seen else ():
            if key in seen:
                self._moving.note_seen(key[1], seen[key])
        for binding, key in enumerate(self._combinations.machine.bindings.subjects()):
            if key in seen:
                self._combinations.note_standing(binding, seen[key])

    def evaluate(
        self,
        datastream: NDArray[np.int32],
        time: NDArray[np.int64],
        result: NDArray[np.float64],
        quality: NDArray[np.uint8],
        now_us: int | None = None,
    ) -> Changes:
        """Judge one batch: columns of equal length, times in microseconds UTC, quality with the
        verdicts of `assess` already in it, `now_us` when it was received.

        Only valid readings are judged, and none that is RESENT, far ahead of `now_us`, or not newer
        than what its datastream has shown: late data raises no live alarm. What is found suspect in
        this batch (`Changes.suspect`, by row) is not judged by thresholds either; the caller marks
        it before it stores the batch.
        """
        usable = is_valid(quality) & np.isfinite(result)
        if not self._judge_resent:
            usable &= (quality & RESENT) == 0
        if now_us is not None:
            usable &= time <= now_us + AHEAD_US
        if len(datastream) and int(datastream.max()) >= self._size:
            usable &= datastream < self._size  # registered after these rules were read
            datastream = np.where(usable, datastream, 0)
        suspect = np.zeros(len(result), np.bool_)
        found = []
        for part in (self._rates, self._flats, self._pairs):
            changes, rows = part.find(datastream, time, result, usable)
            found.append(changes)
            suspect[rows] = True
        usable &= ~suspect
        found.append(self._thresholds.find(datastream, time, result, usable))
        found.append(self._combinations.find(datastream, time, result, usable))
        return _gather(found, suspect)

    def evaluate_positions(self, fixes: Fixes, now_us: int | None = None) -> Changes:
        """Judge one batch of positions. What is more than an hour late is history, as is what
        is not newer than its thing has shown; what is far ahead of `now_us` nobody vouches for."""
        if now_us is not None:
            ahead = fixes.time > now_us + AHEAD_US
            late = fixes.time < now_us - LATE_POSITION_US
            if ahead.any() or late.any():
                fixes = fixes.take(~ahead & ~late)
        return _gather([self._moving.find(fixes)], np.zeros(len(fixes), np.bool_))


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
