"""The checksum against the standard's own example and the letter of its loop."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212.crc import crc, modbus_crc, reference_crc, table_crc

# HJ 212-2017 appendix A: the frame prints 1C80 (the text beside it misprints 1C08).
EXAMPLE = (
    b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;"
    b"Flag=5;CP=&&RtdInterval=30&&"
)


def test_the_example_of_the_standard_gives_1c80() -> None:
    assert len(EXAMPLE) == 101
    assert crc(EXAMPLE) == reference_crc(EXAMPLE) == 0x1C80


def test_the_modbus_checksum_gives_its_published_check_value() -> None:
    assert modbus_crc(b"123456789") == 0x4B37


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_folding_agrees_with_the_loop_of_the_standard(segment: bytes) -> None:
    assert crc(segment) == table_crc(segment) == reference_crc(segment)


def test_folding_agrees_at_every_length_up_to_the_longest_segment() -> None:
    pattern = bytes(range(1, 252)) * 40
    for size in (*range(40), *range(4090, 4100), 9998, 9999):
        assert crc(pattern[:size]) == table_crc(pattern[:size])


def test_one_step_of_the_checksum_has_order_eight() -> None:
    """Why folding is allowed, and why equal changes eight bytes apart go unseen."""
    for start in range(256):
        high = start
        for _ in range(8):
            high = table_crc_step(high)
        assert high == start


def table_crc_step(high: int) -> int:
    register = high
    for _ in range(8):
        register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register >> 8
