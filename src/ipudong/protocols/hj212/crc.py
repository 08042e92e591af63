"""The HJ 212 checksum (HJ 212-2017 appendix A), and the CRC-16/MODBUS it is often taken for.

The standard's loop enters each byte as ``crc = (crc >> 8) ^ byte``. CRC-16/MODBUS differs in one
place, ``crc ^ byte``, and devices that got it wrong exist. Because the standard's loop throws the
low byte away before every step, only the high byte is carried from byte to byte. One step on that
byte is linear over GF(2), h' = A(h ^ byte), and A has order 8: A applied eight times is the
identity (a test recomputes it). So the checksum of any segment depends only on the XOR of its
eight-byte words, counted from its end. Folding one big integer does that in a microsecond where a
table loop needs twenty. It also says how weak the checksum is: two equal changes eight bytes
apart cancel out.
"""

_POLYNOMIAL = 0xA001
_INITIAL = 0xFFFF


def _shift(value: int) -> int:
    for _ in range(8):
        carry = value & 1
        value >>= 1
        if carry:
            value ^= _POLYNOMIAL
    return value


def reference_crc(segment: bytes) -> int:
    """Checksum by the letter of appendix A: slow, kept as the yardstick for `crc`."""
    register = _INITIAL
    for byte in segment:
        register = _shift((register >> 8) ^ byte)
    return register


# One step for each value of (carried high byte ^ incoming byte).
_STEP = tuple(_shift(byte) for byte in range(256))


def table_crc(segment: bytes) -> int:
    """Checksum by a 256-entry table, one step a byte."""
    register = _INITIAL
    for byte in segment:
        register = _STEP[(register >> 8) ^ byte]
    return register


_FOLDS = tuple((bits, (1 << bits) - 1) for bits in (1 << exponent for exponent in range(14, 5, -1)))


def crc(segment: bytes) -> int:
    """Checksum of a segment (the bytes between the length and the checksum), 0..65535."""
    size = len(segment)
    if size < 8:
        return table_crc(segment)
    folded = int.from_bytes(segment, "big")
    for bits, mask in _FOLDS:
        while folded > mask:
            folded = (folded >> bits) ^ (folded & mask)
    # The initial register enters with the first byte, wherever the folding has put that byte.
    folded ^= 0xFF << (8 * ((size - 1) % 8))
    register = 0
    for byte in folded.to_bytes(8, "big"):
        register = _STEP[(register >> 8) ^ byte]
    return register


def modbus_crc(segment: bytes) -> int:
    """CRC-16/MODBUS of a segment: not the standard's, but what some devices send."""
    register = _INITIAL
    for byte in segment:
        register = (register >> 8) ^ _STEP[(register ^ byte) & 0xFF]
    return register
