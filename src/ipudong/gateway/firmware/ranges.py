"""Byte ranges of a request (RFC 9110, 14): one range, as devices resume a download."""

import re
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from `start` up to and not including `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.end - self.start

    def to_header(self, size: int) -> str:
        """The `Content-Range` of an answer."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class NotSatisfiableError(Exception):
    """The range lies outside the file (416)."""


def read_range(header: str, size: int) -> ByteRange | None:
    """The range a `Range` header asks of a file of `size` bytes; None for the whole of it.

    Several ranges, other units and what cannot be read are answered with the whole file, as the
    standard allows. Raises NotSatisfiableError.
    """
    match = _RANGE.fullmatch(header.strip().replace(" ", ""))
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        length = min(int(last), size)
        start, end = size - length, size
    else:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise NotSatisfiableError
    return ByteRange(start, end)
