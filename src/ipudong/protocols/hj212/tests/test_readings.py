"""Numbers as columns: the fast path, the careful path, and that both say the same."""

import math
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212 import readings as readings_module
from ipudong.protocols.hj212.data import parse_data
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.readings import Readings, read_readings
from ipudong.protocols.hj212.times import BEIJING, find_time_us, format_qn, format_time


def read(cp: str, cn: str = "2051") -> Readings:
    return read_readings(Packet(cn=cn, mn="M", cp=cp))


def us(text: str) -> int:
    moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    return int(moment.timestamp()) * 1_000_000


def test_an_air_station_minute_becomes_columns() -> None:
    found = read("DataTime=20220513162600;a34004-Avg=14,a34004-Flag=N;a05024-Avg=63,a05024-Flag=D")
    assert found == Readings(
        us("20220513162600"),
        ("a34004-Avg", "a05024-Avg"),
        ("2051/a34004-Avg", "2051/a05024-Avg"),
        [14.0, 63.0],
        bytes([0, 4]),
    )
    assert found.data_time == datetime(2022, 5, 13, 16, 26, tzinfo=BEIJING)


def test_one_flag_stands_for_all_statistics_of_its_factor() -> None:
    found = read("DataTime=20150430135700;B01-Min=1,B01-Avg=2,B01-Max=3,B01-Cou=4,B01-Flag=C")
    assert found.fields == ("B01-Min", "B01-Avg", "B01-Max", "B01-Cou")
    assert list(found.flags) == [5, 5, 5, 5]


@pytest.mark.parametrize(
    ("letter", "code"),
    [("N", 0), ("F", 1), ("M", 2), ("S", 3), ("D", 4), ("C", 5), ("T", 6), ("B", 7), ("n", 0)],
)
def test_flag_letters_are_source_marks(letter: str, code: int) -> None:
    assert read(f"DataTime=20220513162600;a-Rtd=1,a-Flag={letter}").flags == bytes([code])


def test_no_flag_is_normal_and_a_strange_one_is_unknown() -> None:
    found = read("DataTime=20220513162600;a-Rtd=1;b-Rtd=2,b-Flag=Q")
    assert (found.flags, found.defects) == (b"\x00\x0f", ("unknown_flag",))


def test_a_value_that_is_no_number_is_nan_and_the_others_stay() -> None:
    found = read(
        "DataTime=20220513162600;a-Rtd=----;b-Rtd=2;c-Rtd=;d-Rtd=inf;e-Rtd=1_0;f-Rtd=-.5e1"
    )
    assert [math.isnan(value) for value in found.values] == [True, False, True, True, True, False]
    assert (found.values[1], found.values[5]) == (2.0, -5.0)
    assert found.defects == ("not_a_number",)


def test_slashes_for_a_missing_value_are_no_number_either() -> None:
    found = read("DataTime=20220513162600;a-Rtd=////;b-Rtd=2")
    assert math.isnan(found.values[0])
    assert found.values[1] == 2.0


def test_a_sampling_time_of_its_own_goes_with_its_factor() -> None:
    found = read(
        "DataTime=20231008123340;w01008-SampleTime=20231008120000,w01008-Rtd=1;w01001-Rtd=7", "2011"
    )
    assert found.times_us == [us("20231008120000"), us("20231008123340")]


def test_a_history_answer_keeps_each_value_in_its_own_hour() -> None:
    found = read(
        "DataTime=20220513160000;a-Avg=1,a-Flag=N;DataTime=20220513170000;a-Avg=2,a-Flag=D", "2061"
    )
    assert found.times_us == [us("20220513160000"), us("20220513170000")]
    assert (found.values, found.flags, found.defects) == ([1.0, 2.0], b"\x00\x04", ())


def test_a_repeated_factor_is_kept_twice_and_named() -> None:
    found = read("DataTime=20191012133710;a21-Rtd=0.00;a21-Rtd=0.01")
    assert (found.values, found.defects) == ([0.0, 0.01], ("repeated_field",))


