"""A message as packets: one, or as many parts as its body needs (JT/T 808-2019, 4.4.3)."""

from typing import Final

from ipudong.protocols.jt808.framing import encode_frame
from ipudong.protocols.jt808.header import MAX_BODY_BYTES

_SERIALS: Final = 0x10000


def encode_packets(
    message_id: int,
    terminal: bytes,
    version: int | None,
    serial: int,
    body: bytes,
    part_bytes: int = MAX_BODY_BYTES,
) -> tuple[bytes, ...]:
    """The packets of a message; parts take serials from `serial` on.

    Raises ValueError if the body needs more than 65535 parts.
    """
    if len(body) <= part_bytes:
        return (encode_frame(message_id, terminal, version, serial, body),)
    bodies = [body[at : at + part_bytes] for at in range(0, len(body), part_bytes)]
    if len(bodies) >= _SERIALS:
        raise ValueError("a message of too many parts")
    return tuple(
        encode_frame(
            message_id,
            terminal,
            version,
            (serial + number) % _SERIALS,
            part,
            packages=len(bodies),
            package=number + 1,
        )
        for number, part in enumerate(bodies)
    )


class SentParts:
    """Messages sent in parts, kept so that parts can be sent again; bounded in bytes."""

    def __init__(self, max_bytes: int = 4 << 20) -> None:
        self._max_bytes = max_bytes
        self._kept: dict[int, tuple[bytes, ...]] = {}
        self._bytes = 0

    def keep(self, first_serial: int, packets: tuple[bytes, ...]) -> None:
        """Remember the packets of a message; the oldest messages make room."""
        self._forget(first_serial)
        self._kept[first_serial] = packets
        self._bytes += sum(map(len, packets))
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def find(self, first_serial: int, numbers: list[int]) -> bytes:
        """The packets of these numbers from 1; empty if none of them is kept."""
        packets = self._kept.get(first_serial, ())
        return b"".join([packets[n - 1] for n in numbers if 1 <= n <= len(packets)])

    def _forget(self, first_serial: int) -> None:
        self._bytes -= sum(map(len, self._kept.pop(first_serial, ())))
