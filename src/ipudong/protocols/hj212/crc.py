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


# What each byte of a folded word does to the register, the first byte first: all steps are linear.
_WORD_BYTES = 8


def _carry_on(register: int, steps: int) -> int:
    for _ in range(steps):
        register = _STEP[register >> 8]
    return register


_T0, _T1, _T2, _T3, _T4, _T5, _T6, _T7 = (
    tuple(_carry_on(start, _WORD_BYTES - 1 - place) for start in _STEP)
    for place in range(_WORD_BYTES)
)
_FOLDS = tuple((bits, (1 << bits) - 1) for bits in (1 << exponent for exponent in range(14, 5, -1)))
# The folds that a segment whose size has so many binary digits needs.
_FOLDS_OF = tuple(_FOLDS[max(0, 12 - digits) :] for digits in range(13))
_LONGEST_BYTES = (1 << 12) - 1


def crc(segment: bytes) -> int:
    """Checksum of a segment (the bytes between the length and the checksum), 0..65535."""
    size = len(segment)
    if size < _WORD_BYTES:
        return table_crc(segment)
    folded = int.from_bytes(segment, "big")
    if size > _LONGEST_BYTES:
        folded = _shorten(folded)
        folds = _FOLDS
    else:
        folds = _FOLDS_OF[size.bit_length()]
    for bits, mask in folds:
        folded = (folded >> bits) ^ (folded & mask)
    # The initial register enters with the first byte, wherever the folding has put that byte.
    folded ^= 0xFF << (8 * ((size - 1) & 7))
    a, b, c, d, e, f, g, h = folded.to_bytes(_WORD_BYTES, "big")
    return _T0[a] ^ _T1[b] ^ _T2[c] ^ _T3[d] ^ _T4[e] ^ _T5[f] ^ _T6[g] ^ _T7[h]


def _shorten(folded: int) -> int:
    bits, mask = _FOLDS[0]
    while folded >> (2 * bits):
        folded = (folded >> bits) ^ (folded & mask)
    return folded


def modbus_crc(segment: bytes) -> int:
    """CRC-16/MODBUS of a segment: not the standard's, but what some devices send."""
    register = _INITIAL
    for byte in segment:
        register = (register >> 8) ^ _STEP[(register ^ byte) & 0xFF]
    return register
