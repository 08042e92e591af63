"""Bodies to messages: editions told apart, traps of the field, and nothing that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import EncodeError
from ipudong.protocols.jt808.location_fields import ITEMS
from ipudong.protocols.jt808.messages import (
    MESSAGES,
    OTHER_EDITION,
    UnknownMessageError,
    decode_body,
    encode_body,
    encode_message,
)

V2011, V2013, V2019 = Edition.V2011, Edition.V2013, Edition.V2019
PLACE = {"latitude": 31.2, "longitude": 121.5, "time": "2026-11-22T08:20:00"}


def test_a_registration_of_2011_is_known_by_its_length() -> None:
    values = {
        "province": 31,
        "county": 115,
        "maker": "12345",
        "model": "GT06",
        "terminal_id": "0000001",
        "plate_color": 1,
        "plate": "沪A12345",
    }
    for edition in Edition:
        header = V2019 if edition is V2019 else V2013
        message = decode_body(0x0100, encode_body(0x0100, values, edition), header)
        assert (message.edition, message.values, message.defects) == (edition, values, ())


def test_strings_of_2019_are_filled_up_in_front_and_read_either_way() -> None:
    values = {"province": 31, "county": 115, "maker": "M", "model": "X", "terminal_id": "T"}
    body = encode_body(0x0100, {**values, "plate_color": 1, "plate": "P"}, V2019)
    assert body[4:15] == b"M".rjust(11, b"\0")
    behind = body[:4] + b"M".ljust(11, b"\0") + body[15:]
    message = decode_body(0x0100, behind, V2019)
    assert message.values["maker"] == "M"
    assert message.defects == ("padding",)


def test_pictures_and_searches_of_2011_have_no_place_and_no_id() -> None:
    picture = decode_body(0x0801, bytes.fromhex("00000a070000017b01020304"), V2013)
    assert (picture.edition, picture.values["data"]) == (V2011, b"\1\2\3\4")
    values = {
        "answered_serial": 1,
        "media": [{"media_type": 0, "channel": 1, "event": 0, "location": PLACE}] * 2,
    }
    found = decode_body(0x0802, encode_body(0x0802, values, V2011), V2013)
    assert (found.edition, len(found.values["media"]), found.defects) == (V2011, 2, ())


def test_a_driver_of_2011_begins_with_the_name() -> None:
    values = {"name": "张三", "identity_card": "1", "license": "2", "authority": "上海"}
    message = decode_body(0x0702, encode_body(0x0702, values, V2011), V2013)
    assert (message.edition, message.values, message.defects) == (V2011, values, ())


def test_a_card_taken_out_ends_the_driver_message_early() -> None:
    message = decode_body(0x0702, bytes.fromhex("02180816091616"), V2013)
    assert message.values["card_state"] == 2
    assert message.defects == ()


def test_makers_of_eleven_bytes_are_taken_in_the_attributes_of_2019() -> None:
    head, rest = b"\0\7" + b"1" * 5, b"\0" * 60 + bytes(10) + b"\2V1\3V22\1\1"
    assert decode_body(0x0107, head + rest, V2019).defects == ()
    long_maker = decode_body(0x0107, head + b"2" * 6 + rest, V2019)
    assert long_maker.values["maker"] == "11111222222"
    assert long_maker.values["firmware"] == "V22"
    assert long_maker.defects == ("long_maker",)


def test_areas_in_an_answer_are_as_they_were_set_or_raw() -> None:
    circle = {
        "area_id": 1,
        "attributes": 2,
        "latitude": 31.2,
        "longitude": 121.5,
        "radius_m": 50,
        "max_speed": 60,
        "overspeed_s": 5,
        "night_speed": 40,
        "name": "世纪大道",
    }
    values = {"area_type": 1, "circles": [{"action": 0, "areas": [circle]}]}
    body = encode_body(0x0608, values, V2019)
    assert decode_body(0x0608, body, V2019).values == values
    cut = decode_body(0x0608, body[:-1], V2019)
    assert (cut.values["data"], cut.defects) == (body[5:-1], ("raw_areas",))
    assert encode_message(cut) == body[:-1]


def test_a_bare_code_under_a_header_of_2019_is_the_code() -> None:
    assert decode_body(0x0102, b"10030000681", V2019).values == {"code": "10030000681"}


def test_parts_are_counted_in_a_byte_before_2019_and_in_a_word_from_then_on() -> None:
    values = {"first_serial": 9, "parts": [1, 2]}
    assert encode_body(0x8003, values, V2013).hex() == "00090200010002"
    assert encode_body(0x8003, values, V2019).hex() == "0009000200010002"


def test_a_text_has_its_type_from_2019_on_and_is_gbk() -> None:
    values = {"flags": 9, "text_type": 1, "text": "绕行"}
    assert encode_body(0x8300, values, V2013).hex() == "09c8c6d0d0"
    assert encode_body(0x8300, values, V2019).hex() == "0901c8c6d0d0"


def test_a_message_the_edition_does_not_have_is_read_with_a_verdict() -> None:
    assert decode_body(0x0301, b"\1", V2019).defects == (OTHER_EDITION,)
    assert decode_body(0x0301, b"\1", V2013).defects == ()


def test_a_heartbeat_with_a_body_keeps_it() -> None:
    # traccar issue #5331
    message = decode_body(0x0002, b"\x10\x28\x15", V2013)
    assert (message.defects, message.tail) == (("long_body",), b"\x10\x28\x15")


def test_what_is_cut_off_gives_what_came_before() -> None:
    message = decode_body(0x0001, b"\x00\x07\x82", V2013)
    assert message.values == {"answered_serial": 7}
    assert "short_body" in message.defects


def test_a_count_that_lies_is_a_verdict() -> None:
    body = encode_body(0x0704, {"batch_type": 0, "reports": [b"abc"]}, V2013)
    assert decode_body(0x0704, b"\0\2" + body[2:], V2013).defects == ("wrong_count",)


def test_an_unknown_item_and_an_unknown_parameter_keep_their_bytes() -> None:
    body = encode_body(
        0x0200, {"location": {**PLACE, "items": [{"id": 0xE4, "value": b"x"}]}}, V2013
    )
    (item,) = decode_body(0x0200, body, V2013).values["location"]["items"]
    assert item == {"id": 0xE4, "name": "item_e4", "value": b"x"}
    body = encode_body(0x8103, {"parameters": [{"id": 0xF364, "value": b"x"}]}, V2013)
    (parameter,) = decode_body(0x8103, body, V2013).values["parameters"]
    assert parameter == {"id": 0xF364, "name": "parameter_f364", "value": b"x"}


def test_impossible_values_are_refused_by_name() -> None:
    for values, name in (
        ({"interval_s": 70_000, "validity_s": 1}, "interval_s"),
        ({"interval_s": "soon", "validity_s": 1}, "interval_s"),
        ({"interval_s": 1}, "validity_s"),
    ):
        with pytest.raises(EncodeError) as error:
            encode_body(0x8202, values, V2013)
        assert error.value.field == name
    with pytest.raises(UnknownMessageError):
        encode_body(0x0F00, {}, V2013)


@pytest.mark.parametrize(
    ("message_id", "values"),
    [
        (0x0200, {"location": {"latitude": 31.2}}),
        (0x0200, {"location": {**PLACE, "latitude": float("nan")}}),
        (0x0200, {"location": {**PLACE, "latitude": 5000}}),
        (0x0200, {"location": {**PLACE, "time": "yesterday"}}),
        (0x0200, {"location": {**PLACE, "items": [{"value": 1}]}}),
        (0x0200, {"location": {**PLACE, "items": [{"id": 0xE1, "value": 1}]}}),
        (0x0200, {"location": {**PLACE, "items": [{"id": 0xE1, "value": bytes(256)}]}}),
        (0x8103, {"parameters": [{"id": 0xF364, "value": 1}]}),
        (0x8103, {"parameters": [{"id": 1, "value": "ten"}]}),
        (0x8103, {"parameters": 7}),
        (0x8103, {}),
        (0x8105, {"command": -1}),
        (0x8401, {"action": 1, "contacts": [{"calls": 1, "number": "1" * 300, "name": ""}]}),
        (0x8600, {"action": 0, "areas": [{"area_id": 1}]}),
        (0x8900, {"kind": 0, "data": 5}),
        (0x8A00, {"e": 3, "n": b"short"}),
    ],
)
def test_whatever_a_caller_gets_wrong_is_one_error(
    message_id: int, values: dict[str, object]
) -> None:
    with pytest.raises(EncodeError):
        encode_body(message_id, values, V2019)


def test_every_row_is_named_once_and_answers_what_there_is() -> None:
    names = [row.name for row in MESSAGES.values() if row.name != "request_parts"]
    assert len(set(names)) == len(names)
    for row in MESSAGES.values():
        assert all(MESSAGES[answered].is_from_platform for answered in row.answers)
        assert not (row.answers and row.is_from_platform)


@given(st.sampled_from(sorted(MESSAGES)), st.binary(max_size=120), st.sampled_from(list(Edition)))
def test_any_body_is_read_and_without_a_verdict_written_back(
    message_id: int, body: bytes, edition: Edition
) -> None:
    message = decode_body(message_id, body, edition)
    if not set(message.defects) - {OTHER_EDITION, "long_body", "bad_time"}:
        assert encode_message(message) == body


@given(
    st.sampled_from([*sorted(ITEMS), 0xE1]),
    st.binary(max_size=90),
    st.sampled_from(list(Edition)),
)
def test_any_item_is_read_and_written_back(item: int, value: bytes, edition: Edition) -> None:
    block = encode_body(0x0200, {"location": PLACE}, edition)
    body = block + bytes((item, len(value))) + value
    message = decode_body(0x0200, body, edition)
    if not set(message.defects) - {"bad_time", "item_length"}:
        assert encode_message(message) == body
