"""One line at a time: the whole grammar, with its escapes.

`measurement[,tag=value]* field=value[,field=value]* [time]`, as the reference of InfluxDB 2 says.
"""

import re
from typing import Final

from ipudong.protocols.lineprotocol.points import LineError, Point, Series, Value

MAX_LINE_CHARS: Final = 64 * 1024
MAX_FIELDS: Final = 1024
MAX_TAGS: Final = 64

# A backslash keeps the sign after it; before any other sign it stands for itself.
_NAME: Final = re.compile(r"(?:[^,=\\ ]|\\.)+", re.DOTALL)
_MEASUREMENT: Final = re.compile(r"(?:[^, \\]|\\.)+", re.DOTALL)
_VALUE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,\s"]+)', re.DOTALL)
_FLOAT: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_INTEGER: Final = re.compile(r"[-+]?\d{1,20}i", re.ASCII)
_UNSIGNED: Final = re.compile(r"\+?\d{1,20}u", re.ASCII)
_TIME: Final = re.compile(r"[-+]?\d{1,19}", re.ASCII)
_UNESCAPED: Final = re.compile(r"\\([,= ])")
_UNESCAPED_MEASUREMENT: Final = re.compile(r"\\([, ])")
_UNESCAPED_TEXT: Final = re.compile(r'\\(["\\])')
_BOOLEANS: Final = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}
_INT64: Final = range(-(2**63), 2**63)
_UINT64: Final = range(2**64)


def parse_line(line: str) -> Point:
    """The point of a line without its line feed. Raises LineError."""
    if len(line) > MAX_LINE_CHARS:
        raise LineError("line_too_long", f"more than {MAX_LINE_CHARS} characters")
    line = line.strip(" \t\r")
    series, at = _read_series(line)
    fields, at = _read_fields(line, _skip_spaces(line, at))
    return Point(series, fields, _read_time(line, at))


def parse_series(text: str) -> Series:
    """The series of `measurement,tag=value`, all of the text. Raises LineError."""
    series, at = _read_series(text)
    if at != len(text):
        raise LineError("bad_tag", f"unexpected {text[at:][:20]!r} after the tags")
    return series


def _read_series(line: str) -> tuple[Series, int]:
    found = _MEASUREMENT.match(line)
    if found is None:
        raise LineError("no_measurement", "missing measurement")
    measurement, at = found.group(), found.end()
    tags = []
    while line[at : at + 1] == ",":
        key, at = _read_name(line, at + 1, "tag")
        if line[at : at + 1] != "=":
            raise LineError("bad_tag", f"missing value of tag {key!r}")
        value, at = _read_name(line, at + 1, "tag value")
        tags.append((key, value))
    if len(tags) > MAX_TAGS:
        raise LineError("too_many_tags", f"more than {MAX_TAGS} tags")
    if "\\" in measurement:
        measurement = _UNESCAPED_MEASUREMENT.sub(r"\1", measurement)
    return Series(measurement, tuple(tags)), at


def _read_name(line: str, at: int, what: str) -> tuple[str, int]:
    found = _NAME.match(line, at)
    if found is None:
        raise LineError("bad_" + what.partition(" ")[0], f"missing {what}")
    name = found.group()
    return _UNESCAPED.sub(r"\1", name) if "\\" in name else name, found.end()


def _skip_spaces(line: str, at: int) -> int:
    start = at
    while line[at : at + 1] == " ":
        at += 1
    if at == start:
        raise LineError("no_fields", "missing fields")
    return at


def _read_fields(line: str, at: int) -> tuple[tuple[tuple[str, Value], ...], int]:
    fields = []
    while True:
        key, at = _read_name(line, at, "field")
        if line[at : at + 1] != "=":
            raise LineError("bad_field", f"missing value of field {key!r}")
        value, at = _read_value(line, at + 1, key)
        fields.append((key, value))
        if line[at : at + 1] != ",":
            break
        at += 1
    if len(fields) > MAX_FIELDS:
        raise LineError("too_many_fields", f"more than {MAX_FIELDS} fields")
    return tuple(fields), at


def _read_value(line: str, at: int, key: str) -> tuple[Value, int]:
    found = _VALUE.match(line, at)
    if found is None:
        is_open = line[at : at + 1] == '"'
        detail = "unbalanced quotes" if is_open else f"missing value of field {key!r}"
        raise LineError("unbalanced_quotes" if is_open else "bad_field", detail)
    text, bare = found.groups()
    if bare is None:
        return _UNESCAPED_TEXT.sub(r"\1", text), found.end()
    return _read_bare(bare, key), found.end()


def _read_bare(bare: str, key: str) -> Value:
    if _FLOAT.fullmatch(bare):
        value = float(bare)
        if value in (float("inf"), float("-inf")):
            raise LineError("bad_value", f"{bare!r} of field {key!r} is too large")
        return value
    if bare in _BOOLEANS:
        return _BOOLEANS[bare]
    for pattern, span in ((_INTEGER, _INT64), (_UNSIGNED, _UINT64)):
        if pattern.fullmatch(bare) and int(bare[:-1]) in span:
            return int(bare[:-1])
    raise LineError("bad_value", f"{bare[:40]!r} of field {key!r} is no value")


def _read_time(line: str, at: int) -> int | None:
    rest = line[at:].strip(" ")
    if not rest:
        return None
    if line[at] != " ":
        raise LineError("bad_field", f"unexpected {rest[:20]!r} after a field")
    if not _TIME.fullmatch(rest) or int(rest) not in _INT64:
        raise LineError("bad_timestamp", f"{rest[:40]!r} is no timestamp")
    return int(rest)
