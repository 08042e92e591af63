"""A segment as a packet: who says what to whom (HJ 212-2017, 6.3.2), and packets into frames."""

from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from ipudong.protocols.hj212.crc import crc
from ipudong.protocols.hj212.data import split_items
from ipudong.protocols.hj212.framing import STANDARD_SEGMENT_BYTES

# Flag >> 2: the edition a packet speaks.
VERSION_2005 = 0
VERSION_2017 = 1
VERSION_2025 = 2

ANSWER_WANTED = 0b01
SPLIT = 0b10

# ST of packets that the platform and a station exchange about the exchange itself.
ST_SYSTEM = "91"


class PacketError(ValueError):
    """A segment without the fields that make it a packet: `code` and the raw `segment`."""

    def __init__(self, code: str, segment: bytes) -> None:
        super().__init__(code)
        self.code = code
        self.segment = segment


class EncodingError(ValueError):
    """A packet that cannot be put on the wire: `code`, and `detail` naming the field."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Packet(Struct, frozen=True, gc=False, kw_only=True):
    """One packet. `cp` is the text between ``CP=&&`` and ``&&``; `defects` are verdict codes.

    `qn` is empty and `flag` None where a 2005 station leaves them out. `pnum` and `pno` are 0 in
    a packet that is whole. `extra` holds header fields the editions known here do not name.
    """

    cn: str
    mn: str
    qn: str = ""
    st: str = ""
    pw: str = ""
    flag: int | None = None
    pnum: int = 0
    pno: int = 0
    cp: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """Edition: 0 is 2005, 1 is 2017, 2 is 2025; a packet without Flag is 2005."""
        return 0 if self.flag is None else self.flag >> 2

    @property
    def answer_wanted(self) -> bool:
        return self.flag is not None and bool(self.flag & ANSWER_WANTED)

    @property
    def is_split(self) -> bool:
        """Part of a larger packet; 2005 stations say so by PNUM alone."""
        return self.pnum > 1 or (self.flag is not None and bool(self.flag & SPLIT) and self.pno > 0)

    def marked(self, defects: tuple[str, ...]) -> "Packet":
        """The same packet with further defects."""
        return replace(self, defects=self.defects + defects)


_HEADER_FIELDS = frozenset({"QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO"})
_CP = ";CP=&&"
_FRAME_MARKS = ("##", "\r\n")
_QN_DIGITS = 17
_SOUND: tuple[str, ...] = ()


class _Header(Struct, frozen=True):
    cn: str
    mn: str
    qn: str
    st: str
    pw: str
    flag: int | None
    pnum: int
    pno: int
    extra: tuple[tuple[str, str], ...]
    defects: tuple[str, ...]


def parse_packet(segment: bytes) -> Packet:
    """Read a segment; tolerant, with verdicts in `defects`. Raises PacketError if CN is missing."""
    try:
        text, defects = segment.decode(), _SOUND
    except UnicodeDecodeError:  # the standard wants UTF-8; older data loggers write GB 18030
        text, defects = segment.decode("gb18030", "replace"), ("not_utf8",)
    header_text, found, rest = text.partition(_CP)
    qn = ""
    if header_text.startswith("QN="):
        qn, _, header_text = header_text[3:].partition(";")
    cacheable = len(header_text) <= _CACHED_HEADER_CHARS
    header = (_header if cacheable else _read_header)(header_text)
    if not header.cn:
        raise PacketError("no_command", segment)
    qn = qn or header.qn
    if rest.endswith("&&"):
        cp = rest[:-2]
    else:
        cp, cp_defects = _unclosed_data_area(rest, bool(found))
        defects += cp_defects
    if len(segment) > STANDARD_SEGMENT_BYTES:
        defects += ("long_segment",)
    if qn and not (len(qn) == _QN_DIGITS and qn.isdecimal()):
        defects += ("bad_qn",)
    return Packet(
        cn=header.cn,
        mn=header.mn,
        qn=qn,
        st=header.st,
        pw=header.pw,
        flag=header.flag,
        pnum=header.pnum,
        pno=header.pno,
        cp=cp,
        extra=header.extra,
        defects=header.defects + defects,
    )


def _unclosed_data_area(rest: str, found: bool) -> tuple[str, tuple[str, ...]]:
    if not found:
        return "", ("no_data_area",)
    return rest.partition("&&")[0], ("unclosed_data_area",)


def _read_header(text: str) -> _Header:
    fields: dict[str, str] = {}
    defects: list[str] = []
    for item in text.split(";"):
        name, equals, value = item.partition("=")
        if not equals:
            defects.append("bad_header_field")
        elif name in fields:
            defects.append("repeated_header_field")
        else:
            fields[name] = value
    flag = _number(fields, "Flag", 255, defects)
    pnum = _number(fields, "PNUM", 9999, defects) or 0
    pno = _number(fields, "PNO", 9999, defects) or 0
    defects += [code for name, code in _WANTED if not fields.get(name)]
    extra = tuple((name, value) for name, value in fields.items() if name not in _HEADER_FIELDS)
    cn, mn, qn, st, pw = (fields.get(name, "") for name in ("CN", "MN", "QN", "ST", "PW"))
    return _Header(cn, mn, qn, st, pw, flag, pnum, pno, extra, tuple(defects))


# All of a station's packets of one kind share what follows QN, so it is read once. Long headers
# stay out, so that nobody can fill memory with them.
_header = lru_cache(maxsize=16_384)(_read_header)
_CACHED_HEADER_CHARS = 200
_WANTED = (("MN", "no_mn"), ("ST", "no_st"), ("PW", "no_pw"))


def _number(fields: dict[str, str], name: str, high: int, defects: list[str]) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= high:
        return int(text)
    defects.append(f"bad_{name.lower()}")
    return None


def encode_segment(packet: Packet) -> bytes:
    """The segment of a packet, fields in the standard's order. Raises EncodingError."""
    head = [f"QN={packet.qn}"] if packet.qn else []
    head += [f"ST={packet.st}", f"CN={packet.cn}", f"PW={packet.pw}", f"MN={packet.mn}"]
    if packet.flag is not None:
        head.append(f"Flag={packet.flag}")
    if packet.pnum:
        head += [f"PNUM={packet.pnum}", f"PNO={packet.pno}"]
    if packet.extra:
        head += [f"{name}={value}" for name, value in packet.extra]
    text = ";".join(head)
    if text.count(";") >= len(head):
        culprits = [item.partition("=")[0] for item in head if ";" in item]
        raise EncodingError("mark_in_field", culprits[0])
    if "&&" in packet.cp:
        raise EncodingError("mark_in_field", "CP")
    segment = f"{text}{_CP}{packet.cp}&&"
    for mark in _FRAME_MARKS:
        if mark in segment:
            raise EncodingError("mark_in_field", repr(mark))
    return segment.encode()


