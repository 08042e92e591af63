"""The numbers of a data packet as columns: the path every uploaded frame takes.

A station sends the same fields in the same order each time. What the fields mean is therefore
worked out once for each *shape* (the tuple of field names) and kept; a further frame of that shape
costs one split, one dictionary look-up and one pass of `float`.
"""

import math
import re
from datetime import datetime
from functools import lru_cache
from typing import cast

from msgspec import Struct

from ipudong.protocols.hj212.data import parse_data
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.shapes import Match, Shape, compile_match, read_shape
from ipudong.protocols.hj212.times import find_time_us, time_from_us

# Source mark of a value by its Flag letter (HJ 212-2017, table 8): the low nibble of `quality`.
# P (power failure) is the 2005 edition's and counts as a fault.
FLAG_CODES = {"N": 0, "F": 1, "M": 2, "S": 3, "D": 4, "C": 5, "T": 6, "B": 7, "P": 4}
UNKNOWN_FLAG = 15
NO_FLAG = 0  # most stations send Flag only with realtime values; silence means normal


class _FlagCodes(dict[str, int]):
    def __missing__(self, letter: str) -> int:
        return UNKNOWN_FLAG


_FLAG_CODES = _FlagCodes(FLAG_CODES | {letter.lower(): code for letter, code in FLAG_CODES.items()})

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


class Readings(Struct, frozen=True, gc=False):
    """Values of one packet; `fields`, `channels`, `values`, `flags` are as long as each other.

    A field is a name as sent (``a34004-Avg``), its channel the same after the command
    (``2051/a34004-Avg``). `values` are numbers in the station's own units, NaN where it sent none.
    `flags` are source marks (0 normal .. 7 communication, 15 unknown letter). `times_us` is None
    when all values are of `data_time_us`; else it has one time (or None) for each value: several
    DataTime sections in one history answer, or factors with a SampleTime of their own.
    Times are microseconds since 1970 UTC.
    """

    data_time_us: int | None
    fields: tuple[str, ...]
    channels: tuple[str, ...]
    values: list[float]
    flags: bytes
    times_us: list[int | None] | None = None
    defects: tuple[str, ...] = ()

    @property
    def data_time(self) -> datetime | None:
        """DataTime as an aware Beijing time."""
        return None if self.data_time_us is None else time_from_us(self.data_time_us)


def read_readings(packet: Packet) -> Readings:
    """The numeric fields of a packet's data area. Never raises; verdicts in `defects`."""
    habit = _habits.get((packet.mn, packet.cn))
    if habit is not None and habit.match is not None:
        found = _read_habitual(packet.cp, habit.match, habit.shape)
        if found is not None:
            return found
    return _read_with_care(packet)


def _read_habitual(cp: str, match: Match, shape: Shape) -> Readings | None:
    """The readings of a data area that looks as always and needs no verdict; else None."""
    matched = match(cp)
    if matched is None:
        return None
    texts = matched.groups()
    try:
        values = list(map(float, shape.pick_values(texts)))
    except ValueError:
        return None
    data_time_us = find_time_us(texts[cast(int, shape.data_time_index)])
    flags = _flags(shape, texts)
    if data_time_us is None or UNKNOWN_FLAG in flags or not math.isfinite(sum(values)):
        return None
    return Readings(data_time_us, shape.fields, shape.channels, values, flags)


def _read_with_care(packet: Packet) -> Readings:
    split = _split_plain(packet.cp)
    if split is None:
        area = parse_data(packet.cp)
        names = tuple(name for name, _ in area.pairs)
        texts = tuple(value for _, value in area.pairs)
        defects = area.defects
    else:
        names, texts, defects = split
    is_short = len(packet.cp) <= _CACHED_CHARS
    shape = (_shape if is_short else read_shape)(packet.cn, names)
    if is_short and split is not None and not defects:
        _note_habit(packet, names, shape)
    if shape.defects:
        defects += shape.defects
    values, value_defects = _numbers(shape.pick_values(texts))
    data_time_us, times_us, time_defects = _times(shape, texts)
    flags = _flags(shape, texts)
    if UNKNOWN_FLAG in flags:
        defects += ("unknown_flag",)
    return Readings(
        data_time_us,
        shape.fields,
        shape.channels,
        values,
        flags,
        times_us,
        defects + value_defects + time_defects,
    )


