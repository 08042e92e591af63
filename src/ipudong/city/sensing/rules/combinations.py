"""Combinations: several conditions over datastreams that hold together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.rules.bindings import Binding, Bindings
from ipudong.city.sensing.rules.machine import (
    Bools,
    Floats,
    Found,
    Ints,
    Machine,
    Readings,
    latest_true,
    match_keys,
    starts_of,
)

MAX_MEMBERS: Final = 5
NEVER: Final = -(2**62)  # far enough back, and differences still fit


@dataclass(frozen=True, slots=True)
class Member:
    """One condition: `value * sign > limit * sign` of a datastream, until well under."""

    datastream: int
    limit: float
    sign: float = 1.0
    hysteresis: float = 0.0


@dataclass(frozen=True, slots=True)
class Combination:
    """At least `need` members (0: all) at once, by readings within `window_us` (0: any age)."""

    rule: int
    thing: int
    members: tuple[Member, ...]
    need: int = 0
    window_us: int = 0
    duration_us: int = 0


@dataclass(frozen=True, slots=True)
class CombinationTable:
    """Combinations as columns. `members` are bindings whose `rule` is the combination's row, and
    `other` the member's number in it; `count` and `span_us` of `bindings` are need and window."""

    bindings: Bindings = field(default_factory=lambda: Bindings.build([]))
    members: Bindings = field(default_factory=lambda: Bindings.build([]))
    width: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def build(cls, rows: Iterable[Combination]) -> "CombinationTable":
        """Columns of these rows. Raises ValueError for none or too many members."""
        rows = sorted(rows, key=lambda row: (row.thing, row.rule))
        if any(not 1 <= len(row.members) <= MAX_MEMBERS for row in rows):
            raise ValueError(f"a combination has 1 to {MAX_MEMBERS} members")
        members = [
            Binding(
                rule=at,
                datastream=member.datastream,
                other=number,
                sign=member.sign,
                limit=member.limit,
                hysteresis=member.hysteresis,
            )
            for at, row in enumerate(rows)
            for number, member in enumerate(row.members)
        ]
        return cls(
            bindings=Bindings.build(_as_binding(row) for row in rows),
            members=Bindings.build(members),
            width=np.array([len(row.members) for row in rows], np.int64),
        )


def _as_binding(row: Combination) -> Binding:
    return Binding(
        rule=row.rule,
        datastream=row.thing,
        count=row.need or len(row.members),
        span_us=row.window_us,
        duration_us=row.duration_us,
    )


class Combinations:
    """Each combination's members: whether they hold, and since which reading that is known."""

    def __init__(self, table: CombinationTable, size: int) -> None:
        self.machine = Machine(table.bindings, of_things=True)
        self._members, self._width = table.members, table.width
        self._slots = table.members.slots(size)
        count = len(table.bindings)
        self._holds = np.zeros((count, MAX_MEMBERS), np.bool_)
        self._known_us = np.full((count, MAX_MEMBERS), NEVER)
        self._clock_us = np.full(count, NEVER)

    def take_over(self, earlier: "Combinations") -> None:
        """Keep what was known before the rules were read again."""
        self.machine.take_over(earlier.machine)
        mine, theirs = match_keys(self.machine.bindings, earlier.machine.bindings)
        same = self._width[mine] == earlier._width[theirs]
        mine, theirs = mine[same], theirs[same]
        for name in ("_holds", "_known_us", "_clock_us"):
            getattr(self, name)[mine] = getattr(earlier, name)[theirs]

    def note_standing(self, binding: int, seen_us: int) -> None:
        """An alarm of before a restart stands: its members held then, and nothing older tells."""
        width = self._width[binding]
        self._holds[binding, :width] = True
        self._known_us[binding, :width] = seen_us
        self._clock_us[binding] = seen_us

    def find(
        self, datastream: NDArray[np.int32], time: Ints, result: Floats, usable: Bools
    ) -> Found:
        """What the usable readings change. A reading is passed by where its member knows one as
        new; one older than what another member has shown counts as of that later instant."""
        if not self._slots:
            return Found([], [], [])
        bound = [np.where(usable, slot[datastream], -1) for slot in self._slots]
        row = np.concatenate([np.flatnonzero(slot >= 0) for slot in bound])
        member = np.concatenate([slot[slot >= 0] for slot in bound])
        combination, number = self._members.rule[member], self._members.other[member]
        fresh = time[row] > self._known_us[combination, number]
        row, member = row[fresh], member[fresh]
        if not len(row):
            return Found([], [], [])
        row, member = self._order(row, member, time)
        return self.machine.advance(self._judge(member, time[row], result[row]))

    def _order(
        self, row: Ints, member: NDArray[np.int32], time: Ints
    ) -> tuple[Ints, NDArray[np.int32]]:
        """By combination, time and member; of equal times of a member the first is kept."""
        order = np.lexsort((member, time[row], self._members.rule[member]))
        row, member = row[order], member[order]
        fresh = np.ones(len(row), np.bool_)
        fresh[1:] = (member[1:] != member[:-1]) | (time[row][1:] != time[row][:-1])
        return row[fresh], member[fresh]

    def _judge(self, member: NDArray[np.int32], time: Ints, result: Floats) -> Readings:
        members = self._members
        combination = members.rule[member].astype(np.int32)
        head = starts_of(combination)
        first = latest_true(head)
        measure = result * members.sign[member]
        over, under = measure > members.limit[member], measure <= members.release[member]
        at = np.maximum(time, self._clock_us[combination])
        last = np.flatnonzero(np.append(head[1:], True))
        holding = np.zeros(len(member), np.int64)
        unknown = np.zeros(len(member), np.int64)
        window = self.machine.bindings.span_us[combination]
        for number in range(MAX_MEMBERS):
            is_it = members.other[member] == number
            said = latest_true(is_it & (over | under))
            before = self._holds[combination, number]
            holds = np.where(said >= first, over[np.maximum(said, 0)], before)
            shown = latest_true(is_it)
            known_before = self._known_us[combination, number]
            known = np.where(shown >= first, time[np.maximum(shown, 0)], known_before)
            is_recent = (window == 0) | (at - known <= window)
            holding += holds & is_recent
            unknown += (known == NEVER) & (number < self._width[combination])
            self._holds[combination[last], number] = holds[last]
            self._known_us[combination[last], number] = known[last]
        self._clock_us[combination[last]] = at[last]
        return self._settle(combination, at, holding, unknown)

    def _settle(
        self, combination: NDArray[np.int32], at: Ints, holding: Ints, unknown: Ints
    ) -> Readings:
        """One reading for each combination and instant. While a member was never heard (after a
        restart) an alarm that stands is not taken back on its account."""
        settled = np.ones(len(at), np.bool_)
        settled[:-1] = (combination[1:] != combination[:-1]) | (at[1:] != at[:-1])
        combination, at = combination[settled], at[settled]
        holding, unknown = holding[settled], unknown[settled]
        need = self.machine.bindings.count[combination]
        figure = holding.astype(np.float64)
        return Readings(
            binding=combination,
            time=at,
            value=figure,
            measure=figure,
            over=holding >= need,
            under=holding + unknown < need,
        )