def encode_frame(segment: bytes) -> bytes:
    """Mark, length, segment, checksum, CR LF. Raises EncodingError beyond four digits of length."""
    if len(segment) > 9999:
        raise EncodingError("too_long", str(len(segment)))
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc(segment))


def encode(packet: Packet) -> bytes:
    """The frame of one packet, never split."""
    return encode_frame(encode_segment(packet))


def encode_split(packet: Packet, limit_bytes: int = STANDARD_SEGMENT_BYTES) -> list[bytes]:
    """Frames of a packet, split at factors (``;``) where one would pass the limit.

    A single factor longer than the limit goes out in a frame of its own beyond the limit.
    """
    if len(encode_segment(packet)) <= limit_bytes:
        return [encode(packet)]
    flag = (packet.flag or 0) | SPLIT
    longest = replace(packet, flag=flag, pnum=9999, pno=9999, cp="")
    parts = _split_items(packet.cp, limit_bytes - len(encode_segment(longest)))
    count = len(parts)
    if count == 1:
        return [encode(packet)]
    return [
        encode(replace(packet, flag=flag, pnum=count, pno=number, cp=cp))
        for number, cp in enumerate(parts, start=1)
    ]


def _split_items(cp: str, room_bytes: int) -> list[str]:
    parts: list[list[str]] = [[]]
    used = 0
    for factor in _factors(cp):
        size = len(factor.encode()) + 1
        if parts[-1] and used + size > room_bytes:
            parts.append([])
            used = 0
        parts[-1].append(factor)
        used += size
    return [";".join(part) for part in parts]


def _factors(cp: str) -> list[str]:
    """The texts between semicolons, a log text between // counting as a whole."""
    factors: list[str] = []
    for item, separator in split_items(cp):
        if separator == ",":
            factors[-1] += "," + item
        else:
            factors.append(item)
    return factors
