"""Rules that compare a reading with the one before it: rate of change and flat lines."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import HOUR_US, SECOND_US
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

BEFORE_ALL = np.iinfo(np.int64).min
SHORTEST_STEP_US = 60 * SECOND_US


class Ordered:
    """New readings of watched bindings, ordered by binding and time; `row` is where in the batch
    each came from."""

    def __init__(
        self, binding: NDArray[np.int32], time: Ints, value: Floats, row: Ints, last_us: Ints
    ) -> None:
        order = order_of(binding, time)
        binding, time = binding[order], time[order]
        fresh = time > last_us[binding]
        fresh[1:] &= (binding[1:] != binding[:-1]) | (time[1:] != time[:-1])
        self.binding, self.time = binding[fresh], time[fresh]
        self.value, self.row = value[order][fresh], row[order][fresh]
        self.head = starts_of(self.binding)
        self.last = np.flatnonzero(np.append(self.head[1:], len(self.head) > 0))

    def __len__(self) -> int:
        return len(self.binding)


class Sequence(ABC):
    """What rates and flat lines share: the last reading of each binding."""

    def __init__(self, bindings: Bindings, size: int) -> None:
        self.machine = Machine(bindings)
        self._slots = bindings.slots(size)
        self.last_us = np.full(len(bindings), BEFORE_ALL)
        self.last_value = np.full(len(bindings), np.nan)

    remembered: tuple[str, ...] = ("last_us", "last_value")

    def take_over(self, earlier: "Sequence") -> None:
        """Keep what was known before the rules were read again."""
        self.machine.take_over(earlier.machine)
        mine, theirs = match_keys(self.machine.bindings, earlier.machine.bindings)
        for name in self.remembered:
            getattr(self, name)[mine] = getattr(earlier, name)[theirs]

    def find(
        self, datastream: NDArray[np.int32], time: Ints, result: Floats, usable: Bools
    ) -> tuple[Found, Ints]:
        """What the usable readings change, and which rows of the batch are suspect."""
        none = Found([], [], []), np.zeros(0, np.int64)
        if not self._slots:
            return none
        bound = [np.where(usable, slot[datastream], -1) for slot in self._slots]
        rows = [np.flatnonzero(binding >= 0) for binding in bound]
        row = np.concatenate(rows)
        if not len(row):
            return none
        binding = np.concatenate([b[r] for b, r in zip(bound, rows, strict=True)])
        new = Ordered(binding, time[row], result[row], row, self.last_us)
        if not len(new):
            return none
        readings, suspect = self.judge(new)
        found = self.machine.advance(readings)
        last = new.binding[new.last]
        self.last_us[last], self.last_value[last] = new.time[new.last], new.value[new.last]
        return found, new.row[suspect]

    @abstractmethod
    def judge(self, new: Ordered) -> tuple[Readings, Bools]:
        """What the machine is fed, and which readings are suspect."""

    def previous(self, new: Ordered, column: NDArray, remembered: NDArray) -> NDArray:
        """For each reading the value before it, from this batch or remembered."""
        return np.where(new.head, remembered[new.binding], np.roll(column, 1))


class Rates(Sequence):
    """Changes faster than `limit` per hour, over steps counted as at least `span`. Bindings of
    rule 0 (what a datastream can possibly do) mark the reading suspect."""

    def judge(self, new: Ordered) -> tuple[Readings, Bools]:
        bindings = self.machine.bindings
        before_us = self.previous(new, new.time, self.last_us)
        change = np.abs(new.value - self.previous(new, new.value, self.last_value))
        is_first = before_us == BEFORE_ALL
        shortest = np.maximum(bindings.span_us[new.binding], SHORTEST_STEP_US)
        step_us = np.maximum(np.where(is_first, shortest, new.time - before_us), shortest)
        rate = np.where(is_first, 0.0, change * (HOUR_US / step_us))
        over = rate > bindings.limit[new.binding]
        readings = Readings(new.binding, new.time, rate, rate, over, ~over)
        return readings, over & (bindings.rule[new.binding] == 0)


class Flats(Sequence):
    """`count` equal readings over at least `span`. Values up to `limit`, where given, may stay."""

    remembered = (*Sequence.remembered, "_count", "_began_us")

    def __init__(self, bindings: Bindings, size: int) -> None:
        super().__init__(bindings, size)
        self._count = np.zeros(len(bindings), np.int64)
        self._began_us = np.zeros(len(bindings), np.int64)

    def judge(self, new: Ordered) -> tuple[Readings, Bools]:
        bindings, binding = self.machine.bindings, new.binding
        same = new.value == self.previous(new, new.value, self.last_value)
        run = latest_true(~same | new.head)
        continues = (new.head & same)[run]  # the run began before this batch
        count = np.arange(len(new)) - run + 1 + np.where(continues, self._count[binding], 0)
        began = np.where(continues, self._began_us[binding], new.time[run])
        may_stay = new.value <= bindings.limit[binding]  # False where there is no limit (NaN)
        over = (count >= bindings.count[binding]) & ~may_stay
        over &= new.time - began >= bindings.span_us[binding]
        last = binding[new.last]
        self._count[last], self._began_us[last] = count[new.last], began[new.last]
        readings = Readings(
            binding, new.time, new.value, count.astype(np.float64), over, ~same, began
        )
        return readings, over
