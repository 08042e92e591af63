"""Commands of the outbox through the other broker, and the answers that come back."""

from typing import Any, Final

import orjson
from msgspec import Struct

from ipudong.city.sensing.directory import Device
from ipudong.gateway import figures
from ipudong.gateway.bridge.link import Link
from ipudong.gateway.outbox import ANSWERED, REFUSED, TIMED_OUT, Ended, Outgoing
from ipudong.gateway.payloads.topics import make_topic
from ipudong.gateway.records import Records

MAX_ANSWER_BYTES: Final = 16 * 1024


class _Underway(Struct):
    thing_id: int
    until: float


class BridgeCommands:
    """The same topics and bodies as at our own broker (`gateway.mqtt.commands`)."""

    def __init__(self, link: Link, records: Records, timeout_s: float) -> None:
        self._link = link
        self._records = records
        self._timeout_s = timeout_s
        self._underway: dict[int, _Underway] = {}
        self._ended: list[Ended] = []

    def start(self, outgoing: Outgoing, device: Device | None, now: float) -> None:
        """Send a command, or note why it cannot be sent."""
        body = {"id": outgoing.id, "command": outgoing.command, "arguments": outgoing.arguments}
        topic = make_topic(device.identity, f"commands/{outgoing.id}") if device else ""
        if not topic or not self._link.publish(topic, orjson.dumps(body, default=dict), 1):
            self._end(outgoing.id, REFUSED, {"reason": "not_connected"})
            return
        self._underway[outgoing.id] = _Underway(outgoing.thing_id, now + self._timeout_s)

    def take_answer(self, device: Device, path: str, payload: bytes) -> None:
        """A device answered on `commands/{id}/answer`; anything else under it is ours."""
        number, _, last = path.partition("/")
        if last != "answer":
            return
        command_id = int(number) if number.isdecimal() and len(number) < 16 else 0
        underway = self._underway.get(command_id)
        if underway is None or underway.thing_id != device.thing_id:
            self._records.note_count(device.thing_id, "unmatched_answer")
            return
        del self._underway[command_id]
        answer = read_answer(payload)
        self._end(command_id, REFUSED if answer.get("state") == REFUSED else ANSWERED, answer)

    def tick(self, now: float) -> None:
        """Give up commands that are not answered in time."""
        for command_id in [key for key, row in self._underway.items() if now >= row.until]:
            del self._underway[command_id]
            self._end(command_id, TIMED_OUT, {"reason": "no_answer"})

    def take_ended(self) -> list[Ended]:
        """Commands that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _end(self, command_id: int, state: str, answer: dict[str, Any]) -> None:
        figures.COMMANDS.labels(state).inc()
        self._ended.append(Ended(command_id, state, answer))


def read_answer(payload: bytes) -> dict[str, Any]:
    """A JSON object as it is, anything else as text."""
    if len(payload) <= MAX_ANSWER_BYTES:
        try:
            found = orjson.loads(payload)
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, dict):
            return found
    return {"text": payload[:1000].decode(errors="replace")}
