"""Threshold rules: most readings are found harmless by one comparison, without ordering them."""

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.machine import Found, Machine, Readings, order_of

Bools = NDArray[np.bool_]


class Thresholds:
    """Above and below, with hysteresis and duration."""

    def __init__(self, bindings: Bindings, size: int) -> None:
        self.machine = Machine(bindings)
        self._slots = bindings.slots(size)
        self._watched = np.zeros(size, np.bool_)
        self._watched[bindings.datastream[bindings.datastream < size]] = True
        self._last_us = np.full(size, np.iinfo(np.int64).min)

    def take_over(self, earlier: "Thresholds") -> None:
        """Keep what was known before the rules were read again."""
        self.machine.take_over(earlier.machine)
        shared = min(len(self._last_us), len(earlier._last_us))
        self._last_us[:shared] = earlier._last_us[:shared]

    def note_seen(self, datastream: NDArray[np.int32], time_us: NDArray[np.int64]) -> None:
        """Readings up to these instants have been judged before."""
        known = datastream < len(self._last_us)
        np.maximum.at(self._last_us, datastream[known], time_us[known])

    def find(
        self,
        datastream: NDArray[np.int32],
        time: NDArray[np.int64],
        result: NDArray[np.float64],
        usable: Bools,
    ) -> Found:
        """What the usable readings raise and clear; those not newer than the last are passed by."""
        keep = usable & self._watched[datastream]
        keep &= time > self._last_us[datastream]
        if not keep.all():
            datastream, time, result = datastream[keep], time[keep], result[keep]
        if not len(time):
            return Found([], [], [])
        found = self.machine.advance(self._select(datastream, time, result))
        np.maximum.at(self._last_us, datastream, time)
        return found

    def _select(
        self,
        datastream: NDArray[np.int32],
        time: NDArray[np.int64],
        result: NDArray[np.float64],
    ) -> Readings:
        """Readings of those bindings alone that are not idle or go over in this batch."""
        bindings = self.machine.bindings
        awake = self.machine.awake
        bound = [slot[datastream] for slot in self._slots]
        for binding in bound:
            # -1 (no binding) reads the last one's limit; such rows are left out below
            over = result * bindings.sign[binding] > bindings.limit[binding]
            over &= binding >= 0
            awake[binding[over]] = True
        rows = [np.flatnonzero((b >= 0) & awake[b]) for b in bound]
        row = np.concatenate(rows)
        binding = np.concatenate([b[r] for b, r in zip(bound, rows, strict=True)])
        order = _ordered(binding, time[row])
        binding, row = binding[order], row[order]
        measure = result[row] * bindings.sign[binding]
        return Readings(
            binding=binding,
            time=time[row],
            value=result[row],
            measure=measure,
            over=measure > bindings.limit[binding],
            under=measure <= bindings.release[binding],
        )


def _ordered(binding: NDArray[np.int32], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order by binding and time; of equal times the first that came is kept."""
    order = order_of(binding, time)
    binding, time = binding[order], time[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (binding[1:] != binding[:-1]) | (time[1:] != time[:-1])
    return order[fresh]
