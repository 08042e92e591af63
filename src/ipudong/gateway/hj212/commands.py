"""Commands on their way: taken from the outbox, sent, followed to their end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from ipudong.gateway import figures
from ipudong.gateway.hj212.requests import BadCommand, Request, make_request
from ipudong.gateway.hj212.station import Station
from ipudong.gateway.outbox import ANSWERED, REFUSED, TIMED_OUT, Ended, Outgoing
from ipudong.protocols.hj212.commands import ExeRtn
from ipudong.protocols.hj212.exchange import Exchange, ExchangeError, State
from ipudong.protocols.hj212.packet import ANSWER_WANTED, EncodingError, Packet
from ipudong.protocols.hj212.times import format_qn

if TYPE_CHECKING:
    from ipudong.gateway.hj212.server import Server

log = structlog.get_logger()

MAX_ANSWER_PACKETS = 5
MAX_ANSWER_CHARS = 1000


@dataclass(slots=True)
class _Underway:
    id: int
    thing_id: int
    data: list[str] = field(default_factory=list)
    packets: int = 0


class Commands:
    """The requests of one server. QNs are unique over all its connections."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._underway: dict[str, _Underway] = {}
        self._ended: list[Ended] = []
        self._last_qn_at: datetime | None = None

    def start(self, outgoing: Outgoing) -> None:
        """Send a command to its station, or note why it cannot be sent."""
        station = self._server.find_connected(outgoing.thing_id)
        try:
            request = make_request(outgoing.command, outgoing.arguments, self._server.now())
            if station is None:
                raise BadCommand("not_connected")
            qn = self._send(station, request)
        except (BadCommand, ExchangeError, EncodingError) as error:
            self._end(outgoing.id, REFUSED, {"reason": str(error).strip()})
            return
        self._underway[qn] = _Underway(outgoing.id, outgoing.thing_id)

    def set_time(self, station: Station, asked_by: Packet) -> None:
        """Answer a station that asks for the time (1013) with ours (1012)."""
        station.heard = asked_by
        try:
            self._send(station, make_request("set_time", {}, self._server.now()))
        except (ExchangeError, EncodingError) as error:
            log.info("hj212_time_not_sent", reason=str(error))

    def note_data(self, qn: str, packet: Packet) -> None:
        """Data came that answers a request."""
        underway = self._underway.get(qn)
        if underway is None:
            return
        underway.packets += 1
        if len(underway.data) < MAX_ANSWER_PACKETS:
            underway.data.append(packet.cp[:MAX_ANSWER_CHARS])

    def end(self, exchange: Exchange, code: int | None) -> None:
        """An exchange reached its end."""
        underway = self._underway.pop(exchange.packet.qn, None)
        if underway is None:
            return
        state = _STATES.get(exchange.state, TIMED_OUT)
        if exchange.state is State.FINISHED and code not in (None, ExeRtn.SUCCEEDED):
            state = REFUSED
        answer: dict[str, Any] = {"packets": underway.packets, "data": underway.data}
        if code is not None:
            answer["QnRtn" if exchange.state is State.REFUSED else "ExeRtn"] = code
        self._end(underway.id, state, answer)

    def drop_station(self, thing_id: int) -> None:
        """A station's connection ended: nothing it was asked will be answered."""
        for qn, underway in list(self._underway.items()):
            if underway.thing_id == thing_id:
                del self._underway[qn]
                self._end(underway.id, TIMED_OUT, {"reason": "disconnected"})

    def take_ended(self) -> list[Ended]:
        """Commands that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _end(self, command_id: int, state: str, answer: dict[str, Any]) -> None:
        figures.COMMANDS.labels(state).inc()
        self._ended.append(Ended(command_id, state, answer))

    def _send(self, station: Station, request: Request) -> str:
        heard, connection = station.heard, station.connection
        if heard is None or connection is None:
            raise BadCommand("not_connected")
        qn = self._next_qn()
        packet = Packet(
            qn=qn,
            st=heard.st,
            cn=request.cn,
            pw=heard.pw,
            mn=heard.mn,
            flag=heard.version << 2 | ANSWER_WANTED,
            cp=request.cp,
        )
        connection.send(packet, self._server.monotonic())
        return qn

    def _next_qn(self) -> str:
        """A QN later than every one before, in whole milliseconds."""
        moment = self._server.now()
        last = self._last_qn_at
        if last is not None and moment < last + timedelta(milliseconds=1):
            moment = last + timedelta(milliseconds=1)
        self._last_qn_at = moment
        return format_qn(moment)


_STATES = {
    State.FINISHED: ANSWERED,
    State.REFUSED: REFUSED,
    State.TIMED_OUT: TIMED_OUT,
}
