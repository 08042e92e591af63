"""The state machine of alarms, for all bindings of a kind at once.

A binding is idle, pending (over, but not for long enough) or raised. `advance` takes many readings
of many bindings and computes what feeding them one by one would, without a loop over readings:
within the ordered readings of a binding, a reading that is ripe asserts "raised", one that is under
asserts "not raised", and the state changes where the latest assertion changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.changes import AlarmEvent
from ipudong.city.sensing.rules.bindings import Bindings

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

IDLE, PENDING, RAISED = np.int8(0), np.int8(1), np.int8(2)
# A binding and a time within twelve days fit into one 64-bit number that sorts like both.
_TIME_ROOM, _BINDING_ROOM = np.int64(2**40), 2**22


@dataclass(slots=True)
class Found:
    """Events of one call."""

    raised: list[AlarmEvent]
    cleared: list[AlarmEvent]
    peaked: list[AlarmEvent]


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings ordered by binding, then strictly by time.

    `measure` is what peaks are taken of (larger is worse), `value` what an event reports.
    `began_us`, where given, is when each reading's excursion began, and over means ripe. `lon` and
    `lat` are where a moving thing was.
    """

    binding: NDArray[np.int32]
    time: Ints
    value: Floats
    measure: Floats
    over: Bools
    under: Bools
    began_us: Ints | None = None
    lon: Floats | None = None
    lat: Floats | None = None

    def take(self, rows: Bools) -> "Readings":
        """Those rows alone."""
        return Readings(
            binding=self.binding[rows],
            time=self.time[rows],
            value=self.value[rows],
            measure=self.measure[rows],
            over=self.over[rows],
            under=self.under[rows],
            began_us=None if self.began_us is None else self.began_us[rows],
            lon=None if self.lon is None else self.lon[rows],
            lat=None if self.lat is None else self.lat[rows],
        )


def starts_of(binding: NDArray[np.int32]) -> Bools:
    """Where a new binding's readings begin."""
    head = np.ones(len(binding), np.bool_)
    head[1:] = binding[1:] != binding[:-1]
    return head


def latest_true(mark: Bools) -> Ints:
    """Index of the last True at or before each row; -1 where there is none."""
    return np.maximum.accumulate(np.where(mark, np.arange(len(mark)), -1))


def order_of(binding: NDArray[np.int32], time: Ints) -> Ints:
    """Order of rows by binding and time; equal ones stay in the order they came."""
    if not len(time):
        return np.zeros(0, np.int64)
    first = time.min()
    if time.max() - first < _TIME_ROOM and binding.max() < _BINDING_ROOM:
        return np.argsort(binding * _TIME_ROOM + (time - first), kind="stable")
    return np.lexsort((time, binding))


class Machine:
    """Phases, beginnings and peaks of all bindings of one kind.

    `awake` marks the bindings that are not simply idle: the others need no reading until one goes
    over, so that most of a batch is never ordered or fed. With `of_things` the bindings' datastream
    column holds thing ids, and events are about the thing as a whole.
    """

    def __init__(self, bindings: Bindings, *, of_things: bool = False) -> None:
        self.bindings = bindings
        self.of_things = of_things
        self.phase = np.zeros(len(bindings), np.int8)
        self.began_us = np.zeros(len(bindings), np.int64)
        self.peak = np.full(len(bindings), -np.inf)  # in signed space, of the excursion
        self.awake = np.zeros(len(bindings), np.bool_)

    def take_over(self, earlier: "Machine") -> None:
        """Keep the state of bindings that were there before the rules were read again."""
        mine, theirs = match_keys(self.bindings, earlier.bindings)
        for name in ("phase", "began_us", "peak", "awake"):
            getattr(self, name)[mine] = getattr(earlier, name)[theirs]

    def restore(self, binding: int, peak: float) -> None:
        """Take up an alarm that stands in the database."""
        self.phase[binding] = RAISED
        self.awake[binding] = True
        self.peak[binding] = peak * self.bindings.sign[binding]

    def advance(self, rows: Readings) -> Found:
        """Feed ordered readings; returns what they raised, cleared and worsened."""
        self.awake[rows.binding[rows.over]] = True
        fed = self.awake[rows.binding]
        if not fed.any():
            return Found([], [], [])
        if not fed.all():
            rows = rows.take(fed)
        step = _Step(self, rows)
        found = Found(
            raised=list(step.events(step.raised)),
            cleared=list(step.events(step.cleared)),
            peaked=list(step.events(step.peaked)),
        )
        step.keep()
        return found


