"""Bytes to frames: resynchronization, bounds, and the same events however the stream is cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212.framing import BadFrame, Frame, FrameEvent, Framer
from ipudong.protocols.hj212.packet import encode_frame

SEGMENT = b"QN=20231008125115215;ST=22;CN=9011;PW=123456;MN=010000A8900016F000169DC0;Flag=4"
SEGMENT += b";CP=&&QnRtn=1&&"
GOOD = encode_frame(SEGMENT)


def with_modbus_crc(segment: bytes) -> bytes:
    from_outside = 0xFFFF  # CRC-16/MODBUS written out anew, not the module's own
    for byte in segment:
        from_outside ^= byte
        for _ in range(8):
            carry = from_outside & 1
            from_outside = (from_outside >> 1) ^ (0xA001 if carry else 0)
    return b"##%04d%b%04X\r\n" % (len(segment), segment, from_outside)


def kinds(events: list[FrameEvent]) -> list[str]:
    return [event.code if isinstance(event, BadFrame) else "frame" for event in events]


def test_a_published_frame_is_built_byte_for_byte() -> None:
    assert GOOD == b"##0094" + SEGMENT + b"CC01\r\n"  # liruoyu2008/HJ212Interpreter README


def test_lower_case_checksum_and_missing_line_end_are_taken() -> None:
    bare = GOOD.removesuffix(b"\r\n")
    lower = bare[:-4] + bare[-4:].lower()
    assert Framer().receive(lower + bare + GOOD) == [Frame(SEGMENT)] * 3


def test_noise_before_a_frame_is_told_and_the_frame_read() -> None:
    assert Framer().receive(b"GET / HTTP/1.1\r\n\r\n" + GOOD) == [
        BadFrame("noise", b"GET / HTTP/1.1\r\n\r\n"),
        Frame(SEGMENT),
    ]


def test_line_ends_and_blanks_between_frames_are_no_noise() -> None:
    assert Framer().receive(b"\r\n\0 " + GOOD + b"\r\n\r\n" + GOOD) == [Frame(SEGMENT)] * 2


def test_a_wrong_checksum_names_what_was_expected() -> None:
    wrong = GOOD.replace(b"CC01", b"CC02")
    (bad,) = Framer().receive(wrong)
    assert bad == BadFrame("wrong_crc", wrong[:-2], 94, 94, "CC02", "CC01", None)


def test_a_modbus_checksum_is_recognized_and_taken_only_when_told() -> None:
    frame = with_modbus_crc(SEGMENT)
    (bad,) = Framer().receive(frame)
    assert isinstance(bad, BadFrame)
    assert (bad.code, bad.crc_variant, bad.crc_expected) == ("wrong_crc", "modbus", "CC01")
    tolerant = Framer(accept=frozenset({"crc_modbus"}))
    assert tolerant.receive(frame) == [Frame(SEGMENT, ("crc_modbus",))]


def test_a_length_too_large_does_not_swallow_the_next_frame() -> None:
    wrong = GOOD.replace(b"##0094", b"##0120")
    (bad, frame) = Framer().receive(wrong + GOOD)
    assert isinstance(bad, BadFrame)
    assert (bad.code, bad.declared, bad.actual, bad.crc_variant) == (
        "wrong_length",
        120,
        94,
        "standard",
    )
    assert frame == Frame(SEGMENT)


def test_a_length_too_large_is_known_at_the_line_end_without_waiting() -> None:
    assert kinds(Framer().receive(GOOD.replace(b"##0094", b"##0120"))) == ["wrong_length"]


def test_a_length_too_small_is_told_once_for_the_whole_line() -> None:
    wrong = GOOD.replace(b"##0094", b"##0050")
    (bad, frame) = Framer().receive(wrong + GOOD)
    assert isinstance(bad, BadFrame)
    assert (bad.code, bad.raw, bad.actual) == ("wrong_length", wrong, 94)
    assert frame == Frame(SEGMENT)


def test_a_wrong_length_with_a_right_checksum_can_be_let_pass() -> None:
    tolerant = Framer(accept=frozenset({"wrong_length"}))
    for length in (b"##0050", b"##0120"):
        events = tolerant.receive(GOOD.replace(b"##0094", length))
        assert events == [Frame(SEGMENT, ("wrong_length",))]


def test_a_frame_cut_off_by_the_next_one_is_told() -> None:
    assert kinds(Framer().receive(GOOD[:60] + GOOD)) == ["wrong_length", "frame"]


def test_a_length_without_digits_or_beyond_the_limit_is_told() -> None:
    assert kinds(Framer().receive(b"##-001abc" + GOOD)) == ["bad_header", "frame"]
    assert kinds(Framer(limit_bytes=1024).receive(b"##1025abc" + GOOD)) == ["too_long", "frame"]


def test_a_third_number_sign_does_not_hide_the_frame() -> None:
    assert kinds(Framer().receive(b"#" + GOOD)) == ["bad_header", "frame"]


def test_ten_megabytes_without_a_frame_keep_memory_bounded() -> None:
    framer = Framer(limit_bytes=4096)
    events = 0
    for _ in range(160):
        found = framer.receive(b"A" * 65536)
        assert framer.buffered_bytes <= 4097
        assert all(isinstance(bad, BadFrame) and len(bad.raw) <= 4096 for bad in found)
        events += len(found)
    assert events == 160 * 65536 // 4096 - 1  # the last byte waits for one more
    assert framer.receive(GOOD)[-1] == Frame(SEGMENT)


def test_ten_megabytes_after_a_header_keep_memory_bounded() -> None:
    framer = Framer(limit_bytes=4096)
    framer.receive(b"##4000")
    for _ in range(160):
        framer.receive(b"=" * 65536)
        assert framer.buffered_bytes <= 4096 + 10
    assert framer.receive(GOOD)[-1] == Frame(SEGMENT)


# Streams rich in the marks that matter.
MARKS = [b"#", b"##", b"\r", b"\n", b"\r\n", b"&&", b"##0004", b"##9999", b"0030", b" ", b"x" * 70]
BROKEN = [GOOD[:50], GOOD.replace(b"##0094", b"##0093"), GOOD.replace(b"CC01", b"0000")]
PIECES = st.sampled_from([GOOD, GOOD.strip(), *BROKEN, *MARKS])
STREAMS = st.lists(PIECES | st.binary(max_size=20), max_size=12).map(b"".join)


@settings(deadline=None)
@given(STREAMS, st.data())
def test_events_do_not_depend_on_how_the_stream_is_cut(stream: bytes, data: st.DataObject) -> None:
    whole = Framer(limit_bytes=128).receive(stream)
    pieces = Framer(limit_bytes=128)
    events: list[FrameEvent] = []
    at = 0
    while at < len(stream):
        size = data.draw(st.integers(1, 40))
        events += pieces.receive(stream[at : at + size])
        at += size
    assert events == whole


@settings(deadline=None)
@given(STREAMS)
def test_no_byte_is_lost_between_events(stream: bytes) -> None:
    framer = Framer(limit_bytes=128)
    size = 0
    for event in framer.receive(stream):
        size += len(event.raw) if isinstance(event, BadFrame) else len(event.segment) + 10
    skipped = len(stream) - framer.buffered_bytes - size
    blanks = sum(stream.count(blank) for blank in (b"\r", b"\n", b" ", b"\t", b"\0"))
    assert 0 <= skipped <= blanks
    assert framer.buffered_bytes <= 128 + 10


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_a_good_frame_is_found_after_any_junk_that_ends_in_a_line_end(junk: bytes) -> None:
    framer = Framer()
    framer.receive(junk)
    assert framer.receive(b"\r\n" + GOOD)[-1] == Frame(SEGMENT)
