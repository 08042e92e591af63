"""Bytes to packets: resynchronization, bounds, and the same events however the stream is cut."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.jt808.answers import encode_answers
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import (
    BadFrame,
    FrameEvent,
    Framer,
    checksum,
    encode_frame,
    escape,
    unescape,
    wrap,
)
from ipudong.protocols.jt808.header import Frame, make_terminal, parse_frame

HEARTBEAT = bytes.fromhex("7e00020000012345678900000a817e")  # SmallChi/JT808
ESCAPED = bytes.fromhex("7e00020000040021679287002b7d027e")  # its checksum is 7E


def kinds(events: list[FrameEvent]) -> list[str]:
    return [event.code if isinstance(event, BadFrame) else "frame" for event in events]


def test_the_example_of_the_standard_is_escaped_as_printed() -> None:
    plain = bytes.fromhex("307e087d55")
    assert escape(plain) == bytes.fromhex("307d02087d0155")
    assert unescape(escape(plain)) == plain


def test_published_heartbeats_are_read_and_built_byte_for_byte() -> None:
    for data, terminal, serial in (
        (HEARTBEAT, "012345678900", 10),
        (ESCAPED, "040021679287", 43),
    ):
        (frame,) = Framer().receive(data)
        assert isinstance(frame, Frame)
        assert (frame.terminal.hex(), frame.serial, frame.body) == (terminal, serial, b"")
        assert encode_frame(2, frame.terminal, None, serial) == data


def test_a_published_dialogue_is_answered_byte_for_byte() -> None:
    # traccar PR #5997: 0x0102 of a BSJ Km02 and its answer.
    (frame,) = Framer().receive(
        bytes.fromhex("7e0102000e024530313349000161757468656e7469636174696f6e307e")
    )
    assert isinstance(frame, Frame)
    assert encode_answers([frame], 1).hex() == "7e8001000502453031334900010001010200bb7e"


def test_packets_may_share_one_mark() -> None:
    assert kinds(Framer().receive(HEARTBEAT + HEARTBEAT[1:] + ESCAPED)) == ["frame"] * 3


def test_empty_packets_and_line_ends_are_nothing() -> None:
    assert kinds(Framer().receive(b"\r\n~~~~" + HEARTBEAT + b"\r\n" + HEARTBEAT)) == ["frame"] * 2


def test_noise_before_the_first_mark_is_told_once() -> None:
    assert Framer().receive(b"GET / HTTP/1.1" + HEARTBEAT)[0] == BadFrame(
        "noise", b"GET / HTTP/1.1"
    )


def test_a_wrong_checksum_says_what_was_expected_and_the_next_packet_is_read() -> None:
    wrong = HEARTBEAT.replace(b"\x81", b"\x82")
    bad, frame = Framer().receive(wrong + HEARTBEAT)
    assert bad == BadFrame("wrong_checksum", wrong[1:-1], 0x82, 0x81)
    assert isinstance(frame, Frame)


def test_a_packet_without_its_end_costs_only_itself() -> None:
    assert kinds(Framer().receive(HEARTBEAT[:9] + HEARTBEAT)) == ["wrong_checksum", "frame"]


def test_a_header_cut_off_is_too_short() -> None:
    assert kinds(Framer().receive(wrap(b"\x00\x02\x00"))) == ["too_short"]
    assert kinds(Framer().receive(wrap(HEARTBEAT[1:9]))) == ["too_short"]


def test_a_7d_that_escapes_nothing_is_a_verdict() -> None:
    (frame,) = Framer().receive(bytes.fromhex("7e0002000000000000067900007d7e"))  # go-jt808
    assert isinstance(frame, Frame)
    assert frame.defects == ("bad_escape",)


def test_ten_megabytes_without_a_mark_keep_memory_bounded() -> None:
    framer = Framer(limit_bytes=2090)
    events = []
    for _ in range(160):
        events += framer.receive(b"A" * 65536)
        assert framer.buffered_bytes <= 2090
    assert events == [BadFrame("noise", b"A" * 2090)]
    assert kinds(framer.receive(HEARTBEAT)) == ["frame"]


def test_a_packet_beyond_the_limit_is_told_once_and_skipped() -> None:
    framer = Framer(limit_bytes=100)
    events = framer.receive(b"~" + b"B" * 5000) + framer.receive(b"B" * 5000 + HEARTBEAT)
    assert kinds(events) == ["too_long", "frame"]


def test_a_phone_number_that_does_not_fit_is_not_written() -> None:
    for phone in ("", "13800138000a", "1234567890123"):
        with pytest.raises(ValueError, match="phone"):
            make_terminal(phone, Edition.V2013)
    assert make_terminal("1234567890123", Edition.V2019).hex() == "00000001234567890123"


def test_a_body_beyond_ten_bits_is_not_written() -> None:
    with pytest.raises(ValueError, match="fit"):
        encode_frame(0x0900, bytes(6), None, 0, bytes(1024))


@given(st.binary(max_size=3000))
def test_the_folded_checksum_is_the_xor_of_all_bytes(data: bytes) -> None:
    assert checksum(data) == reduce(xor, data, 0)


frames = st.builds(
    encode_frame,
    st.integers(0, 0xFFFF),
    st.binary(min_size=6, max_size=6),
    st.just(None),
    st.integers(0, 0xFFFF),
    st.binary(max_size=200),
) | st.builds(
    encode_frame,
    st.integers(0, 0xFFFF),
    st.binary(min_size=10, max_size=10) | st.binary(min_size=6, max_size=6),
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.binary(max_size=200),
    packages=st.integers(1, 9),
    package=st.integers(1, 9),
)
pieces = st.lists(frames | st.binary(max_size=60) | st.just(b"\x7e"), max_size=8)


@given(pieces, st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_events_do_not_depend_on_how_the_stream_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole, cut = Framer(limit_bytes=150), Framer(limit_bytes=150)
    expected = whole.receive(stream)
    found, at = [], 0
    while at < len(stream):
        step = cuts[at % len(cuts)]
        found += cut.receive(stream[at : at + step])
        at += step
        assert cut.buffered_bytes <= 150
    assert found == expected
    assert cut.buffered_bytes == whole.buffered_bytes


@given(
    st.integers(0, 0xFFFF),
    st.text("0123456789", min_size=1, max_size=12),
    st.sampled_from(list(Edition)),
    st.integers(0, 0xFFFF),
    st.binary(max_size=1023),
)
def test_what_is_written_is_read_back(
    message_id: int, phone: str, edition: Edition, serial: int, body: bytes
) -> None:
    terminal = make_terminal(phone, edition)
    version = 1 if edition is Edition.V2019 else None
    (frame,) = Framer().receive(encode_frame(message_id, terminal, version, serial, body))
    assert isinstance(frame, Frame)
    assert frame.phone == (phone.lstrip("0") or "0")
    assert (frame.message_id, frame.serial, frame.body) == (message_id, serial, body)
    assert frame.defects == ()


@given(st.binary(max_size=60))
def test_any_content_with_a_good_checksum_is_a_frame_or_too_short(content: bytes) -> None:
    for event in Framer().receive(wrap(content)):
        if isinstance(event, Frame):
            assert event == parse_frame(content)
