"""Bytes of a stream into frames: ``## length segment checksum CR LF`` (HJ 212-2017, 6.3)."""

from typing import TypeAlias

from msgspec import Struct

from ipudong.protocols.hj212.crc import crc, modbus_crc

HEADER = b"##"
TAIL = b"\r\n"
# The standard allows 1024 bytes; real multi-factor stations exceed it (1025 was captured).
STANDARD_SEGMENT_BYTES = 1024
DEFAULT_LIMIT_BYTES = 4096
_MARK_BYTES = 6  # ## and four digits
_CRC_BYTES = 4
_TRAILER_BYTES = _CRC_BYTES + len(TAIL)
_BLANK = b"\r\n\t \0"

# Codes of BadFrame.
NOISE = "noise"
BAD_HEADER = "bad_header"
TOO_LONG = "too_long"
WRONG_LENGTH = "wrong_length"
WRONG_CRC = "wrong_crc"

# Values of crc_variant, and the defects a framer can be told to let pass.
STANDARD = "standard"
MODBUS = "modbus"
ACCEPTABLE = frozenset({"crc_modbus", WRONG_LENGTH})


class Frame(Struct, frozen=True, gc=False):
    """A segment whose length and checksum hold, or whose named defects the framer accepts."""

    segment: bytes
    defects: tuple[str, ...] = ()


class BadFrame(Struct, frozen=True, gc=False):
    """Bytes that are no frame, kept raw (at most the framer's bound) with the reason.

    `declared` and `actual` are lengths in bytes; `crc_given` is the text sent, `crc_expected` the
    standard's checksum of the segment as received; `crc_variant` names the checksum that would fit.
    """

    code: str
    raw: bytes
    declared: int | None = None
    actual: int | None = None
    crc_given: str | None = None
    crc_expected: str | None = None
    crc_variant: str | None = None


FrameEvent: TypeAlias = Frame | BadFrame


