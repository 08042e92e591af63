"""The data representation of MQTT 5 section 1.5: integers, strings, variable byte integers."""

from typing import Final

from ipudong.protocols.mqtt.reasons import MalformedError

MAX_VARINT: Final = 268_435_455
MAX_STRING: Final = 65_535


class Reader:
    """Reads one packet's bytes from `at` to `end`; reading past the end is malformed."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    @property
    def is_done(self) -> bool:
        """Nothing is left."""
        return self.at >= self.end

    def take(self, count: int) -> bytes:
        """So many bytes."""
        begin, self.at = self.at, self.at + count
        if self.at > self.end:
            raise MalformedError("packet ends too early")
        return self.data[begin : self.at]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.end - self.at)

    def byte(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Two byte integer (1.5.2)."""
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        """Four byte integer (1.5.3)."""
        return int.from_bytes(self.take(4))

    def varint(self) -> int:
        """Variable byte integer (1.5.5): at most four bytes, no longer than it needs to be."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise MalformedError("integer longer than needed")
                return value
            shift += 7
            if shift > 21:
                raise MalformedError("integer of more than four bytes")

    def binary(self) -> bytes:
        """Binary data (1.5.6)."""
        return self.take(self.u16())

    def string(self) -> str:
        """UTF-8 string (1.5.4)."""
        return decode_string(self.take(self.u16()))

    def pair(self) -> tuple[str, str]:
        """UTF-8 string pair (1.5.7)."""
        return self.string(), self.string()


def decode_string(raw: bytes) -> str:
    """Well-formed UTF-8 without U+0000 (1.5.4-1, 1.5.4-2). Raises MalformedError."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    if "\0" in text:
        raise MalformedError("U+0000 in a string")
    return text


def encode_binary(raw: bytes) -> bytes:
    """Binary data; ValueError beyond 65,535 bytes."""
    if len(raw) > MAX_STRING:
        raise ValueError("longer than 65,535 bytes")
    return len(raw).to_bytes(2) + raw


def encode_string(text: str) -> bytes:
    """A UTF-8 string; ValueError for U+0000, surrogates, or beyond 65,535 bytes."""
    if "\0" in text:
        raise ValueError("U+0000 in a string")
    return encode_binary(text.encode())


def encode_varint(value: int) -> bytes:
    """A variable byte integer; ValueError beyond 268,435,455."""
    if not 0 <= value <= MAX_VARINT:
        raise ValueError("beyond 268,435,455")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
