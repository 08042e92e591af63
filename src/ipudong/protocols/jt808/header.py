"""Header of a packet (JT/T 808-2019 and 2013, 4.4.3): both phone lengths, decided per packet.

Bit 14 of the attributes says 2019; packets before it have no protocol version byte.
"""

from struct import Struct as Layout
from typing import Final

import msgspec

from ipudong.protocols.jt808.editions import LONG_PHONE_BYTES, SHORT_PHONE_BYTES, Edition

MAX_BODY_BYTES: Final = 0x3FF
LENGTH_BITS: Final = 0x03FF
ENCRYPTION_BITS: Final = 0x1C00
RSA_BIT: Final = 0x0400
SPLIT_BIT: Final = 0x2000
VERSION_BIT: Final = 0x4000
RESERVED_BIT: Final = 0x8000
PROTOCOL_VERSION: Final = 1  # of the 2019 edition
MAX_HEADER_BYTES: Final = 21

# Verdicts on a packet: how it deviates from the standard; it is read all the same.
WRONG_LENGTH: Final = "wrong_length"  # the body is not as long as the attributes say
SHORT_PHONE: Final = "short_phone"  # 2019 by its bit, but a phone number of six bytes
BAD_PHONE: Final = "bad_phone"  # a phone number that is not decimal
BAD_PACKAGE: Final = "bad_package"  # a package index of 0 or beyond the count
RESERVED_SET: Final = "reserved_set"  # bit 15 of the attributes

_HEAD_2013 = Layout(">HH6sH")
_HEAD_2019 = Layout(">HHB10sH")
_HEAD_SHORT = Layout(">HHB6sH")
_PACKAGE = Layout(">HH")
_OTHER_BITS: Final = ENCRYPTION_BITS | SPLIT_BIT | RESERVED_BIT


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One packet whose checksum is right: its header and its body as sent.

    `terminal` is the phone number as sent, BCD of 6 or 10 bytes; whoever keeps many terminals
    uses it as a key. `version` is the protocol version byte, None before 2019. `package` counts
    from 1 of `packages`, both 0 in a message of one packet. `defects` are the verdicts.
    """

    message_id: int
    attributes: int
    version: int | None
    terminal: bytes
    serial: int
    body: bytes
    packages: int = 0
    package: int = 0
    defects: tuple[str, ...] = ()

    @property
    def phone(self) -> str:
        """The phone number without the zeros in front: the identity of a terminal."""
        return find_phone(self.terminal)

    @property
    def edition(self) -> Edition:
        """2013 stands for 2011 too: their headers are the same."""
        return Edition.V2013 if self.version is None else Edition.V2019

    @property
    def is_encrypted(self) -> bool:
        return self.attributes & ENCRYPTION_BITS != 0

    @property
    def is_split(self) -> bool:
        return self.attributes & SPLIT_BIT != 0


class HeaderError(ValueError):
    """Bytes too few to be a packet."""


def find_phone(terminal: bytes) -> str:
    """The identity behind a BCD phone number: no zeros in front, "0" if it is all zeros."""
    return terminal.hex().lstrip("0") or "0"


def make_terminal(phone: str, edition: Edition) -> bytes:
    """BCD of a phone number of up to 12 digits, in 2019 up to 20. Raises ValueError."""
    size = LONG_PHONE_BYTES if edition is Edition.V2019 else SHORT_PHONE_BYTES
    if not (phone.isascii() and phone.isdigit()) or len(phone) > size * 2:
        raise ValueError(f"no phone number of up to {size * 2} digits: {phone!r}")
    return bytes.fromhex(phone.zfill(size * 2))


def parse_frame(content: bytes, defects: tuple[str, ...] = ()) -> Frame:
    """Read what stands between two marks, unescaped and without its checksum.

    Deviations become verdicts behind `defects`. Raises HeaderError if the header is cut off.
    """
    size = len(content)
    if size >= 17 and content[2] & 0x40:
        message_id, attributes, version, terminal, serial = _HEAD_2019.unpack_from(content)
        start = 17
    elif size >= 12 and not content[2] & 0x40:
        message_id, attributes, terminal, serial = _HEAD_2013.unpack_from(content)
        version, start = None, 12
    else:
        return _parse_unusual(content, defects)
    if attributes & _OTHER_BITS or size - start != attributes & LENGTH_BITS:
        return _parse_unusual(content, defects)
    if not terminal.hex().isdigit():
        defects += (BAD_PHONE,)
    return Frame(message_id, attributes, version, terminal, serial, content[start:], 0, 0, defects)


def _parse_unusual(content: bytes, defects: tuple[str, ...]) -> Frame:
    """Split, encrypted, or not as long as it says."""
    layout = _choose_layout(content)
    fields = layout.unpack_from(content)
    message_id, attributes = fields[0], fields[1]
    terminal, serial = fields[-2:]
    start, packages, package = layout.size, 0, 0
    if attributes & SPLIT_BIT:
        packages, package = _PACKAGE.unpack_from(content, start)
        start += _PACKAGE.size
        if not 1 <= package <= packages:
            defects += (BAD_PACKAGE,)
    missing = (attributes & LENGTH_BITS) - (len(content) - start)
    if layout is _HEAD_SHORT:
        defects += (SHORT_PHONE,)
    if missing and not (missing == 1 and layout is _HEAD_SHORT):
        defects += (WRONG_LENGTH,)
    if attributes & RESERVED_BIT:
        defects += (RESERVED_SET,)
    if not terminal.hex().isdigit():
        defects += (BAD_PHONE,)
    version = None if layout is _HEAD_2013 else fields[2]
    body = content[start:]
    return Frame(
        message_id, attributes, version, terminal, serial, body, packages, package, defects
    )


def _choose_layout(content: bytes) -> Layout:
    """The header whose length makes the body as long as declared, else the longest that fits."""
    size = len(content)
    if size < 4:
        raise HeaderError
    attributes = content[2] << 8 | content[3]
    package_bytes = _PACKAGE.size if attributes & SPLIT_BIT else 0
    # Devices are in the field that set bit 14 and send the six bytes of 2013; some count the
    # version byte to the body (captured frames in SmallChi/JT808).
    layouts = (_HEAD_2019, _HEAD_SHORT) if attributes & VERSION_BIT else (_HEAD_2013,)
    fitting = [layout for layout in layouts if size >= layout.size + package_bytes]
    for layout in fitting:
        missing = (attributes & LENGTH_BITS) - (size - layout.size - package_bytes)
        if missing == 0 or (missing == 1 and layout is _HEAD_SHORT):
            return layout
    if not fitting:
        raise HeaderError
    return fitting[0]


def encode_content(
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
    """Header and body, not yet escaped. `terminal` and `version` as in `Frame`.

    `encryption` is the attribute bits, such as RSA_BIT, of a body already encrypted. Raises
    ValueError if the body does not fit into one packet.
    """
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"a body of {len(body)} bytes does not fit into one packet")
    attributes = len(body) | encryption
    if packages:
        attributes |= SPLIT_BIT
    if version is None:
        head = _HEAD_2013.pack(message_id, attributes, terminal, serial)
    else:
        layout = _HEAD_2019 if len(terminal) == LONG_PHONE_BYTES else _HEAD_SHORT
        head = layout.pack(message_id, attributes | VERSION_BIT, version, terminal, serial)
    if packages:
        head += _PACKAGE.pack(packages, package)
    return head + body
