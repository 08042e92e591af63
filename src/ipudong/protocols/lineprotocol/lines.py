"""Many lines at once: plain lines as Arrow columns, the others one by one.

A line is plain when it has no quote, escape, comment or boolean: then commas, equals signs and
spaces mean what they look like, and no object is made for a line or a value.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ipudong.protocols.lineprotocol.parser import parse_line, parse_series
from ipudong.protocols.lineprotocol.points import BadLine, Columns, LineError, Series

BULK_FROM_LINES: Final = 50  # below this the columns cost more than the lines
MAX_BAD: Final = 100  # as many bad lines are described; all are counted
MAX_TEXT_LINES: Final = 64  # a quoted text may hold line feeds: so many
_NOT_PLAIN: Final = r'["\\#\r\t]|^ | $|^$|  |,,|=,|, |= '
_NUMBER: Final = r"^-?\d{1,18}(?:\.\d+)?(?:[eE][-+]?\d{1,2})?$|^-?\d{1,18}i$|^\d{1,18}u$"
_TIME: Final = r"^-?\d{1,18}$|^[1-8]\d{18}$"  # fits 64 bits; others are read one by one

Row = tuple[int, int, int, float, int, bool]  # line, series, field, value, time, has_time


class _Table:
    """Gives each new key the next number."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, key: Any) -> int:
        return self.numbers.setdefault(key, len(self.numbers))


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self.series, self.fields = _Table(), _Table()
        self.rows: list[Row] = []
        self.bad: list[BadLine] = []
        self.bad_count = self.texts = 0

    def refuse(self, number: int, error: LineError, line: str) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_BAD:
            self.bad.append(BadLine(number, error.code, str(error), line[:100]))


def parse_lines(body: str) -> Columns:
    """The columns of a body; bad lines are reported and do not hinder the others."""
    lines = body.split("\n")
    found = _Found()
    if len(lines) < BULK_FROM_LINES:
        _read_each(lines, range(len(lines)), found)
        return _join(found, None)
    bulk, others = _read_plain(lines, found)
    if len(others):
        _read_each(lines, others.tolist(), found)
    return _join(found, bulk)


# One by one.


def _read_each(lines: list[str], numbers: Any, found: _Found) -> None:
    for number, line in _whole_lines(lines, numbers):
        try:
            point = parse_line(line)
        except LineError as error:
            found.refuse(number + 1, error, line)
            continue
        series = found.series.number(point.series)
        time = 0 if point.time is None else point.time
        for name, value in point.fields:
            if isinstance(value, str):
                found.texts += 1
                continue
            row = (number + 1, series, found.fields.number(name), float(value), time)
            found.rows.append((*row, point.time is not None))


def _whole_lines(lines: list[str], numbers: Any) -> Iterator[tuple[int, str]]:
    """Lines with something in them; those whose quoted text goes on in the next are joined."""
    done = -1
    for number in numbers:
        line = lines[number]
        if number <= done or not _says_something(line):
            continue
        end = _find_end(lines, number)
        if end is not None:
            line, done = "\n".join(lines[number : end + 1]), end
        yield number, line


def _says_something(line: str) -> bool:
    start = line.lstrip(" \t\r")
    return bool(start) and not start.startswith("#")


def _find_end(lines: list[str], number: int) -> int | None:
    """The line that closes the quoted text which `number` leaves open; None where the lines do not
    make a point together: a stray quote must not swallow the lines after it."""
    if '"' not in lines[number] or not _is_open(lines[number]):
        return None
    for end in range(number + 1, min(number + MAX_TEXT_LINES, len(lines))):
        if '"' in lines[end] and _is_open(lines[end]):
            return end if _is_point("\n".join(lines[number : end + 1])) else None
    return None


def _is_point(line: str) -> bool:
    try:
        parse_line(line)
    except LineError:
        return False
    return True


def _find_continued(lines: list[str]) -> list[int]:
    """The lines that go on with a quoted text of an earlier one: they are no lines of their own."""
    found: list[int] = []
    done = -1
    for number, line in enumerate(lines):
        if number > done and '"' in line and _says_something(line):
            end = _find_end(lines, number)
            if end is not None:
                found += range(number + 1, end + 1)
                done = end
    return found


def _is_open(line: str) -> bool:
    """Whether a line has an odd number of quotes that are not escaped."""
    return line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1


# As columns.


def _read_plain(lines: list[str], found: _Found) -> tuple[Columns | None, Any]:
    """The columns of the plain lines, and the places of the others."""
    array = pa.array(lines, pa.large_string())
    plain = ~_mask(pc.match_substring_regex(array, _NOT_PLAIN))
    continued = _find_continued(lines)
    plain[continued] = False
    parts = pc.split_pattern(array, " ")
    count = pc.list_value_length(parts).to_numpy()
    plain &= (count == 2) | (count == 3)
    words, starts = parts.flatten(), parts.offsets.to_numpy()[:-1]
    plain, times = _read_times(words, starts, count, plain)
    plain, pairs = _read_pairs(words, starts, plain)
    at = np.flatnonzero(plain)
    plain, codes, series = _read_series(words.take(pa.array(starts[at])), at, plain, found)
    if not plain[at].all():  # lines of a series that is none
        keep = plain[at]
        at, codes = at[keep], codes[keep]
    return _to_columns(at, codes, series, times, pairs), np.flatnonzero(~plain)


