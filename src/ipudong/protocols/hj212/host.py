"""The platform's side of a connection: answers to stations, requests to them, no I/O, no clock."""

from collections.abc import Callable

from ipudong.protocols.hj212.commands import (
    DATA_ANSWER,
    EXECUTION_RESULT,
    NOTICE_ANSWER,
    REQUEST_ANSWER,
    ExeRtn,
    Kind,
    QnRtn,
    encode_answer,
    kind_from_platform,
    kind_from_station,
    read_code,
)
from ipudong.protocols.hj212.events import (
    AnswerUnmatched,
    DataReceived,
    ExchangeAccepted,
    ExchangeEnded,
    HostEvent,
    NoticeReceived,
    PacketRefused,
    Send,
    UnknownReceived,
)
from ipudong.protocols.hj212.exchange import Exchange, ExchangeError, Exchanges, State, Step
from ipudong.protocols.hj212.framing import DEFAULT_LIMIT_BYTES
from ipudong.protocols.hj212.intake import Intake
from ipudong.protocols.hj212.packet import Packet, encode

# MN and PW of a packet to a QnRtn code: READY, WRONG_MN or WRONG_PASSWORD.
CheckIdentity = Callable[[str, str], int]


def accept_everyone(mn: str, pw: str) -> int:
    """The identity check of an open platform."""
    return QnRtn.READY


class HostSession:
    """One connection seen from the platform. `now` is seconds of any monotonic clock.

    An upload refused for its MN or PW gets no 9014: that would tell the station to forget data
    nobody kept. The standard gives such an upload no answer of its own; 9011 is the one message
    that has codes for both, so it is sent (when an answer was wanted) and the station may stop.
    """

    def __init__(
        self,
        *,
        check_identity: CheckIdentity = accept_everyone,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        accept: frozenset[str] = frozenset(),
        exchanges: Exchanges | None = None,
    ) -> None:
        self._check_identity = check_identity
        self._intake = Intake(limit_bytes, accept)
        self._exchanges = exchanges or Exchanges()

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished frame is held; its owner bounds how long."""
        return self._intake.buffered_bytes

    def receive_data(self, data: bytes, now: float) -> list[HostEvent]:
        """Take the next bytes from the station; tell what they said, in order."""
        events: list[HostEvent] = []
        for found in self._intake.receive(data):
            if not isinstance(found, Packet):
                events.append(found)
                continue
            code = self._check_identity(found.mn, found.pw)
            if code != QnRtn.READY:
                events.append(self._refuse(found, code))
            elif found.is_split:
                events += self._join(found, now)
            else:
                events.append(self._dispatch(found, now))
        return events

    def send(self, packet: Packet, now: float) -> bytes:
        """The bytes of a request or notice, its answer awaited from now on.

        Raises ExchangeError if the QN is missing or in use, or the command is no request.
        """
        kind = kind_from_platform(packet)
        if kind is None or kind is Kind.ANSWER:
            raise ExchangeError("no_request")
        return self._exchanges.start(kind, packet, encode(packet), now).data

    def tick(self, now: float) -> list[HostEvent]:
        """What time alone brought: packets to send again, requests and split packets given up."""
        events: list[HostEvent] = [_told(exchange) for exchange in self._exchanges.expire(now)]
        events += self._intake.expire(now)
        return events

    def _join(self, part: Packet, now: float) -> list[HostEvent]:
        whole, abandoned = self._intake.join(part, now)
        events: list[HostEvent] = list(abandoned)
        if whole is not None:
            events.append(self._dispatch(whole, now))
        return events

    def _refuse(self, packet: Packet, code: int) -> PacketRefused:
        answer = None
        if kind_from_station(packet) is not Kind.ANSWER:
            answer = encode_answer(packet, REQUEST_ANSWER, f"QnRtn={code}")
        return PacketRefused(packet, code, answer)

    def _dispatch(self, packet: Packet, now: float) -> HostEvent:
        kind = kind_from_station(packet)
        if kind is Kind.UPLOAD:
            request = self._exchanges.take(packet.qn, Step.DATA, now)
            return DataReceived(packet, encode_answer(packet, DATA_ANSWER), request)
        if kind is Kind.ANSWER:
            return self._receive_answer(packet, now)
        if kind is Kind.NOTICE:
            return NoticeReceived(packet, encode_answer(packet, NOTICE_ANSWER))
        # 1xxx are settings and notices in every edition, the rest carries data.
        cn = NOTICE_ANSWER if packet.cn.startswith("1") else DATA_ANSWER
        return UnknownReceived(packet, encode_answer(packet, cn))

    def _receive_answer(self, packet: Packet, now: float) -> HostEvent:
        step, code = _read_answer(packet)
        exchange = self._exchanges.take(packet.qn, step, now)
        if exchange is None:
            return AnswerUnmatched(packet)
        if exchange.state is State.ACCEPTED:
            return ExchangeAccepted(exchange)
        return ExchangeEnded(exchange, code)


def _read_answer(packet: Packet) -> tuple[Step, int | None]:
    if packet.cn == REQUEST_ANSWER:
        code = read_code(packet, "QnRtn", QnRtn.UNKNOWN)
        return (Step.ACCEPT if code == QnRtn.READY else Step.REFUSE), code
    if packet.cn == EXECUTION_RESULT:
        return Step.RESULT, read_code(packet, "ExeRtn", ExeRtn.FAILED)
    return (Step.NOTICED if packet.cn == NOTICE_ANSWER else Step.ACKNOWLEDGED), None


def _told(exchange: Exchange) -> HostEvent:
    if exchange.state is State.SENT:
        return Send(exchange.data, exchange)
    return ExchangeEnded(exchange)