def test_equipment_state_and_running_hours_are_numbers_too() -> None:
    assert read("DataTime=20220513162600;SB1-RS=1;SB2-RS=0", "2021").values == [1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "defect", "known"),
    [
        ("20160824003817000", "data_time_with_ms", True),
        ("20161324003817", "bad_data_time", False),
        ("2016", "bad_data_time", False),
    ],
)
def test_a_doubtful_data_time_is_named(text: str, defect: str, known: bool) -> None:
    found = read(f"DataTime={text};a-Rtd=1")
    assert found.defects == (defect,)
    assert (found.data_time_us is not None) is known


def test_values_without_any_time_are_named() -> None:
    assert read("a-Rtd=1").defects == ("no_data_time",)


def test_times_of_the_wire_are_beijing_time() -> None:
    moment = datetime.fromtimestamp(1652430360.123, BEIJING)
    assert format_time(moment) == "20220513162600"
    assert format_qn(moment) == "20220513162600123"
    assert find_time_us("20220513162600123") == 1652430360_123000


FIELD = st.sampled_from(
    ["a1-Rtd", "a1-Flag", "a2-Avg", "a2-Flag", "DataTime", "a1-SampleTime", "x"]
)
VALUE = st.sampled_from(["1", "2.5", "-3", "", "N", "20220513162600", "nan", "1e400", "//t;x//"])
ITEM = st.tuples(FIELD, VALUE).map("=".join) | st.sampled_from(["", "a1-Rtd", "a1-Rtd=1=2"])
AREAS = st.lists(st.tuples(st.sampled_from(";,"), ITEM), max_size=10).map(
    lambda items: "".join(mark + item for mark, item in items)[1:]
)


@example("=1")
@settings(deadline=None)
@given(AREAS | st.text(alphabet="a1-Rtd=;,/", max_size=40))
def test_the_fast_path_says_what_the_careful_path_says(cp: str) -> None:
    split = readings_module._split_plain(cp)
    if split is not None and cp:
        names, texts, _ = split
        assert tuple(zip(names, texts, strict=True)) == parse_data(cp).pairs
    found = read(cp)
    assert len(found.fields) == len(found.values) == len(found.flags)
    assert not any(math.isinf(value) for value in found.values)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=30))
def test_numbers_come_back_exactly(values: list[float]) -> None:
    cp = "DataTime=20220513162600;" + ";".join(f"w{i}-Avg={v!r}" for i, v in enumerate(values))
    assert read(cp).values == values


USUAL = "DataTime=20260309080000;a34004-Avg=35.5,a34004-Flag=N;LA-Avg=51.0;B01-Cou=-2e1,B01-Flag=D"


def read_after_habit(cp: str) -> Readings:
    for _ in range(readings_module._HABIT_FRAMES):
        read(USUAL)
    return read(cp)


@example("35.5", "nan")
@example("35.5", "1_0")
@example("35.5", "1e999")
@example("35.5", "+.5")
@example("=35.5,", "35.5=,")
@example("20260309080000", "20260309080061")
@example("20260309080000", "20260309080000123")
@example("Flag=D", "Flag=Q")
@example("LA-Avg", "LA-Max")
@example("51.0;", "51.0,")
@given(
    st.sampled_from(["35.5", "N", ";", ",", "=", "08", "51.0"]), st.text(".;,=/-0aNDe", max_size=4)
)
def test_a_station_that_breaks_its_habit_is_read_like_a_stranger(old: str, new: str) -> None:
    cp = USUAL.replace(old, new)
    found, expected = (
        read_after_habit(cp),
        readings_module._read_with_care(Packet(cn="2051", mn="stranger", cp=cp)),
    )
    assert repr(found) == repr(expected)  # NaN is not equal to itself


def test_a_habit_is_kept_once_for_all_stations_that_share_it() -> None:
    matches = set()
    for mn in ("first", "second"):
        for _ in range(readings_module._HABIT_FRAMES):
            read_readings(Packet(cn="2061", mn=mn, cp=USUAL))
        matches.add(readings_module._habits[mn, "2061"].match)
    assert len(matches) == 1
    assert None not in matches