class Framer:
    """Finds frames in a byte stream; never raises, never holds more than the limit and a chunk.

    The events do not depend on how the stream was cut into chunks. Neither ``##`` nor CR LF may
    occur inside a segment, so either one before the declared end proves the length wrong, and the
    frame that follows is never swallowed.
    """

    def __init__(
        self, limit_bytes: int = DEFAULT_LIMIT_BYTES, accept: frozenset[str] = frozenset()
    ) -> None:
        unknown = accept - ACCEPTABLE
        if unknown:
            raise ValueError(f"cannot accept {sorted(unknown)}")
        self._limit = limit_bytes
        self._accept = accept
        self._buffer = b""
        # Set while the buffer starts with a header that proved wrong: its code and length.
        self._junk: tuple[str, int | None] | None = None

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished frame is held, at most the limit and a few bytes."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[FrameEvent]:
        """Take the next bytes of the stream; give the frames and bad frames they complete."""
        buffer = self._buffer + data if self._buffer else data
        events: list[FrameEvent] = []
        at, size = 0, len(buffer)
        while at < size:
            if (stop := self._find_sound(buffer, at)) is not None:
                events.append(Frame(buffer[at + _MARK_BYTES : stop - _TRAILER_BYTES]))
                at = stop
                continue
            step = self._step(buffer, at)
            if step is None:
                break
            event, at = step
            if event is not None:
                events.append(event)
        self._buffer = buffer[at:]
        return events

    def _find_sound(self, buffer: bytes, at: int) -> int | None:
        """Behind the frame at `at` if it is plainly whole and right; None: look with care.

        The common case, and nothing but a shortcut: `_step` would say the same.
        """
        body = at + _MARK_BYTES
        digits = buffer[at + 2 : body]
        if self._junk is not None or not (buffer.startswith(HEADER, at) and digits.isdigit()):
            return None
        end = body + int(digits)
        stop = end + _CRC_BYTES
        if end - body > self._limit or not buffer.startswith(TAIL, stop):
            return None
        # Searching for one byte is much faster than for a mark of two.
        if buffer.find(b"#", body, stop) >= 0 or buffer.find(b"\n", body, stop) >= 0:
            return None
        if buffer[end:stop] != b"%04X" % crc(buffer[body:end]):
            return None
        return stop + len(TAIL)

    def _step(self, buffer: bytes, at: int) -> tuple[FrameEvent | None, int] | None:
        """One event or one move forward; None when more bytes are needed."""
        if self._junk is not None:
            return self._leave_junk(buffer, at, *self._junk)
        if not buffer.startswith(HEADER, at):
            return self._skip_noise(buffer, at)
        body = at + _MARK_BYTES
        if len(buffer) < body:
            return None
        digits = buffer[at + 2 : body]
        if not digits.isdigit():
            return self._enter_junk(at, BAD_HEADER, None)
        declared = int(digits)
        if declared > self._limit:
            return self._enter_junk(at, TOO_LONG, declared)
        return self._take_frame(buffer, at, declared)

    def _take_frame(
        self, buffer: bytes, at: int, declared: int
    ) -> tuple[FrameEvent | None, int] | None:
        body = at + _MARK_BYTES
        end = body + declared
        stop = end + _CRC_BYTES
        mark = _find_mark(buffer, body, stop)
        if mark is not None:
            return self._judge(buffer[at:mark], WRONG_LENGTH, declared), mark
        if len(buffer) < stop:
            return None
        segment = buffer[body:end]
        if buffer[end:stop].upper() == b"%04X" % crc(segment):
            # The common case: also step over CR LF when it is already here.
            return Frame(segment), stop + 2 if buffer.startswith(TAIL, stop) else stop
        if segment.endswith(b"&&"):
            return self._judge(buffer[at:stop], WRONG_CRC, declared), stop
        return self._enter_junk(at, WRONG_LENGTH, declared)

    def _enter_junk(self, at: int, code: str, declared: int | None) -> tuple[None, int]:
        self._junk = (code, declared)
        return None, at

    def _leave_junk(
        self, buffer: bytes, at: int, code: str, declared: int | None
    ) -> tuple[FrameEvent, int] | None:
        bound = at + _MARK_BYTES + self._limit + _CRC_BYTES
        # One byte beyond the bound, so that a mark across it is seen whole.
        mark = _find_mark(buffer, at + 1, bound + 1)
        if mark is None:
            if len(buffer) <= bound:
                return None
            mark = bound
        self._junk = None
        return self._judge(buffer[at:mark], code, declared), mark

    def _skip_noise(self, buffer: bytes, at: int) -> tuple[FrameEvent | None, int] | None:
        bound = at + self._limit
        mark = buffer.find(HEADER, at, bound + 1)
        end = mark if mark >= 0 else min(bound, len(buffer) - buffer.endswith(b"#"))
        noise = buffer[at:end]
        blanks = len(noise) - len(noise.lstrip(_BLANK))
        if blanks:  # line ends between frames are no noise
            return None, at + blanks
        if mark < 0 and len(buffer) <= bound:
            return None
        return BadFrame(NOISE, noise), end

    def _judge(self, raw: bytes, code: str, declared: int | None) -> FrameEvent:
        """Name what is wrong with a frame, or let it pass if its defects are accepted."""
        line = raw.removesuffix(TAIL)
        actual = len(line) - _MARK_BYTES - _CRC_BYTES
        if code in (BAD_HEADER, TOO_LONG) or actual < 0:
            return BadFrame(code, raw, declared, max(actual, 0))
        segment, given = line[_MARK_BYTES:-_CRC_BYTES], line[-_CRC_BYTES:]
        expected = crc(segment)
        variant = _crc_variant(given, expected, segment)
        defects: tuple[str, ...] = ("crc_modbus",) if variant == MODBUS else ()
        code = WRONG_CRC
        if actual != declared:
            code = WRONG_LENGTH
            defects += (WRONG_LENGTH,)
        if variant is not None and self._accept.issuperset(defects):
            return Frame(segment, defects)
        given_text = given.decode("ascii", "backslashreplace")
        return BadFrame(code, raw, declared, actual, given_text, f"{expected:04X}", variant)


def _find_mark(buffer: bytes, start: int, stop: int) -> int | None:
    """Where a frame ends early: before a new header or after a CR LF, None if neither is there."""
    header = buffer.find(HEADER, start, stop)
    tail = buffer.find(TAIL, start, stop if header < 0 else header)
    if tail >= 0:
        return tail + 2
    return header if header >= 0 else None


def _crc_variant(given: bytes, expected: int, segment: bytes) -> str | None:
    text = given.upper()
    if text == b"%04X" % expected:
        return STANDARD
    return MODBUS if text == b"%04X" % modbus_crc(segment) else None
