"""Many reports as columns: the same as one by one, and every flaw named."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.item_columns import COLUMNS
from ipudong.protocols.jt808.locations import Flaw, Locations, decode_locations, split_batch
from ipudong.protocols.jt808.messages import decode_body, encode_body
from ipudong.protocols.jt808.times import encode_text, find_time_us, format_text

# SmallChi/JT808, JT808_0x0200Test.cs: 12.222222 N 132.444444 E, 2018-07-15 10:10:10.
PUBLISHED = bytes.fromhex(
    "000000010000000200ba7f0e07e4f11c0028003c000018071510101001040000006402020037"
)
BEIJING = timezone(timedelta(hours=8))
THEN = datetime(2018, 7, 15, 10, 10, 10, tzinfo=BEIJING)
NOW_US = int(THEN.timestamp() * 1e6) + 5_000_000
GOOD: dict[str, Any] = {
    "status": 2,
    "latitude": 31.2,
    "longitude": 121.5,
    "time": "2018-07-15T10:10:10",
}


def make_body(items: bytes = b"", **values: Any) -> bytes:
    return encode_body(0x0200, {"location": {**GOOD, **values}}, Edition.V2013) + items


def flaws_of(body: bytes) -> Flaw:
    return Flaw(int(decode_locations([body], NOW_US).flaws[0]))


def test_a_published_report_has_the_published_values() -> None:
    found = decode_locations([PUBLISHED], NOW_US)
    assert (found.lat[0], found.lon[0]) == (12.222222, 132.444444)
    assert (found.altitude[0], found.speed[0], found.heading[0]) == (40, 6.0, 0)
    assert (found.alarm[0], found.status[0]) == (1, 2)
    assert found.time_us[0] == int(THEN.astimezone(UTC).timestamp()) * 1_000_000
    assert found.items["mileage"][0] == 10.0
    assert found.items["fuel"][0] == 5.5
    assert found.is_valid.all()


def test_south_and_west_are_negative() -> None:
    found = decode_locations([make_body(latitude=-33.9, longitude=-70.5)], NOW_US)
    assert (found.lat[0], found.lon[0], found.status[0]) == (-33.9, -70.5, 0b1110)


def test_a_place_below_the_sea_has_a_negative_altitude() -> None:
    assert decode_locations([make_body(altitude=0xFFFB)], NOW_US).altitude[0] == -5


@pytest.mark.parametrize(
    ("values", "flaw"),
    [
        ({"status": 0}, Flaw.NOT_FIXED),
        ({"latitude": 90.000001}, Flaw.LATITUDE),
        ({"longitude": 180.000001}, Flaw.LONGITUDE),
        ({"latitude": 0.0, "longitude": 0.0}, Flaw.ZERO),
        ({"heading": 360}, Flaw.HEADING),
        ({"time": "2018-07-15T10:20:16"}, Flaw.FUTURE),
        ({"time": "2018-06-15T10:10:10"}, Flaw.STALE),
        ({"time": "2018-02-29T10:10:10"}, Flaw.TIME),
        ({"time": "2018-13-01T10:10:10"}, Flaw.TIME),
        ({"time": "2018-07-00T10:10:10"}, Flaw.TIME),
        ({"time": "2018-07-15T24:00:00"}, Flaw.TIME),
        ({"time": "20A8-07-15T10:10:10"}, Flaw.TIME),
    ],
)
def test_each_flaw_is_named_and_the_report_kept(values: dict[str, Any], flaw: Flaw) -> None:
    assert flaws_of(make_body(**values)) == flaw


def test_a_leap_day_is_a_day() -> None:
    assert flaws_of(make_body(time="2016-02-29T10:10:10")) == Flaw.STALE


def test_a_body_too_short_is_a_row_of_zeros_among_the_others() -> None:
    found = decode_locations([PUBLISHED, PUBLISHED[:27], PUBLISHED], NOW_US)
    assert found.flaws.tolist() == [0, Flaw.SHORT, 0]
    assert found.lat[1] == found.time_us[1] == 0
    assert np.isnan(found.items["fuel"][1])


def test_no_reports_are_no_rows() -> None:
    assert len(decode_locations([], NOW_US)) == 0


def test_a_broken_item_leaves_the_ones_before_it() -> None:
    found = decode_locations([make_body(b"\x02\x02\x00\x37\x30\x05\x01")], NOW_US)
    assert Flaw(int(found.flaws[0])) == Flaw.ITEMS
    assert found.items["fuel"][0] == 5.5
    assert found.is_valid.all()


def test_a_standard_item_of_another_length_is_left_out_and_named() -> None:
    # A tracker of traccar issue #5331 sends its battery as item 04 of one byte.
    found = decode_locations([make_body(b"\x04\x01\x55\x31\x01\x09")], NOW_US)
    assert Flaw(int(found.flaws[0])) == Flaw.ITEMS
    assert "alarm_event" not in found.items
    assert found.items["satellites"][0] == 9


def test_cabin_temperature_has_its_sign_in_the_highest_bit() -> None:
    found = decode_locations([make_body(b"\x06\x02\x80\x05"), make_body(b"\x06\x02\x00\x15")], 0)
    assert found.items["cabin_temperature"].tolist() == [-5, 21]


items = st.lists(
    st.one_of(
        st.sampled_from(sorted(COLUMNS)).flatmap(
            lambda number: st.sampled_from(COLUMNS[number][0]).flatmap(
                lambda size: st.binary(min_size=size, max_size=size).map(
                    lambda value: bytes((number, size)) + value
                )
            )
        ),
        st.binary(max_size=6),
    ),
    max_size=5,
).map(b"".join)
bodies = st.one_of(
    items.map(lambda tail: PUBLISHED[:28] + tail),
    st.binary(max_size=90),
    st.just(PUBLISHED),
)


def assert_same(one: Locations, other: Locations) -> None:
    assert one.items.keys() == other.items.keys()
    for name in one.items:
        np.testing.assert_array_equal(one.items[name], other.items[name])
    for name in ("alarm", "status", "lat", "lon", "altitude", "speed", "heading", "time_us"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.flaws, other.flaws)


@given(st.lists(bodies, min_size=1, max_size=4))
def test_many_reports_read_as_each_alone(few: list[bytes]) -> None:
    # Ten of each, so that the walk over arrays is taken too.
    many = decode_locations(few * 10, NOW_US)
    alone = [decode_locations([body], NOW_US) for body in few]
    for row, one in enumerate(alone * 10):
        assert one.flaws[0] == many.flaws[row]
        assert one.time_us[0] == many.time_us[row]
        assert one.lat[0] == many.lat[row]
        for name, column in many.items.items():
            value = one.items[name][0] if name in one.items else np.nan
            np.testing.assert_equal(column[row], value)
    assert_same(many, decode_locations(few * 10, NOW_US))


@given(bodies)
def test_columns_and_the_message_of_one_report_agree(body: bytes) -> None:
    found = decode_locations([body], NOW_US)
    message = decode_body(0x0200, body, Edition.V2013)
    if Flaw.SHORT in Flaw(int(found.flaws[0])):
        assert "short_body" in message.defects
        return
    location = message.values["location"]
    assert location["latitude"] == found.lat[0]
    assert location["longitude"] == found.lon[0]
    assert location["speed"] == found.speed[0]
    is_broken = bool({"item_cut", "item_length"} & set(message.defects))
    standard = {item["id"] for item in location["items"] if item["id"] in COLUMNS}
    if standard >= {item["id"] for item in location["items"]}:
        assert is_broken == (Flaw.ITEMS in Flaw(int(found.flaws[0])))


@given(st.integers(0, 100 * 365 * 86400))
def test_every_second_of_the_century_is_read_as_the_calendar_says(second: int) -> None:
    moment = datetime(2000, 1, 1, tzinfo=BEIJING) + timedelta(seconds=second)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    raw = encode_text(text)
    assert find_time_us(raw) == int(moment.timestamp()) * 1_000_000
    assert format_text(raw) == text


def test_a_published_batch_has_two_reports() -> None:
    body = bytes.fromhex(
        "0002000026000000010000000200ba7f0e07e4f11c0028003c0000180715101010010400000064"
        "02020037002600000002000000" + "0100cb735507e6a3230029003600781807151010310104000000600202"
        "0042"
    )
    reports, kind, defects = split_batch(body)
    assert (len(reports), kind, defects) == (2, 0, ())
    assert reports[0] == PUBLISHED


def test_a_batch_that_lies_about_its_count_or_ends_early_says_so() -> None:
    report = len(PUBLISHED).to_bytes(2, "big") + PUBLISHED
    assert split_batch(b"\x00\x03\x00" + report * 2)[2] == ("wrong_count",)
    reports, _, defects = split_batch(b"\x00\x02\x01" + report + report[:-3])
    assert (len(reports), defects) == (2, ("cut_report",))
    assert split_batch(b"\x00") == ([], 0, ("short_body",))
