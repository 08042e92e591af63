"""Kinds of values: numbers, digits, times, texts, groups and lists (JT/T 808, 4.2)."""

from typing import Any, Final

import msgspec

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import (
    BAD_TIME,
    NOT_GBK,
    PADDING,
    CutOffError,
    Field,
    Kind,
    Reader,
    Values,
    read_fields,
    write_fields,
)
from ipudong.protocols.jt808.times import TIME_BYTES, encode_text, find_time_us, format_text

_ENCODING: Final = "gb18030"  # the standard says GBK; GB 18030 holds all of it


class Number(msgspec.Struct, frozen=True):
    """An unsigned big-endian number of `size` bytes, divided by `divisor` if that is not 1."""

    size: int
    divisor: int = 1

    def read(self, reader: Reader) -> int | float:
        number = int.from_bytes(reader.take(self.size), "big")
        return number if self.divisor == 1 else number / self.divisor

    def write(self, value: float, edition: Edition) -> bytes:
        number = round(value * self.divisor)
        return number.to_bytes(self.size, "big")


class SignedMagnitude(msgspec.Struct, frozen=True):
    """A number whose highest bit is the sign of the rest."""

    size: int

    def read(self, reader: Reader) -> int:
        number = int.from_bytes(reader.take(self.size), "big")
        half = 1 << (self.size * 8 - 1)
        return number if number < half else half - number

    def write(self, value: int, edition: Edition) -> bytes:
        half = 1 << (self.size * 8 - 1)
        return (value if value >= 0 else half - value).to_bytes(self.size, "big")


class Raw(msgspec.Struct, frozen=True):
    """Bytes: `size` of them, or all that are left."""

    size: int | None = None

    def read(self, reader: Reader) -> bytes:
        return reader.rest() if self.size is None else reader.take(self.size)

    def write(self, value: bytes, edition: Edition) -> bytes:
        if not isinstance(value, bytes) or self.size not in (None, len(value)):
            raise ValueError("no bytes, or bytes of another length")
        return value


class CountedRaw(msgspec.Struct, frozen=True):
    """Bytes behind their length, itself of `length_size` bytes."""

    length_size: int

    def read(self, reader: Reader) -> bytes:
        return reader.take(int.from_bytes(reader.take(self.length_size), "big"))

    def write(self, value: bytes, edition: Edition) -> bytes:
        return len(value).to_bytes(self.length_size, "big") + value


class Bcd(msgspec.Struct, frozen=True):
    """Digits, two to a byte, as text."""

    size: int

    def read(self, reader: Reader) -> str:
        return reader.take(self.size).hex()

    def write(self, value: str, edition: Edition) -> bytes:
        if len(value) != self.size * 2:
            raise ValueError("digits of another number")
        return bytes.fromhex(value)


class Time(msgspec.Struct, frozen=True):
    """BCD[6] in GMT+8 as text ``2018-07-15T10:10:10``; see `times.format_text`.

    Zeros in place of the date or of all digits mean something in several messages: no verdict.
    """

    def read(self, reader: Reader) -> str:
        raw = reader.take(TIME_BYTES)
        if raw[:3] != b"\0\0\0" and find_time_us(raw) is None:
            reader.note(BAD_TIME)
        return format_text(raw)

    def write(self, value: str, edition: Edition) -> bytes:
        return encode_text(value)


class Text(msgspec.Struct, frozen=True):
    """A text of all that is left, or of `size` bytes filled up with zeros.

    `front` says the zeros stand in front, as the 2019 text has it. Devices do as they like, so
    zeros are taken off on both ends, with a verdict if they were on the wrong one.
    """

    size: int | None = None
    front: bool = False

    def read(self, reader: Reader) -> str:
        raw = reader.rest() if self.size is None else reader.take(self.size)
        bare = raw.strip(b"\0")
        if self.size is None:
            padded = raw
        else:
            padded = raw.lstrip(b"\0") if self.front else raw.rstrip(b"\0")
        if bare != padded and (bare or self.size is None):
            reader.note(PADDING)
        return decode_text(bare, reader)

    def write(self, value: str, edition: Edition) -> bytes:
        raw = value.encode(_ENCODING)
        if self.size is None:
            return raw
        if len(raw) > self.size:
            raise ValueError("a text too long for its field")
        return raw.rjust(self.size, b"\0") if self.front else raw.ljust(self.size, b"\0")


class CountedText(msgspec.Struct, frozen=True):
    """A text behind its length, itself of `length_size` bytes."""

    length_size: int

    def read(self, reader: Reader) -> str:
        raw = reader.take(int.from_bytes(reader.take(self.length_size), "big"))
        bare = raw.strip(b"\0")
        if bare != raw:
            reader.note(PADDING)
        return decode_text(bare, reader)

    def write(self, value: str, edition: Edition) -> bytes:
        raw = value.encode(_ENCODING)
        return len(raw).to_bytes(self.length_size, "big") + raw


class Group(msgspec.Struct, frozen=True):
    """Fields within a field, as a dict."""

    fields: tuple[Field, ...]

    def read(self, reader: Reader) -> Values:
        return read_fields(reader, self.fields)

    def write(self, value: Values, edition: Edition) -> bytes:
        return write_fields(value, self.fields, edition)


class List(msgspec.Struct, frozen=True):
    """Elements behind their count of `count_size` bytes; 0 means as many as there is room for."""

    element: Kind
    count_size: int = 0

    def read(self, reader: Reader) -> list[Any]:
        count = None
        if self.count_size:
            count = int.from_bytes(reader.take(self.count_size), "big")
        found: list[Any] = []
        while reader.left if count is None else len(found) < count:
            try:
                element = self.element.read(reader)
            except CutOffError:
                reader.is_cut = True
                break
            if reader.is_cut:
                if element:
                    found.append(element)
                break
            found.append(element)
        return found

    def write(self, value: list[Any], edition: Edition) -> bytes:
        count = len(value).to_bytes(self.count_size, "big") if self.count_size else b""
        return count + b"".join([self.element.write(element, edition) for element in value])


class ByEdition(msgspec.Struct, frozen=True):
    """One kind before 2019, another from then on."""

    before: Kind
    since: Kind

    def _choose(self, edition: Edition) -> Kind:
        return self.since if edition >= Edition.V2019 else self.before

    def read(self, reader: Reader) -> Any:
        return self._choose(reader.edition).read(reader)

    def write(self, value: Any, edition: Edition) -> bytes:
        return self._choose(edition).write(value, edition)


def decode_text(raw: bytes, reader: Reader) -> str:
    """GB 18030; what is none is replaced, with a verdict."""
    try:
        return raw.decode(_ENCODING)
    except UnicodeDecodeError:
        reader.note(NOT_GBK)
        return raw.decode(_ENCODING, "replace")


U8: Final = Number(1)
U16: Final = Number(2)
U32: Final = Number(4)
TIME: Final = Time()
TEXT: Final = Text()
REST: Final = Raw()
