"""Many location packets at once: checksums and headers as columns, their answers in bulk.

Terminals on one core must not cost one object for each report: what stands between two marks is
kept as bytes, and a whole commit's worth is looked at with a few array operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.protocols.jt808.answers import PLATFORM_ANSWER
from ipudong.protocols.jt808.framing import escape, unescape
from ipudong.protocols.jt808.header import (
    ENCRYPTION_BITS,
    LENGTH_BITS,
    RESERVED_BIT,
    SPLIT_BIT,
    VERSION_BIT,
)
from ipudong.protocols.jt808.locations import BLOCK_BYTES

LOCATION: Final = 0x0200
SHORT_HEADER: Final = 12
LONG_HEADER: Final = 17
SENDER_BYTES: Final = 11  # version byte and ten bytes of phone number, or six and five of padding
_UNUSUAL: Final = ENCRYPTION_BITS | SPLIT_BIT | RESERVED_BIT
_HEAD = np.arange(LONG_HEADER)
# Which bytes behind the attributes say who sends: the phone, or version and phone.
_SENDER_MASK = np.array([[0xFF] * 6 + [0] * 5, [0xFF] * SENDER_BYTES], np.uint8)


@dataclass(slots=True)
class Packets:
    """Packets as columns. `is_plain` rows are whole, of their declared length, neither split nor
    encrypted, and from the sender expected; only their other columns mean anything."""

    contents: list[bytes]  # unescaped, the checksum included
    is_plain: NDArray[np.bool_]
    serial: NDArray[np.uint16]
    header: NDArray[np.int64]

    def list_bodies(self, rows: Sequence[int]) -> list[bytes]:
        """The bodies of these plain rows."""
        contents, starts = self.contents, self.header.tolist()
        return [contents[row][starts[row] : -1] for row in rows]


def make_sender(terminal: bytes, version: int | None) -> bytes:
    """How a sender's header names it behind the attributes, padded to SENDER_BYTES."""
    named = terminal if version is None else bytes((version,)) + terminal
    return named.ljust(SENDER_BYTES, b"\0")


def read_packets(
    pieces: list[bytes], senders: NDArray[np.uint8], is_long: NDArray[np.bool_]
) -> Packets:
    """Read what stood between marks, still escaped, none of it empty.

    `senders` (n, SENDER_BYTES) and `is_long` (a header of 2019) say who each must come from.
    """
    contents = [unescape(piece) if b"\x7d" in piece else piece for piece in pieces]
    sizes = np.fromiter(map(len, contents), np.int64, len(contents))
    flat = np.frombuffer(b"".join(contents), np.uint8)
    starts = np.cumsum(sizes) - sizes
    heads = flat[np.minimum(starts[:, None] + _HEAD, len(flat) - 1)]
    attributes = heads[:, 2].astype(np.uint16) << 8 | heads[:, 3]
    header = np.where(is_long, LONG_HEADER, SHORT_HEADER)
    is_plain = np.bitwise_xor.reduceat(flat, starts) == 0
    is_plain &= (attributes & VERSION_BIT != 0) == is_long
    is_plain &= attributes & _UNUSUAL == 0
    is_plain &= sizes - header - 1 == attributes & LENGTH_BITS
    is_plain &= sizes >= header + BLOCK_BYTES + 1
    differing = (heads[:, 4 : 4 + SENDER_BYTES] ^ senders) & _SENDER_MASK[is_long.astype(np.intp)]
    is_plain &= ~differing.any(axis=1)
    high = np.where(is_long, heads[:, 15], heads[:, 10]).astype(np.uint16)
    serial = high << 8 | np.where(is_long, heads[:, 16], heads[:, 11])
    return Packets(contents, is_plain, serial, header)


def write_answers(
    senders: NDArray[np.uint8], is_long: bool, ours: NDArray[np.uint16], theirs: NDArray[np.uint16]
) -> tuple[bytes, int, NDArray[np.bool_]]:
    """General answers 0x8001 "stored" to location reports, as one row of bytes each.

    All to headers of one length. Gives the bytes, how many each row has, and the rows in which a
    byte between the marks must still be escaped (`escape_answers`).
    """
    phone = 11 if is_long else 6
    width = 5 + phone + 7 + 2
    table = np.empty((len(ours), width), np.uint8)
    table[:, 0] = table[:, -1] = 0x7E
    # The answer's own body has five bytes (JT/T 808-2019, 8.2).
    head = PLATFORM_ANSWER << 16 | (VERSION_BIT if is_long else 0) | 5
    table[:, 1:5] = np.frombuffer(head.to_bytes(4, "big"), np.uint8)
    table[:, 5 : 5 + phone] = senders[:, :phone]
    at = 5 + phone
    table[:, at], table[:, at + 1] = ours >> 8, ours & 0xFF
    table[:, at + 2], table[:, at + 3] = theirs >> 8, theirs & 0xFF
    table[:, at + 4], table[:, at + 5], table[:, at + 6] = LOCATION >> 8, LOCATION & 0xFF, 0
    table[:, at + 7] = np.bitwise_xor.reduce(table[:, 1 : at + 7], axis=1)
    inner = table[:, 1:-1]
    to_escape: NDArray[np.bool_] = np.logical_or.reduce((inner == 0x7D) | (inner == 0x7E), axis=1)
    return table.tobytes(), width, to_escape


def escape_answers(answers: bytes, width: int) -> bytes:
    """Answers of `width` bytes each, end to end, with what stands between their marks escaped."""
    return b"".join(
        b"\x7e%b\x7e" % escape(answers[at + 1 : at + width - 1])
        for at in range(0, len(answers), width)
    )
