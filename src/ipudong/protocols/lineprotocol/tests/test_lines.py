"""Line protocol: the reference's own examples, a client not ours, and columns against lines."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point as ForeignPoint

from ipudong.protocols.lineprotocol.lines import BULK_FROM_LINES, MAX_BAD, parse_lines
from ipudong.protocols.lineprotocol.parser import parse_line
from ipudong.protocols.lineprotocol.points import LineError, Series, to_us


def test_the_example_of_the_reference_is_read() -> None:
    point = parse_line('myMeasurement,tag1=value1,tag2=value2 fieldKey="fieldValue" 1556813561098')
    assert point.series == Series("myMeasurement", (("tag1", "value1"), ("tag2", "value2")))
    assert point.fields == (("fieldKey", "fieldValue"),)
    assert point.time == 1556813561098


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1.0),
        ("1", 1.0),
        ("-1.234456e+78", -1.234456e78),
        (".5", 0.5),
        ("1i", 1),
        ("-12485903i", -12485903),
        ("9223372036854775807i", 2**63 - 1),
        ("18446744073709551615u", 2**64 - 1),
        ("t", True),
        ("FALSE", False),
        ('"a \\"quoted\\" \\\\ text, with = all"', 'a "quoted" \\ text, with = all'),
        ('"Line one\nline two"', "Line one\nline two"),
    ],
)
def test_each_kind_of_value_is_read_as_written(text: str, value: object) -> None:
    [(name, found)] = parse_line(f"m f={text} 1").fields
    assert (name, found, type(found)) == ("f", value, type(value))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("m", "no_fields"),
        ("m ", "no_fields"),
        (",a=b f=1", "no_measurement"),
        ("m,a f=1", "bad_tag"),
        ("m,a= f=1", "bad_tag"),
        ("m,=b f=1", "bad_tag"),
        ("m f", "bad_field"),
        ("m f=", "bad_field"),
        ("m f=1,", "bad_field"),
        ("m f=1,,g=2", "bad_field"),
        ("m f=nan", "bad_value"),
        ("m f=inf", "bad_value"),
        ("m f=1e999", "bad_value"),
        ("m f=1_000", "bad_value"),
        ("m f=-1u", "bad_value"),
        ("m f=1.5i", "bad_value"),
        ("m f=9223372036854775808i", "bad_value"),
        ('m f="open', "unbalanced_quotes"),
        ("m f=1 now", "bad_timestamp"),
        ("m f=1 1.5", "bad_timestamp"),
        ("m f=1 9223372036854775808", "bad_timestamp"),
    ],
)
def test_what_is_no_line_is_refused_with_its_reason(line: str, code: str) -> None:
    with pytest.raises(LineError) as caught:
        parse_line(line)
    assert caught.value.code == code
    plain = ["m f=1 1"] * BULK_FROM_LINES
    columns = parse_lines("\n".join([*plain, line]))
    [bad] = columns.bad
    assert (bad.line, bad.code) == (BULK_FROM_LINES + 1, code)
    assert len(columns) == BULK_FROM_LINES


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\\\0", exclude_categories=["Cc", "Cs"]),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text and not text.startswith(("#", "_")))
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
)


@given(
    NAMES,
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    st.integers(-(2**60), 2**60),
)
def test_what_the_client_of_influxdata_writes_is_read_back(measurement, tags, fields, time) -> None:
    foreign = ForeignPoint(measurement).time(time)
    for name, value in tags.items():
        foreign.tag(name, value)
    for name, value in fields.items():
        foreign.field(name, value)
    point = parse_line(foreign.to_line_protocol())
    assert point.series.measurement == measurement
    assert dict(point.series.tags) == tags
    assert dict(point.fields) == fields
    assert point.time == time


def test_a_moment_written_by_the_client_is_that_moment() -> None:
    at = datetime(2026, 11, 22, 7, 30, 0, 123456, UTC)
    time = parse_line(ForeignPoint("m").field("f", 1.0).time(at).to_line_protocol()).time
    micros, good = to_us(np.array([time]), "ns")
    assert good.all()
    assert micros[0] == int(at.timestamp()) * 1_000_000 + 123456


SERIES = ["m", "env,d=a", "env,d=b\\ c", "#", "é"]
FIELDS = ["f=1", "f=1.5,g=2i", 'f="x"', 'f="x', "f=t", "nan", "u"]
SIGNS = [" ", ",", "=", "\\", "\r", "\t", "\n", " 5", " 1795000000000000000"]
PIECES = st.sampled_from([*SERIES, *FIELDS, *SIGNS])


@given(st.lists(st.lists(PIECES, max_size=6).map("".join), max_size=12))
def test_columns_and_single_lines_say_the_same(lines: list[str]) -> None:
    body = "\n".join(lines)
    alone = parse_lines(body)
    crowd = "\n".join(["w,d=x v=7 1"] * BULK_FROM_LINES)
    among = parse_lines(crowd + "\n" + body)
    assert [row[1:] for row in rows_of(among)[BULK_FROM_LINES:]] == [r[1:] for r in rows_of(alone)]
    assert among.bad_count == alone.bad_count
    assert among.texts == alone.texts


def rows_of(columns) -> list[tuple]:
    return [
        (
            int(columns.line[at]),
            columns.series_table[columns.series[at]],
            columns.field_table[columns.field[at]],
            float(columns.value[at]),
            int(columns.time[at]),
            bool(columns.has_time[at]),
        )
        for at in range(len(columns))
    ]


def test_rows_keep_the_order_of_lines_and_know_their_numbers() -> None:
    lines = [f"env,d={n % 3} a={n},b={n}i {n}" for n in range(200)]
    lines[100] = 'env,d=1 s="text",a=t'
    lines[150] = "# a comment"
    columns = parse_lines("\n".join(lines) + "\n")
    numbers = columns.line.tolist()
    assert numbers == sorted(numbers)
    assert numbers.count(101) == 1
    assert 151 not in numbers
    assert not columns.has_time[columns.line == 101].any()
    assert columns.value[columns.line == 43].tolist() == [42.0, 42.0]
    assert columns.texts == 1


def test_a_quoted_text_may_go_on_in_the_next_lines_and_a_stray_quote_hides_none() -> None:
    text = 'm s="one\nm a=1\ntwo",b=2 7'
    stray = 'm a=b"c\nm a=14\nm c=3\nm d="x'
    for before in ("", "w v=7 1\n" * BULK_FROM_LINES):
        columns = parse_lines(before + text)
        assert rows_of(columns)[-1][2:5] == ("b", 2.0, 7)
        assert columns.texts == 1
        columns = parse_lines(before + stray)
        assert [row[3] for row in rows_of(columns)[-2:]] == [14.0, 3.0]
        assert columns.bad_count == 2


def test_the_count_of_bad_lines_is_whole_though_few_are_described() -> None:
    columns = parse_lines("bad\n" * 5000)
    assert (columns.bad_count, len(columns.bad), len(columns)) == (5000, MAX_BAD, 0)


def test_times_of_each_unit_become_microseconds_and_absurd_ones_are_marked() -> None:
    time = np.array([1_795_000_000, -(2**63), 2**63 - 1])
    micros, good = to_us(time, "s")
    assert micros.tolist() == [1_795_000_000_000_000, 0, 0]
    assert good.tolist() == [True, False, False]
    for unit, factor in (
        ("ns", 10**9),
        ("us", 10**6),
        ("ms", 1000),
        ("m", 1 / 60),
        ("h", 1 / 3600),
    ):
        found, _ = to_us(np.array([int(1_795_000_000 // 3600 * 3600 * factor)]), unit)
        assert found[0] == 1_795_000_000 // 3600 * 3600 * 1_000_000
