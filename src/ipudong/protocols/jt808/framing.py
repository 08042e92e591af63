"""Bytes of a stream into packets: 7E, escaped content, checksum, 7E (JT/T 808, 4.4).

7E cannot stand inside a packet, so cutting the stream at every 7E finds them all, and after any
damage the next packet is read as usual. Two packets may share one 7E.
"""

from typing import Final, TypeAlias

import msgspec

from ipudong.protocols.jt808.header import Frame, HeaderError, encode_content, parse_frame

MARK: Final = b"\x7e"
# Twice the longest packet of the standard (1045 bytes), as if each byte were escaped.
DEFAULT_LIMIT_BYTES: Final = 2090
_BLANK: Final = b"\r\n\t \0"

# Codes of BadFrame.
NOISE: Final = "noise"
TOO_LONG: Final = "too_long"
TOO_SHORT: Final = "too_short"
WRONG_CHECKSUM: Final = "wrong_checksum"

BAD_ESCAPE: Final = "bad_escape"  # a verdict: 7D followed by neither 01 nor 02


class BadFrame(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no packet, kept raw (at most the framer's limit) with the reason.

    `raw` is as received, without its marks. `given` and `expected` are checksums.
    """

    code: str
    raw: bytes
    given: int | None = None
    expected: int | None = None


FrameEvent: TypeAlias = Frame | BadFrame


def checksum(data: bytes) -> int:
    """The XOR of all bytes, by folding one large integer: no loop over bytes."""
    value = int.from_bytes(data, "little")
    if len(data) > 128:
        shift = 1 << (len(data) * 8).bit_length()
        while shift > 512:
            value ^= value >> shift
            shift >>= 1
    value ^= value >> 512
    value ^= value >> 256
    value ^= value >> 128
    value = (value ^ value >> 64) & 0xFFFF_FFFF_FFFF_FFFF
    value ^= value >> 32
    value ^= value >> 16
    return (value ^ value >> 8) & 0xFF


def escape(content: bytes) -> bytes:
    """7D as 7D 01, 7E as 7D 02."""
    return content.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(content: bytes) -> bytes:
    """The reverse of `escape`; a 7D followed by anything else is left as it is."""
    return content.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def wrap(content: bytes) -> bytes:
    """Checksum, escapes and marks around header and body."""
    content += checksum(content).to_bytes(1, "big")
    if b"\x7d" in content or MARK in content:
        content = escape(content)
    return b"\x7e%b\x7e" % content


def encode_frame(
    message_id: int,
    terminal: bytes,
    version: int | None,
    serial: int,
    body: bytes = b"",
    *,
    encryption: int = 0,
    packages: int = 0,
    package: int = 0,
) -> bytes:
    """The bytes of one packet; see `encode_content`."""
    return wrap(
        encode_content(
            message_id,
            terminal,
            version,
            serial,
            body,
            encryption=encryption,
            packages=packages,
            package=package,
        )
    )


def read_piece(piece: bytes) -> FrameEvent:
    """Judge what stood between two marks, still escaped."""
    content = piece
    defects: tuple[str, ...] = ()
    if b"\x7d" in piece:
        content = unescape(piece)
        # Each escape takes one byte away; a 7D that took none was no escape.
        if piece.count(b"\x7d") != len(piece) - len(content):
            defects = (BAD_ESCAPE,)
    found = checksum(content)
    if found:
        given = content[-1]
        return BadFrame(WRONG_CHECKSUM, piece, given, found ^ given)
    try:
        return parse_frame(content[:-1], defects)
    except HeaderError:
        return BadFrame(TOO_SHORT, piece)


class Framer:
    """Finds packets in a byte stream; never raises, never holds more than the limit and a chunk.

    The events do not depend on how the stream was cut into chunks.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._buffer = b""
        self._inside = False  # a mark was seen: what follows may be a packet
        self._skipping = False  # what is too long was told; drop up to the next mark

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished packet is held, at most the limit."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[FrameEvent]:
        """Take the next bytes of the stream; give the packets and bad pieces they complete."""
        pieces = (self._buffer + data if self._buffer else data).split(MARK)
        rest = pieces.pop()
        events: list[FrameEvent] = []
        limit = self._limit
        for piece in pieces:
            if self._inside and not self._skipping and len(piece) <= limit:
                # Line ends between packets are no packet.
                if len(piece) > 12 or piece.strip(_BLANK):
                    events.append(read_piece(piece))
            else:
                self._leave(piece, events)
        if len(rest) > limit:
            rest = self._give_up(rest, events)
        self._buffer = b"" if self._skipping else rest
        return events

    def _leave(self, piece: bytes, events: list[FrameEvent]) -> None:
        """End what is no packet at the mark behind it."""
        if not self._skipping:
            if len(piece) > self._limit:
                self._give_up(piece, events)
            elif piece.strip(_BLANK):
                events.append(BadFrame(NOISE, piece))
        self._inside, self._skipping = True, False

    def _give_up(self, piece: bytes, events: list[FrameEvent]) -> bytes:
        if not self._skipping:
            code = TOO_LONG if self._inside else NOISE
            events.append(BadFrame(code, piece[: self._limit]))
            self._skipping = True
        return b""
