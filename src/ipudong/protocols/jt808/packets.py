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