def _mask(array: Any) -> Any:
    return array.to_numpy(zero_copy_only=False)


def _read_times(words: Any, starts: Any, count: Any, plain: Any) -> tuple[Any, tuple[Any, Any]]:
    """Timestamps by line, and where there is one; lines whose third word is none are not plain."""
    timed = np.flatnonzero(plain & (count == 3))
    texts = words.take(pa.array(starts[timed] + 2))
    good = _mask(pc.match_substring_regex(texts, _TIME))
    plain[timed[~good]] = False
    timed, texts = timed[good], texts.filter(pa.array(good))
    times, has_time = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
    times[timed] = pc.cast(texts, pa.int64()).to_numpy()
    has_time[timed] = True
    return plain, (times, has_time)


def _read_pairs(words: Any, starts: Any, plain: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """Line, name and number of each field; lines with another value are not plain."""
    at = np.flatnonzero(plain)
    lists = pc.split_pattern(words.take(pa.array(starts[at] + 1)), ",")
    owner = np.repeat(at, pc.list_value_length(lists).to_numpy())
    halves = pc.split_pattern(lists.flatten(), "=")
    good = pc.list_value_length(halves).to_numpy() == 2
    flat, first = halves.flatten(), halves.offsets.to_numpy()[:-1]
    # Where a pair is no pair its first word stands for both: it is dropped with its line.
    names = flat.take(pa.array(first))
    values = flat.take(pa.array(np.where(good, first + 1, first)))
    good &= _mask(pc.match_substring_regex(values, _NUMBER))
    good &= pc.utf8_length(names).to_numpy() > 0
    plain[owner[~good]] = False
    keep = plain[owner]
    return plain, (owner[keep], names.filter(pa.array(keep)), values.filter(pa.array(keep)))


def _read_series(
    texts: Any, at: Any, plain: Any, found: _Found
) -> tuple[Any, Any, tuple[Series, ...]]:
    """The series of each line as a number: each is read once."""
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int32)
    known: list[int] = []
    for text in encoded.dictionary.to_pylist():
        try:
            known.append(found.series.number(parse_series(text)))
        except LineError:
            known.append(-1)
    codes = np.array(known, np.int32)[codes] if known else codes
    plain[at[codes < 0]] = False
    return plain, codes, tuple(found.series.numbers)


def _to_columns(
    at: Any, codes: Any, series: tuple[Series, ...], times: tuple[Any, Any], pairs: Any
) -> Columns:
    owner, names, values = pairs
    time, has_time = times
    by_line = np.full(len(time), -1, np.int32)
    by_line[at] = codes
    keep = by_line[owner] >= 0
    owner = owner[keep]
    if not keep.all():
        names, values = names.filter(pa.array(keep)), values.filter(pa.array(keep))
    encoded = names.dictionary_encode()
    return Columns(
        line=(owner + 1).astype(np.int32),
        series=by_line[owner],
        field=encoded.indices.to_numpy().astype(np.int32),
        value=pc.cast(pc.utf8_rtrim(values, "iu"), pa.float64()).to_numpy(),
        time=time[owner],
        has_time=has_time[owner],
        series_table=series,
        field_table=tuple(encoded.dictionary.to_pylist()),
    )


def _join(found: _Found, bulk: Columns | None) -> Columns:
    """Both kinds of lines in the order they were written."""
    rows = list(zip(*found.rows, strict=True)) or [()] * 6
    kinds = (np.int32, np.int32, np.int32, np.float64, np.int64, np.bool_)
    parts: list[Any] = [np.array(row, kind) for row, kind in zip(rows, kinds, strict=True)]
    if bulk is not None:
        numbers = np.array([found.fields.number(name) for name in bulk.field_table], np.int32)
        field = numbers[bulk.field] if len(numbers) else bulk.field
        whole: tuple[Any, ...] = (
            bulk.line,
            bulk.series,
            field,
            bulk.value,
            bulk.time,
            bulk.has_time,
        )
        parts = [np.concatenate(pair) for pair in zip(whole, parts, strict=True)]
        if found.rows:
            order = np.argsort(parts[0], kind="stable")
            parts = [part[order] for part in parts]
    line, series, field_, value, time, has_time = parts
    return Columns(
        line=line,
        series=series,
        field=field_,
        value=value,
        time=time,
        has_time=has_time,
        series_table=tuple(found.series.numbers),
        field_table=tuple(found.fields.numbers),
        bad=tuple(sorted(found.bad, key=lambda row: row.line)),
        bad_count=found.bad_count,
        texts=found.texts,
    )
