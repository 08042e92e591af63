"""What a session tells its owner."""

from typing import TypeAlias

from msgspec import Struct

from ipudong.protocols.hj212.exchange import Exchange
from ipudong.protocols.hj212.framing import BadFrame
from ipudong.protocols.hj212.packet import Packet


class FrameRejected(Struct, frozen=True):
    """Bytes that were no frame; count and keep them, the connection goes on."""

    bad: BadFrame


class PacketRejected(Struct, frozen=True):
    """A frame whose segment is no packet."""

    code: str
    raw: bytes


class SplitAbandoned(Struct, frozen=True):
    """Parts of a packet that never became whole."""

    code: str
    parts: tuple[Packet, ...]


class Send(Struct, frozen=True):
    """Bytes to put on the wire now: an answer, or an exchange sent again."""

    data: bytes
    exchange: Exchange | None = None


class DataReceived(Struct, frozen=True, gc=False):
    """Data of a station, whole. `answer` (9014, None if not wanted) is sent once it is durable.

    `request` is the exchange the data answers, if it answers one.
    """

    packet: Packet
    answer: bytes | None
    request: Exchange | None = None


class NoticeReceived(Struct, frozen=True):
    """A notice (2072 alarm, 1013 asks for the time); `answer` is its 9013, None if not wanted."""

    packet: Packet
    answer: bytes | None


class UnknownReceived(Struct, frozen=True):
    """A command this code does not know, such as 2025 added: keep it raw, then send `answer`."""

    packet: Packet
    answer: bytes | None


class PacketRefused(Struct, frozen=True):
    """An unknown MN (code 4) or a wrong PW (code 3): quarantine it. Never a 9014; a 9011."""

    packet: Packet
    code: int
    answer: bytes | None


class AnswerUnmatched(Struct, frozen=True):
    """An answer to nothing that is open: late, doubled, or for another session."""

    packet: Packet


class ExchangeAccepted(Struct, frozen=True):
    """The station will execute the request."""

    exchange: Exchange


class ExchangeEnded(Struct, frozen=True):
    """An exchange reached its end; its state says how.

    `code` is the ExeRtn of a finished request, the QnRtn of a refused one, else None.
    """

    exchange: Exchange
    code: int | None = None


class RequestExecuted(Struct, frozen=True):
    """A station did what the platform asked; `code` is its ExeRtn."""

    packet: Packet
    code: int


class RequestRefused(Struct, frozen=True):
    """A station would not do what the platform asked; `code` is its QnRtn."""

    packet: Packet
    code: int


Rejection: TypeAlias = FrameRejected | PacketRejected | SplitAbandoned
HostEvent: TypeAlias = (
    Rejection
    | DataReceived
    | NoticeReceived
    | UnknownReceived
    | PacketRefused
    | AnswerUnmatched
    | ExchangeAccepted
    | ExchangeEnded
    | Send
)
StationEvent: TypeAlias = (
    Rejection
    | Send
    | NoticeReceived
    | AnswerUnmatched
    | RequestExecuted
    | RequestRefused
    | ExchangeEnded
)