class _Step:
    """One call of `advance`: the columns computed over its readings."""

    def __init__(self, machine: Machine, rows: Readings) -> None:
        self.machine, self.rows = machine, rows
        binding = rows.binding
        self.head = starts_of(binding)
        self.first = latest_true(self.head)
        self.last = np.append(self.head[1:], True)
        self.was_raised = machine.phase[binding] == RAISED
        self.began = self._find_began()
        ripe = rows.over
        if rows.began_us is None:
            ripe = ripe & (rows.time - self.began >= machine.bindings.duration_us[binding])
        self.after = self._state_after(ripe)
        before = np.where(self.head, self.was_raised, np.roll(self.after, 1))
        self.raised, self.cleared = self.after & ~before, before & ~self.after
        self.excursion_peak, self.is_first_excursion = self._find_peaks()
        goes_on = self.last & self.after & self.was_raised & self.is_first_excursion
        self.peaked = goes_on & (self.excursion_peak > machine.peak[binding])
        self.event_began = self._find_event_began()

    def _find_began(self) -> Ints:
        """When the run of over readings began that each reading belongs to."""
        rows, machine = self.rows, self.machine
        if rows.began_us is not None:
            return rows.began_us
        run_head = rows.over & (self.head | ~np.roll(rows.over, 1))
        run_first = np.maximum(latest_true(run_head), 0)
        is_pending = machine.phase[rows.binding] == PENDING
        carried = is_pending & rows.over & (run_first == self.first)
        return np.where(carried, machine.began_us[rows.binding], rows.time[run_first])

    def _state_after(self, ripe: Bools) -> Bools:
        said = latest_true(ripe | self.rows.under)
        return np.where(said >= self.first, ripe[np.maximum(said, 0)], self.was_raised)

    def _find_peaks(self) -> tuple[Floats, Bools]:
        """The worst measure of the excursion of each reading (up to and with the reading that
        ends it), what came before this call included."""
        rows = self.rows
        starts = np.flatnonzero(self.head | np.roll(rows.under, 1))
        worst = np.maximum.reduceat(rows.measure, starts)
        opens_binding = self.head[starts]
        carried = self.machine.peak[rows.binding[starts]]
        worst = np.where(opens_binding, np.maximum(worst, carried), worst)
        lengths = np.diff(np.append(starts, len(rows.binding)))
        return np.repeat(worst, lengths), np.repeat(opens_binding, lengths)

    def _find_event_began(self) -> Ints:
        """For each reading, when the alarm that stands at it (or ends at it) began."""
        raised_at = latest_true(self.raised)
        is_here = raised_at >= self.first
        earlier = self.machine.began_us[self.rows.binding]
        return np.where(is_here, self.began[np.maximum(raised_at, 0)], earlier)

    def keep(self) -> None:
        """Write the state after the last reading of each binding."""
        rows, machine = self.rows, self.machine
        last = np.flatnonzero(self.last)
        binding = rows.binding[last]
        pending = np.where(rows.over[last], PENDING, IDLE)
        machine.phase[binding] = np.where(self.after[last], RAISED, pending)
        began = np.where(self.after[last], self.event_began[last], self.began[last])
        machine.began_us[binding] = began
        machine.peak[binding] = np.where(rows.under[last], -np.inf, self.excursion_peak[last])
        machine.awake[binding] = ~rows.under[last] | self.after[last]

    def events(self, where: Bools) -> Iterator[AlarmEvent]:
        """The events at these readings, those of rules that raise alarms."""
        rows, bindings = self.rows, self.machine.bindings
        at = np.flatnonzero(where & (bindings.rule[rows.binding] > 0))
        binding = rows.binding[at]
        columns = (
            bindings.rule[binding],
            bindings.datastream[binding],
            rows.time[at],
            self.event_began[at],
            rows.value[at],
            self.excursion_peak[at] * bindings.sign[binding],
            bindings.other[binding],
        )
        places = _places_of(rows, at)
        of_things = self.machine.of_things
        for rule, subject, time, began, value, peak, other, (lon, lat) in zip(
            *(column.tolist() for column in columns), places, strict=True
        ):
            stream, thing = (0, subject) if of_things else (subject, 0)
            yield AlarmEvent(
                rule, stream, time, began, value, peak, thing=thing, other=other, lon=lon, lat=lat
            )


def _places_of(rows: Readings, at: Ints) -> list[tuple[float | None, float | None]]:
    if rows.lon is None or rows.lat is None:
        return [(None, None)] * len(at)
    return list(zip(rows.lon[at].tolist(), rows.lat[at].tolist(), strict=True))


def match_keys(new: Bindings, old: Bindings) -> tuple[Ints, Ints]:
    """Indices of the bindings that are in both, in `new` and in `old`."""
    if not len(new) or not len(old):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _both, mine, theirs = np.intersect1d(
        new.keys(), old.keys(), assume_unique=True, return_indices=True
    )
    return mine, theirs
