"""Commands of the outbox as messages to devices, and the answers that come back."""

from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson
from msgspec import Struct

from ipudong.city.sensing.directory import Device
from ipudong.gateway import figures
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.messages import Message
from ipudong.gateway.outbox import ANSWERED, REFUSED, TIMED_OUT, Ended, Outgoing

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

MAX_ANSWER_BYTES: Final = 16 * 1024
DELIVERED: Final = "delivered"  # no end yet, but told to the outbox like one
JSON: Final = "application/json"


class _Underway(Struct):
    thing_id: int
    until: float
    is_delivered: bool = False


class Commands:
    """Publishes a command to `v1/devices/{identity}/commands/{id}` at QoS 1; the device answers on
    the same topic followed by `/answer`, with a JSON object: `state` "answered" (the default) or
    "refused", and whatever else it has to say. It is delivered with the PUBACK."""

    def __init__(self, broker: "Broker", timeout_s: float) -> None:
        self._broker = broker
        self._timeout_s = timeout_s
        self._underway: dict[int, _Underway] = {}
        self._ended: list[Ended] = []

    def start(self, outgoing: Outgoing) -> None:
        """Send a command, or note why it cannot be sent."""
        broker = self._broker
        clients = broker.find_clients(outgoing.thing_id)
        device = next((client.device for client in clients if client.device is not None), None)
        if device is None:
            self._end(outgoing.id, REFUSED, {"reason": "not_connected"})
            return
        body = {"id": outgoing.id, "command": outgoing.command, "arguments": outgoing.arguments}
        topic = f"{access.folder_of(device.identity)}commands/{outgoing.id}"
        if not self._is_heard(device, topic):
            self._end(outgoing.id, REFUSED, {"reason": "not_subscribed"})
            return
        until = broker.monotonic() + self._timeout_s
        self._underway[outgoing.id] = _Underway(outgoing.thing_id, until)
        payload = orjson.dumps(body, default=dict)
        message = Message(topic, payload, 1, False, {"content_type": JSON}, until)
        message.command_id = outgoing.id
        broker.accept(message)

    def _is_heard(self, device: Device, topic: str) -> bool:
        keys = {client.session.key for client in self._broker.find_clients(device.thing_id)}
        entries = self._broker.subscriptions.match(topic).entries
        return any(row[0].key in keys for row in entries)

    def take_answer(self, device: Device, topic: str, payload: bytes) -> None:
        """A device answered; answers to nothing asked are counted only."""
        number = topic.split("/")[-2]
        command_id = int(number) if number.isdecimal() and len(number) < 16 else 0
        underway = self._underway.get(command_id)
        if underway is None or underway.thing_id != device.thing_id:
            self._broker.records.note_count(device.thing_id, "unmatched_answer")
            return
        del self._underway[command_id]
        answer = _read_answer(payload)
        state = REFUSED if answer.get("state") == REFUSED else ANSWERED
        self._end(command_id, state, answer)

    def note_delivered(self, command_id: int) -> None:
        """The device has acknowledged the message; it may still answer."""
        underway = self._underway.get(command_id)
        if underway is not None and not underway.is_delivered:
            underway.is_delivered = True
            self._ended.append(Ended(command_id, DELIVERED, {}))

    def drop_thing(self, thing_id: int) -> None:
        """A device left without a session to come back to: it will not answer."""
        for command_id, underway in list(self._underway.items()):
            if underway.thing_id == thing_id:
                self._time_out(command_id, "disconnected")

    def tick(self, now: float) -> None:
        """Give up commands that are not answered in time."""
        for command_id, underway in list(self._underway.items()):
            if now >= underway.until:
                self._time_out(command_id, "no_answer")

    def take_ended(self) -> list[Ended]:
        """Commands that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _time_out(self, command_id: int, reason: str) -> None:
        underway = self._underway.pop(command_id)
        if not underway.is_delivered:  # else it stays as delivered: not every device answers
            self._end(command_id, TIMED_OUT, {"reason": reason})

    def _end(self, command_id: int, state: str, answer: dict[str, Any]) -> None:
        figures.COMMANDS.labels(state).inc()
        self._ended.append(Ended(command_id, state, answer))


def _read_answer(payload: bytes) -> dict[str, Any]:
    """A JSON object as it is, anything else as text."""
    if len(payload) <= MAX_ANSWER_BYTES:
        try:
            found = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            found = None
        if isinstance(found, dict):
            return found
    return {"text": payload[:1000].decode(errors="replace")}
