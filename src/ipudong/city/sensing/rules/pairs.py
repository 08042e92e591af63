"""Copied columns: two datastreams of one thing that move and are yet always equal."""

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.machine import (
    Bools,
    Floats,
    Found,
    Ints,
    Machine,
    Readings,
    latest_true,
    match_keys,
    order_of,
    starts_of,
)
from ipudong.city.sensing.rules.sequences import BEFORE_ALL

# Two stuck columns may show one number by chance; two that move together do not.
LEAST_MOVES = 2

_REMEMBERED = ("_last_us", "_last_value", "_count", "_moves", "_began_us")


class Pairs:
    """`count` readings of equal time and value, moving at least twice; zeros say nothing."""

    def __init__(self, bindings: Bindings, size: int) -> None:
        self.machine = Machine(bindings)
        self._size = size
        of_first = np.bincount(bindings.datastream, minlength=size)[:size]
        self._pairs_of = of_first.astype(np.int64)
        self._first_pair = np.concatenate(([0], np.cumsum(of_first)))[:size]
        self._watched = of_first > 0
        self._watched[bindings.other[bindings.other < size]] = True
        self._last_us = np.full(len(bindings), BEFORE_ALL)
        self._last_value = np.full(len(bindings), np.nan)
        self._count = np.zeros(len(bindings), np.int64)
        self._moves = np.zeros(len(bindings), np.int64)
        self._began_us = np.zeros(len(bindings), np.int64)

    def take_over(self, earlier: "Pairs") -> None:
        """Keep what was known before the rules were read again."""
        self.machine.take_over(earlier.machine)
        mine, theirs = match_keys(self.machine.bindings, earlier.machine.bindings)
        for name in _REMEMBERED:
            getattr(self, name)[mine] = getattr(earlier, name)[theirs]

    def find(
        self, datastream: NDArray[np.int32], time: Ints, result: Floats, usable: Bools
    ) -> tuple[Found, Ints]:
        """What the usable readings change, and which rows of the batch are suspect."""
        none = Found([], [], []), np.zeros(0, np.int64)
        rows = np.flatnonzero(usable & self._watched[datastream])
        if not len(rows):
            return none
        binding, row, other = self._join(datastream[rows], time[rows])
        row, other = rows[row], rows[other]
        binding, row, other = self._order(binding, row, other, time, result)
        if not len(binding):
            return none
        readings = self._judge(binding, time[row], result[row], result[other])
        flags_other = self.machine.bindings.flags_other[binding]
        suspect = np.append(row[readings.over], other[readings.over & flags_other])
        return self.machine.advance(readings), suspect

    def _join(
        self, datastream: NDArray[np.int32], time: Ints
    ) -> tuple[NDArray[np.int32], Ints, Ints]:
        """(pair, row of its first, row of its second) where both have a reading of one time."""
        _times, when = np.unique(time, return_inverse=True)
        key = datastream.astype(np.int64) * (len(_times) + 1) + when
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        many = self._pairs_of[datastream]
        row = np.repeat(np.arange(len(datastream)), many)
        nth = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        pair = self._first_pair[datastream[row]] + nth
        wanted = self.machine.bindings.other[pair] * np.int64(len(_times) + 1) + when[row]
        place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        there = ordered[place] == wanted
        return pair[there].astype(np.int32), row[there], order[place[there]]

    def _order(
        self, pair: NDArray[np.int32], row: Ints, other: Ints, time: Ints, result: Floats
    ) -> tuple[NDArray[np.int32], Ints, Ints]:
        """By pair and time, newer than what was seen, without repeats and without zeros."""
        keep = (time[row] > self._last_us[pair]) & ((result[row] != 0) | (result[other] != 0))
        pair, row, other = pair[keep], row[keep], other[keep]
        order = order_of(pair, time[row])
        pair, row, other = pair[order], row[order], other[order]
        fresh = np.ones(len(pair), np.bool_)
        fresh[1:] = (pair[1:] != pair[:-1]) | (time[row][1:] != time[row][:-1])
        return pair[fresh], row[fresh], other[fresh]

    def _judge(self, pair: NDArray[np.int32], time: Ints, value: Floats, other: Floats) -> Readings:
        head = starts_of(pair)
        equal = value == other
        before = np.where(head, self._last_value[pair], np.roll(value, 1))
        is_moved = equal & (value != before) & ~np.isnan(before)
        run = latest_true(equal & (head | ~np.roll(equal, 1)))
        run = np.maximum(run, 0)
        # A run at the head of the batch goes on where the pair was equal at its last reading.
        carried = equal & head[run] & (self._count[pair] > 0)
        moved_before = np.cumsum(is_moved)
        count = np.where(equal, np.arange(len(pair)) - run + 1, 0)
        moves = np.where(equal, moved_before - moved_before[run], 0)
        count += np.where(carried, self._count[pair], 0)
        moves += np.where(carried, self._moves[pair] + is_moved[run], 0)
        began = np.where(carried, self._began_us[pair], time[run])
        bindings = self.machine.bindings
        over = (count >= bindings.count[pair]) & (moves >= LEAST_MOVES)
        over &= time - began >= bindings.span_us[pair]
        self._remember(pair, head, time, value, count, moves, began)
        return Readings(pair, time, value, count.astype(np.float64), over, ~equal, began)

    def _remember(
        self,
        pair: NDArray[np.int32],
        head: Bools,
        time: Ints,
        value: Floats,
        count: Ints,
        moves: Ints,
        began: Ints,
    ) -> None:
        last = np.flatnonzero(np.append(head[1:], True))
        at = pair[last]
        self._last_us[at], self._last_value[at] = time[last], value[last]
        self._count[at], self._moves[at], self._began_us[at] = count[last], moves[last], began[last]
