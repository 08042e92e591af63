"""Headers of three editions, verdicts on broken ones, and packets written and split."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212.data import parse_data
from ipudong.protocols.hj212.framing import Frame, Framer
from ipudong.protocols.hj212.packet import (
    EncodingError,
    Packet,
    PacketError,
    encode,
    encode_segment,
    encode_split,
    parse_packet,
)
from ipudong.protocols.hj212.reassembly import Reassembler


def test_a_2017_header_is_read_whole() -> None:
    packet = parse_packet(
        b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5"
        b";CP=&&RtdInterval=30&&"
    )
    assert packet == Packet(
        qn="20160801085857223",
        st="32",
        cn="1062",
        pw="100000",
        mn="010000A8900016F000169DC0",
        flag=5,
        cp="RtdInterval=30",
    )
    assert (packet.version, packet.answer_wanted, packet.is_split) == (1, True, False)


def test_a_2005_header_has_no_qn_and_no_flag() -> None:
    packet = parse_packet(b"ST=32;CN=2051;PW=123456;MN=12091200160055;CP=&&B01-Min=1&&")
    assert (packet.qn, packet.flag, packet.version, packet.answer_wanted) == ("", None, 0, False)
    assert packet.defects == ()


def test_part_numbers_stand_before_or_behind_the_flag() -> None:
    for header in (b"PNUM=3;PNO=2;Flag=3", b"Flag=3;PNUM=3;PNO=2", b"PNO=0002;PNUM=0003"):
        packet = parse_packet(b"ST=31;CN=2051;PW=1;MN=M;" + header + b";CP=&&a-Avg=1&&")
        assert (packet.pnum, packet.pno, packet.is_split) == (3, 2, True)


def test_an_edition_to_come_is_told_by_its_flag() -> None:
    packet = parse_packet(b"QN=20270101000000000;ST=21;CN=2011;PW=1;MN=M;Flag=9;RF=1;CP=&&&&")
    assert (packet.version, packet.answer_wanted, packet.extra) == (2, True, (("RF", "1"),))


@pytest.mark.parametrize(
    ("segment", "defect"),
    [
        (b"CN=2011;PW=1;ST=22;MN=;CP=&&&&", "no_mn"),
        (b"CN=2011;PW=1;MN=M;CP=&&&&", "no_st"),
        (b"CN=2011;ST=22;MN=M;CP=&&&&", "no_pw"),
        (b"QN=2011;CN=2011;PW=1;ST=22;MN=M;CP=&&&&", "bad_qn"),
        (b"CN=2011;PW=1;ST=22;MN=M;Flag=x;CP=&&&&", "bad_flag"),
        (b"CN=2011;PW=1;ST=22;MN=M;PNUM=-1;CP=&&&&", "bad_pnum"),
        (b"CN=2011;PW=1;ST=22;MN=M;MN=N;CP=&&&&", "repeated_header_field"),
        (b"CN=2011;PW=1;ST=22;MN=M;abc;CP=&&&&", "bad_header_field"),
        (b"CN=2011;PW=1;ST=22;MN=M", "no_data_area"),
        (b"CN=2011;PW=1;ST=22;MN=M;CP=&&a-Rtd=1", "unclosed_data_area"),
        ("CN=2011;PW=1;ST=22;MN=M;CP=&&a=浦东&&".encode("gb18030"), "not_utf8"),
        (b"CN=2011;PW=1;ST=22;MN=M;CP=&&" + b"a-Rtd=1;" * 130 + b"&&", "long_segment"),
    ],
)
def test_a_broken_header_is_read_with_a_verdict(segment: bytes, defect: str) -> None:
    assert parse_packet(segment).defects == (defect,)


def test_a_segment_without_a_command_is_no_packet() -> None:
    with pytest.raises(PacketError) as caught:
        parse_packet(b"QN=20270101000000000;ST=21")
    assert (caught.value.code, caught.value.segment) == (
        "no_command",
        b"QN=20270101000000000;ST=21",
    )


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_segment_is_a_packet_or_a_typed_error(segment: bytes) -> None:
    for text in (segment, b"CN=2011;" + segment, b"QN=1;CN=2;MN=" + segment + b";CP=&&" + segment):
        with contextlib.suppress(PacketError):
            assert parse_packet(text).cn


WORDS = st.text("ABCDEFabcdef0123456789", min_size=1, max_size=24)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=";,=&#/"))
ITEMS = st.tuples(WORDS, st.sampled_from(["Rtd", "Avg", "Flag"]), TEXTS).map(
    lambda item: f"{item[0]}-{item[1]}={item[2]}"
)
PACKETS = st.builds(
    Packet,
    qn=st.from_regex(r"[0-9]{17}", fullmatch=True) | st.just(""),
    st=WORDS,
    cn=WORDS,
    pw=WORDS,
    mn=WORDS,
    flag=st.none() | st.integers(0, 255),
    cp=st.lists(ITEMS, max_size=8).map(";".join),
)


@settings(deadline=None)
@given(PACKETS)
def test_a_packet_survives_the_wire(packet: Packet) -> None:
    (frame,) = Framer(limit_bytes=9999).receive(encode(packet))
    assert isinstance(frame, Frame)
    read = parse_packet(frame.segment)
    assert read == packet.marked(read.defects)
    assert set(read.defects) <= {"long_segment"}


@settings(deadline=None)
@given(PACKETS.filter(lambda packet: packet.qn and packet.flag is not None and packet.cp))
def test_a_long_packet_is_split_at_factors_and_joined_again(packet: Packet) -> None:
    packet = packet.marked(())
    frames = encode_split(packet, limit_bytes=180)
    framer, reassembler = Framer(limit_bytes=9999), Reassembler()
    whole = None
    for frame in frames:
        (found,) = framer.receive(frame)
        assert isinstance(found, Frame)
        part = parse_packet(found.segment)
        if len(frames) == 1:
            whole = part
            break
        assert part.is_split
        whole, abandoned = reassembler.add(part, now=0.0)
        assert abandoned == []
    assert whole is not None
    assert whole.cp == packet.cp


def test_split_parts_keep_within_the_limit_and_texts_whole() -> None:
    text = "i11001-Info=//a;b,c//"
    packet = Packet(cn="3020", mn="M", qn="20270101000000000", flag=5, cp=";".join([text] * 20))
    segments = [frame[6:-6] for frame in encode_split(packet, limit_bytes=200)]
    assert len(segments) > 2
    assert all(len(segment) <= 200 for segment in segments)
    infos = [pair for segment in segments for pair in parse_data(parse_packet(segment).cp).pairs]
    assert infos == [("i11001-Info", "a;b,c")] * 20


@pytest.mark.parametrize(
    "packet",
    [
        Packet(cn="2011", mn="a;b"),
        Packet(cn="2011", mn="a##b"),
        Packet(cn="2011", mn="m", cp="a=//x&&y//"),
        Packet(cn="2011", mn="m", cp="a=\r\n"),
    ],
)
def test_a_mark_inside_a_field_is_never_sent(packet: Packet) -> None:
    with pytest.raises(EncodingError) as caught:
        encode_segment(packet)
    assert caught.value.code == "mark_in_field"


def test_a_packet_beyond_four_digits_of_length_is_never_sent() -> None:
    with pytest.raises(EncodingError) as caught:
        encode(Packet(cn="2011", mn="m", cp="x" * 10000))
    assert caught.value.code == "too_long"
