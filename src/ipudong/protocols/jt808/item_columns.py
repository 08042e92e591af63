"""Additional items of many location reports as columns (JT/T 808, JT/T 1078).

Terminals of one model send the same items in the same order. So bodies of equal length are laid
under one another and walked together; they part only where an id or a length differs.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray


class Column(msgspec.Struct, frozen=True):
    """A number inside an item: `size` bytes at `at`, big-endian, divided by `divisor`.

    `minus` marks the highest bit as the sign of the rest (not two's complement). `unit` is UCUM.
    """

    name: str
    at: int
    size: int
    divisor: float = 1.0
    minus: bool = False
    unit: str = "1"


# The lengths an item may have, and its numbers. A column beyond a shorter length is left NaN.
COLUMNS: Final[dict[int, tuple[tuple[int, ...], tuple[Column, ...]]]] = {
    0x01: ((4,), (Column("mileage", 0, 4, 10.0, unit="km"),)),
    0x02: ((2,), (Column("fuel", 0, 2, 10.0, unit="L"),)),
    0x03: ((2,), (Column("recorder_speed", 0, 2, 10.0, unit="km/h"),)),
    0x04: ((2,), (Column("alarm_event", 0, 2),)),
    0x05: ((30,), ()),
    0x06: ((2,), (Column("cabin_temperature", 0, 2, minus=True, unit="Cel"),)),
    0x11: ((1, 5), (Column("overspeed_place_type", 0, 1), Column("overspeed_place", 1, 4))),
    0x12: (
        (6,),
        (Column("area_type", 0, 1), Column("area", 1, 4), Column("area_direction", 5, 1)),
    ),
    0x13: (
        (7,),
        (
            Column("segment", 0, 4),
            Column("segment_time", 4, 2, unit="s"),
            Column("segment_result", 6, 1),
        ),
    ),
    0x14: ((4,), (Column("video_alarms", 0, 4),)),
    0x15: ((4,), (Column("video_lost_channels", 0, 4),)),
    0x16: ((4,), (Column("video_covered_channels", 0, 4),)),
    0x17: ((2,), (Column("video_failed_storage", 0, 2),)),
    0x18: ((2, 3), (Column("driving_behavior", 0, 2), Column("fatigue_degree", 2, 1))),
    0x25: ((4,), (Column("signals", 0, 4),)),
    0x2A: ((2,), (Column("io", 0, 2),)),
    0x2B: ((4,), (Column("analog_1", 0, 2), Column("analog_0", 2, 2))),
    0x30: ((1,), (Column("signal_strength", 0, 1),)),
    0x31: ((1,), (Column("satellites", 0, 1),)),
}
_FEW: Final = 8  # rows below which walking each alone costs less than arrays do


def read_items(
    bodies: Sequence[bytes], start: int
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """The numbers of the items that begin at `start` of each body, and the rows with broken items.

    Items of other ids are stepped over. An item that runs over the end is left out, the ones
    before it count; a standard item of another length than its own is broken too, but stepped
    over. Of an item that comes twice the last one holds.
    """
    walk = _Walk(len(bodies))
    groups: dict[int, list[int]] = {}
    for row, body in enumerate(bodies):
        groups.setdefault(len(body), []).append(row)
    for length, rows in groups.items():
        if length <= start:
            continue
        if len(rows) < _FEW:
            for row in rows:
                walk.walk_one(bodies[row], start, row)
            continue
        joined = b"".join([bodies[row] for row in rows])
        table = np.frombuffer(joined, np.uint8).reshape(len(rows), length)
        walk.walk_table(table, start, np.array(rows))
    return walk.columns, walk.broken


class _Walk:
    """The columns being filled."""

    def __init__(self, rows: int) -> None:
        self.columns: dict[str, NDArray[np.float64]] = {}
        self.broken = np.zeros(rows, np.bool_)
        self._rows = rows

    def _column(self, name: str) -> NDArray[np.float64]:
        found = self.columns.get(name)
        if found is None:
            found = self.columns[name] = np.full(self._rows, np.nan)
        return found

    def walk_one(self, body: bytes, at: int, row: int) -> None:
        """The items of one body."""
        size = len(body)
        while at < size:
            value_at = at + 2
            end = value_at + body[at + 1] if value_at <= size else size + 1
            if end > size:
                self.broken[row] = True
                return
            lengths, columns = COLUMNS.get(body[at], (None, ()))
            if lengths is None or end - value_at in lengths:
                for column in columns:
                    raw = body[value_at + column.at : min(end, value_at + column.at + column.size)]
                    if len(raw) == column.size:
                        self._column(column.name)[row] = find_number(column, raw)
            else:
                self.broken[row] = True
            at = end

    def walk_table(self, table: NDArray[np.uint8], start: int, rows: NDArray[np.int64]) -> None:
        """The items of bodies of one length, one to a row of `table`; `rows` are theirs here."""
        size = table.shape[1]
        waiting = [(table, rows, start)]
        while waiting:
            part, where, at = waiting.pop()
            if len(where) < _FEW:
                for row, body in zip(where.tolist(), part, strict=True):
                    self.walk_one(body.tobytes(), at, row)
                continue
            while at < size:
                if at + 2 > size:
                    self.broken[where] = True
                    break
                heads = part[:, at].astype(np.uint16) << 8 | part[:, at + 1]
                if (heads != heads[0]).any():
                    for head in np.unique(heads):
                        same = heads == head
                        waiting.append((part[same], where[same], at))
                    break
                end = at + 2 + int(part[0, at + 1])
                if end > size:
                    self.broken[where] = True
                    break
                self._take(int(part[0, at]), part[:, at + 2 : end], where)
                at = end

    def _take(self, item: int, values: NDArray[np.uint8], where: NDArray[np.int64]) -> None:
        found = COLUMNS.get(item)
        if found is None:
            return
        lengths, columns = found
        if values.shape[1] not in lengths:
            self.broken[where] = True
            return
        for column in columns:
            raw = values[:, column.at : column.at + column.size]
            if raw.shape[1] == column.size:
                self._column(column.name)[where] = _find_numbers(column, raw)


def find_number(column: Column, raw: bytes) -> float:
    """The number a column's bytes say."""
    number = int.from_bytes(raw, "big")
    half = 1 << (column.size * 8 - 1)
    if column.minus and number >= half:
        number = half - number
    return number / column.divisor


def _find_numbers(column: Column, raw: NDArray[np.uint8]) -> NDArray[np.float64]:
    number = raw[:, 0].astype(np.int64)
    for at in range(1, column.size):
        number = number << 8 | raw[:, at]
    if column.minus:
        half = 1 << (column.size * 8 - 1)
        number = np.where(number >= half, half - number, number)
    return number / column.divisor
