"""The numbers of a data packet as columns: the path every uploaded frame takes.

A station sends the same fields in the same order each time. What the fields mean is therefore
worked out once for each *shape* (the tuple of field names) and kept; a further frame of that shape
costs one split, one dictionary look-up and one pass of `float`.
"""

import math
import re
from bisect import bisect
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

from msgspec import Struct

from ipudong.protocols.hj212.data import parse_data
from ipudong.protocols.hj212.packet import Packet
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

# Attributes whose value is text or a time, never a measured number.
_TEXT_ATTRIBUTES = frozenset({"Flag", "EFlag", "SampleTime", "SN", "Info"})
_FIELD = re.compile(r"[A-Za-z0-9_.]{1,32}-[A-Za-z0-9_]{1,24}")
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
    flags: list[int]
    times_us: list[int | None] | None = None
    defects: tuple[str, ...] = ()

    @property
    def data_time(self) -> datetime | None:
        """DataTime as an aware Beijing time."""
        return None if self.data_time_us is None else time_from_us(self.data_time_us)


_Pick = Callable[[tuple[str, ...]], tuple[str, ...]]


class _Shape(Struct, frozen=True, gc=False):
    """What a tuple of field names means: where to find values, flags and times."""

    fields: tuple[str, ...]
    channels: tuple[str, ...]
    pick_values: _Pick
    pick_flags: _Pick | None
    data_time_index: int | None
    time_indexes: tuple[int | None, ...] | None
    defects: tuple[str, ...]


def read_readings(packet: Packet) -> Readings:
    """The numeric fields of a packet's data area. Never raises; verdicts in `defects`."""
    split = _split_plain(packet.cp)
    if split is None:
        area = parse_data(packet.cp)
        names = tuple(name for name, _ in area.pairs)
        texts = tuple(value for _, value in area.pairs)
        defects = area.defects
    else:
        names, texts, defects = split
    shape = (_shape if len(packet.cp) <= _CACHED_CHARS else _read_shape)(packet.cn, names)
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


def _flags(shape: _Shape, texts: tuple[str, ...]) -> list[int]:
    if shape.pick_flags is None:
        return [NO_FLAG] * len(shape.fields)
    # The factor without a Flag points one past the end.
    return [_FLAG_CODES[letter] for letter in shape.pick_flags((*texts, "N"))]


def _times(
    shape: _Shape, texts: tuple[str, ...]
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


def _read_shape(cn: str, names: tuple[str, ...]) -> _Shape:
    times = _section_times(names)
    fields: list[int] = []
    defects: dict[str, None] = {}
    seen: set[tuple[int | None, str]] = set()
    for index, name in enumerate(names):
        if not _is_value(name):
            continue
        fields.append(index)
        if (times[index], name) in seen:
            defects["repeated_field"] = None
        seen.add((times[index], name))
    places = _places(names, times)
    flags = [_find_near(places, names[index], times[index], "Flag", index) for index in fields]
    samples = [
        _find_near(places, names[index], times[index], "SampleTime", index) for index in fields
    ]
    data_time = next((index for index, name in enumerate(names) if name == "DataTime"), None)
    value_times = tuple(
        times[index] if sample is None else sample
        for index, sample in zip(fields, samples, strict=True)
    )
    field_names = tuple(names[index] for index in fields)
    return _Shape(
        fields=field_names,
        channels=tuple(f"{cn}/{name}" for name in field_names),
        pick_values=_picker(fields),
        pick_flags=_flag_picker(flags, len(names)),
        data_time_index=data_time,
        time_indexes=None if set(value_times) <= {data_time} else value_times,
        defects=tuple(defects),
    )


def _is_value(name: str) -> bool:
    return bool(_FIELD.fullmatch(name)) and name.partition("-")[2] not in _TEXT_ATTRIBUTES


def _section_times(names: tuple[str, ...]) -> list[int | None]:
    """For each name the index of the DataTime it stands under."""
    current = None
    sections: list[int | None] = []
    for index, name in enumerate(names):
        if name == "DataTime":
            current = index
        sections.append(current)
    return sections


_Places = dict[tuple[int | None, str], list[int]]


def _places(names: tuple[str, ...], sections: list[int | None]) -> _Places:
    """Where each name stands, by section, in rising order."""
    places: _Places = {}
    for index, name in enumerate(names):
        places.setdefault((sections[index], name), []).append(index)
    return places


def _find_near(
    places: _Places, name: str, section: int | None, attribute: str, index: int
) -> int | None:
    """Where the value at `index` finds its attribute: behind it, else before it, same section."""
    found = places.get((section, f"{name.partition('-')[0]}-{attribute}"))
    if found is None:
        return None
    return found[min(bisect(found, index), len(found) - 1)]


def _flag_picker(flags: list[int | None], end: int) -> _Pick | None:
    if not any(index is not None for index in flags):
        return None
    return _picker([end if index is None else index for index in flags])


def _picker(indexes: list[int]) -> _Pick:
    """`itemgetter` that gives a tuple for none and one as well."""
    if len(indexes) >= 2:
        return itemgetter(*indexes)
    return lambda texts, _indexes=tuple(indexes): tuple(texts[i] for i in _indexes)  # type: ignore[misc]


# Shapes of longer data areas (split packets put together) are not kept: bounded memory.
_shape = lru_cache(maxsize=2048)(_read_shape)
_CACHED_CHARS = 4096
