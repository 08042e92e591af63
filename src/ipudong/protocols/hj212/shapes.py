"""What a tuple of field names means: where values, flags and times stand. Worked out once each."""

import re
from bisect import bisect
from collections.abc import Callable
from operator import itemgetter

from msgspec import Struct

# Attributes whose value is text or a time, never a measured number.
_TEXT_ATTRIBUTES = frozenset({"Flag", "EFlag", "SampleTime", "SN", "Info"})
_FIELD = re.compile(r"[A-Za-z0-9_.]{1,32}-[A-Za-z0-9_]{1,24}")

_Pick = Callable[[tuple[str, ...]], tuple[str, ...]]


class Shape(Struct, frozen=True, gc=False):
    """Indexes into the names of a data area, as the functions that pick the texts.

    A value without a Flag picks the text one past the end. `value_indexes` are where numbers stand;
    `time_indexes` is None when all values are of the one DataTime.
    """

    fields: tuple[str, ...]
    channels: tuple[str, ...]
    pick_values: _Pick
    pick_flags: _Pick | None
    data_time_index: int | None
    time_indexes: tuple[int | None, ...] | None
    value_indexes: tuple[int, ...]
    defects: tuple[str, ...]


def read_shape(cn: str, names: tuple[str, ...]) -> Shape:
    """The shape of a data area of this command with these names."""
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
    return Shape(
        fields=field_names,
        channels=tuple(f"{cn}/{name}" for name in field_names),
        pick_values=_picker(fields),
        pick_flags=_flag_picker(flags, len(names)),
        data_time_index=data_time,
        time_indexes=None if set(value_times) <= {data_time} else value_times,
        value_indexes=tuple(fields),
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


Match = Callable[[str], re.Match[str] | None]


def compile_match(names: tuple[str, ...], marks: tuple[str, ...], shape: Shape) -> Match | None:
    """A match for data areas of just these names and marks between them, one group for each text.

    It takes only what needs no further care: digits where a time or a number is due. None for a
    shape that needs care itself.
    """
    if shape.data_time_index is None or shape.time_indexes is not None or shape.defects:
        return None
    texts = [_TEXT] * len(names)
    for index in shape.value_indexes:
        texts[index] = _NUMBER
    texts[shape.data_time_index] = _TIME
    items = zip(names, texts, (*marks, ""), strict=True)
    return re.compile(
        "".join(f"{re.escape(name)}={text}{mark}" for name, text, mark in items)
    ).fullmatch


_TEXT, _NUMBER, _TIME = "([^;,=/]*)", "([0-9.eE+-]+)", "([0-9]{14})"
