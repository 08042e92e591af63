"""Rules bound to datastreams: a binding is one rule at one datastream, kept as columns."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Binding:
    """One rule at one datastream, as it is given; `sign` is -1 for a rule that looks below.

    Rule 0 marks readings as suspect without raising an alarm (a datastream's possible rate).
    """

    rule: int
    datastream: int
    other: int = 0
    sign: float = 1.0
    limit: float = float("nan")
    hysteresis: float = 0.0
    duration_us: int = 0
    count: int = 0
    span_us: int = 0
    flags_other: bool = False


@dataclass(frozen=True, slots=True)
class Bindings:
    """Bindings of one kind as columns of equal length, ordered by datastream.

    `limit` and `release` are signed: a value times `sign` is over above `limit`, and the alarm is
    released at or under `release`.
    """

    rule: NDArray[np.int64]
    datastream: NDArray[np.int32]
    other: NDArray[np.int32]
    sign: NDArray[np.float64]
    limit: NDArray[np.float64]
    release: NDArray[np.float64]
    duration_us: NDArray[np.int64]
    count: NDArray[np.int64]
    span_us: NDArray[np.int64]
    flags_other: NDArray[np.bool_]

    @classmethod
    def build(cls, rows: Iterable[Binding]) -> "Bindings":
        """Columns of these rows."""
        rows = sorted(rows, key=lambda row: (row.datastream, row.rule, row.other))
        sign = np.array([row.sign for row in rows], np.float64)
        limit = np.array([row.limit for row in rows], np.float64) * sign
        return cls(
            rule=np.array([row.rule for row in rows], np.int64),
            datastream=np.array([row.datastream for row in rows], np.int32),
            other=np.array([row.other for row in rows], np.int32),
            sign=sign,
            limit=limit,
            release=limit - np.array([row.hysteresis for row in rows], np.float64),
            duration_us=np.array([row.duration_us for row in rows], np.int64),
            count=np.array([row.count for row in rows], np.int64),
            span_us=np.array([row.span_us for row in rows], np.int64),
            flags_other=np.array([row.flags_other for row in rows], np.bool_),
        )

    def take(self, rows: NDArray[np.bool_]) -> "Bindings":
        """Those rows alone."""
        return Bindings(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def __len__(self) -> int:
        return len(self.rule)

    def keys(self) -> NDArray[np.void]:
        """What makes a binding the same one after the rules were read again."""
        keys = np.empty(len(self), dtype=[("rule", "i8"), ("datastream", "i4"), ("other", "i4")])
        keys["rule"], keys["datastream"], keys["other"] = self.rule, self.datastream, self.other
        return keys

    def slots(self, size: int) -> tuple[NDArray[np.int32], ...]:
        """Arrays by datastream id of the first, second ... binding of each; -1 where none."""
        if not len(self):
            return ()
        known = np.flatnonzero(self.datastream < size)
        streams = self.datastream[known]
        first = np.searchsorted(streams, streams)  # ordered by datastream
        rank = np.arange(len(streams)) - first
        slots = []
        for k in range(int(rank.max(initial=-1)) + 1):
            slot = np.full(size, -1, np.int32)
            slot[streams[rank == k]] = known[rank == k]
            slots.append(slot)
        return tuple(slots)

    def subjects(self) -> list[tuple[int, int]]:
        """(rule, datastream or thing) of each binding."""
        return list(zip(self.rule.tolist(), self.datastream.tolist(), strict=True))