class _Habit(Struct):
    """The shape a station uses for a command, and how often in a row it did."""

    shape: Shape
    seen: int = 0
    match: Match | None = None


def _note_habit(packet: Packet, names: tuple[str, ...], shape: Shape) -> None:
    key = packet.mn, packet.cn
    habit = _habits.get(key)
    if habit is None or habit.shape is not shape:
        if len(_habits) >= _MAX_HABITS:
            _habits.clear()
        habit = _habits[key] = _Habit(shape)
    habit.seen += 1
    # Compiling costs as much as a hundred frames: not for a sender that never repeats itself.
    if habit.seen == _HABIT_FRAMES:
        habit.match = _match(names, tuple(_MARK.findall(packet.cp)), shape)


_habits: dict[tuple[str, str], _Habit] = {}
_MAX_HABITS = 16_384
_HABIT_FRAMES = 4
_MARK = re.compile("[;,]")
_match = lru_cache(maxsize=512)(compile_match)


_Split = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _split_plain(cp: str) -> _Split | None:
    """Names and values of a data area without texts and gaps; None if it must be read with care."""
    defects: tuple[str, ...] = ()
    if "//" in cp:
        return None
    if cp.endswith(";"):
        cp = cp[:-1]
        defects = ("trailing_separator",)
    items = cp.replace(",", ";").split(";")
    # With at least one = in every item and as many = as items, each item has exactly one.
    if cp.count("=") != len(items):
        return None
    columns = tuple(zip(*[item.split("=") for item in items], strict=False))
    if len(columns) != 2 or "" in columns[0]:
        return None
    return columns[0], columns[1], defects


def _numbers(texts: tuple[str, ...]) -> tuple[list[float], tuple[str, ...]]:
    try:
        values = list(map(float, texts))
    except ValueError:
        return _doubtful_numbers(texts)
    # float() also reads "nan", "inf" and "1_0"; a finite sum rules out the first two.
    if not math.isfinite(sum(values)) or "_" in "".join(texts):
        return _doubtful_numbers(texts)
    return values, ()


def _doubtful_numbers(texts: tuple[str, ...]) -> tuple[list[float], tuple[str, ...]]:
    values = [float(text) if _NUMBER.fullmatch(text) else math.nan for text in texts]
    values = [value if math.isfinite(value) else math.nan for value in values]
    return values, ("not_a_number",) if any(map(math.isnan, values)) else ()


def _flags(shape: Shape, texts: tuple[str, ...]) -> bytes:
    if shape.pick_flags is None:
        return bytes([NO_FLAG]) * len(shape.fields)
    # The factor without a Flag points one past the end.
    return _marks(shape.pick_flags((*texts, "N")))


@lru_cache(maxsize=1024)
def _marks(letters: tuple[str, ...]) -> bytes:
    return bytes([_FLAG_CODES[letter] for letter in letters])


def _times(
    shape: Shape, texts: tuple[str, ...]
) -> tuple[int | None, list[int | None] | None, tuple[str, ...]]:
    if shape.data_time_index is None:
        data_time: int | None = None
        defects: tuple[str, ...] = ("no_data_time",)
    else:
        text = texts[shape.data_time_index]
        data_time = find_time_us(text)
        defects = _time_defects(text, data_time)
    if shape.time_indexes is None:
        return data_time, None, defects
    found = [None if index is None else find_time_us(texts[index]) for index in shape.time_indexes]
    return data_time, [data_time if time is None else time for time in found], defects


def _time_defects(text: str, time_us: int | None) -> tuple[str, ...]:
    if time_us is None:
        return ("bad_data_time",)
    return ("data_time_with_ms",) if len(text) == 17 else ()


# Shapes of longer data areas (split packets put together) are not kept: bounded memory.
_shape = lru_cache(maxsize=2048)(read_shape)
_CACHED_CHARS = 4096
