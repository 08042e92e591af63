"""Commands on their way: taken from the outbox, sent as messages, followed to their end."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ipudong.gateway import figures
from ipudong.gateway.jt808.requests import BadCommand, Request, make_requests
from ipudong.gateway.outbox import ANSWERED, REFUSED, TIMED_OUT, Ended, Outgoing
from ipudong.protocols.jt808.events import CommandEnded
from ipudong.protocols.jt808.exchange import ExchangeError, State
from ipudong.protocols.jt808.fields import EncodeError

if TYPE_CHECKING:
    from ipudong.gateway.jt808.connection import Connection
    from ipudong.gateway.jt808.server import Server

UPDATE: Final = "update_firmware"
MAX_TEXT: Final = 1000
MAX_LIST: Final = 200


@dataclass(slots=True)
class _Underway:
    """A command of the outbox, and the messages of it that are still to be sent."""

    id: int
    thing_id: int
    phone: str
    rest: list[Request]
    answer: dict[str, Any] = field(default_factory=dict)


class Commands:
    """The commands of one server; each message of one is sent when the one before it was done."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._underway: dict[tuple[int, int], _Underway] = {}  # by thing and serial
        self._ended: list[Ended] = []

    def start(self, outgoing: Outgoing) -> None:
        """Send a command to its vehicle, or note why it cannot be sent."""
        connection = self._server.find_connected(outgoing.thing_id)
        if connection is None:
            self._end(outgoing.id, REFUSED, {"reason": "not_connected"})
            return
        device, edition = connection.describe(outgoing.thing_id)
        try:
            requests = make_requests(outgoing.command, outgoing.arguments, edition)
        except BadCommand as error:
            self._end(outgoing.id, REFUSED, {"reason": str(error).strip()})
            return
        underway = _Underway(outgoing.id, outgoing.thing_id, device.identity, requests)
        self._send_next(connection, underway)
        if outgoing.command == UPDATE:
            version = str(outgoing.arguments.get("version", ""))
            self._server.attributes.expect(outgoing.thing_id, version)

    def _send_next(self, connection: "Connection", underway: _Underway) -> None:
        request = underway.rest.pop(0)
        try:
            serial = connection.send(underway.phone, request)
        except (ExchangeError, EncodeError, ValueError, TypeError, KeyError) as error:
            self._end(underway.id, REFUSED, {"reason": f"not_sent {error}"[:MAX_TEXT]})
            return
        self._underway[underway.thing_id, serial] = underway

    def end(self, connection: "Connection", thing_id: int, event: CommandEnded) -> None:
        """A message of a command was answered, refused or given up."""
        command = event.command
        underway = self._underway.pop((thing_id, command.serial), None)
        if underway is None:
            return
        if event.result is not None:
            underway.answer["result"] = event.result
        if event.message is not None:
            underway.answer |= {
                "message": event.message.name,
                "data": to_plain(event.message.values),
            }
        if command.state is State.FINISHED and underway.rest:
            self._send_next(connection, underway)
            return
        self._end(underway.id, _STATES.get(command.state, TIMED_OUT), underway.answer)

    def drop(self, thing_id: int) -> None:
        """A vehicle's connection ended: nothing it was asked will be answered."""
        for key, underway in list(self._underway.items()):
            if underway.thing_id == thing_id:
                del self._underway[key]
                self._end(underway.id, TIMED_OUT, {"reason": "disconnected"})

    def take_ended(self) -> list[Ended]:
        """Commands that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _end(self, command_id: int, state: str, answer: dict[str, Any]) -> None:
        figures.COMMANDS.labels(state).inc()
        self._ended.append(Ended(command_id, state, answer))


def to_plain(value: Any) -> Any:
    """Values of a message as JSON has them, cut to what a page can show; bytes as hexadecimal."""
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in list(value.items())[:MAX_LIST]}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value[:MAX_LIST]]
    if isinstance(value, bytes):
        return value[: MAX_TEXT // 2].hex()
    return value[:MAX_TEXT] if isinstance(value, str) else value


_STATES = {
    State.FINISHED: ANSWERED,
    State.REFUSED: REFUSED,
    State.TIMED_OUT: TIMED_OUT,
}
