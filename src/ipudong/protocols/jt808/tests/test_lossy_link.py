"""Two sessions over a wire that loses and spoils packets: nothing acknowledged is ever lost."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import (
    AuthenticationRequested,
    BatchReceived,
    CommandEnded,
    LocationReceived,
    PlatformEvent,
    Send,
)
from ipudong.protocols.jt808.exchange import State
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import encode_body
from ipudong.protocols.jt808.platform_session import PlatformSession
from ipudong.protocols.jt808.terminal_session import Phase, TerminalSession

FATES = st.sampled_from(["arrives", "arrives", "lost", "spoiled", "cut", "doubled"])
MINUTES = 10


class NoDevice:
    """A terminal that only reports."""

    def __init__(self) -> None:
        self.parameters: dict[int, Any] = {}
        self.attributes: dict[str, Any] = {}
        self.driver: dict[str, Any] = {}

    def read_location(self) -> dict[str, Any]:
        return {}

    def execute(self, message: Message) -> int:
        return 3


def carry(packet: bytes, fate: str) -> bytes:
    """What the wire makes of a packet."""
    if fate == "lost":
        return b""
    if fate == "doubled":
        return packet + packet
    if fate == "cut":
        return packet[: len(packet) // 2]
    if fate == "spoiled":  # one bit, which the checksum always sees
        return packet[:1] + bytes((packet[1] ^ 1,)) + packet[2:]
    return packet


class Wire:
    """Both sides, and a fate for each packet between them."""

    def __init__(self, edition: Edition, fates: list[str]) -> None:
        self._left = iter(fates)
        self.platform = PlatformSession()
        self.terminal = TerminalSession(
            phone="13800138000", edition=edition, device=NoDevice(), registration={}, code="code"
        )
        self.stored: set[bytes] = set()
        self.ended: dict[int, CommandEnded] = {}

    def spoil(self, data: bytes) -> bytes:
        packets = [b"\x7e" + piece + b"\x7e" for piece in data.split(b"\x7e") if piece]
        return b"".join([carry(packet, next(self._left, "arrives")) for packet in packets])

    def up(self, data: bytes) -> None:
        for event in self.platform.receive_data(self.spoil(data), 0.0):
            if (answer := self.answer(event)) is not None:
                self.down(answer)

    def answer(self, event: PlatformEvent) -> bytes | None:
        if isinstance(event, AuthenticationRequested):
            return self.platform.answer_authentication(event, True)
        if isinstance(event, LocationReceived):
            self.stored.add(event.frame.body)
            return self.platform.answer(event.frame)
        if isinstance(event, BatchReceived):
            self.stored.update(event.reports)
            return self.platform.answer(event.frame)
        return None

    def down(self, data: bytes) -> None:
        for event in self.terminal.receive_data(self.spoil(data), 0.0):
            if isinstance(event, CommandEnded):
                self.ended[event.command.serial] = event
            elif isinstance(event, Send):
                self.up(event.data)

    def wait(self, now: float) -> None:
        for heard in self.platform.tick(now):
            if isinstance(heard, Send):
                self.down(heard.data)
        for event in self.terminal.tick(now):
            if isinstance(event, Send):
                self.up(event.data)
            elif isinstance(event, CommandEnded):
                self.ended[event.command.serial] = event


def make_location(number: int) -> dict[str, Any]:
    place = {"latitude": 31.2, "longitude": 121.5, "altitude": number}
    return {"location": {**place, "time": "2026-11-22T08:20:00"}}


@settings(deadline=None, max_examples=60)
@given(st.lists(FATES, max_size=40), st.sampled_from([Edition.V2013, Edition.V2019]))
def test_what_the_terminal_forgets_the_platform_has(fates: list[str], edition: Edition) -> None:
    wire = Wire(edition, fates)
    terminal = wire.terminal
    (authenticate,) = wire.platform.receive_data(terminal.connect(0.0), 0.0)
    assert isinstance(authenticate, AuthenticationRequested)
    terminal.receive_data(wire.platform.answer_authentication(authenticate, True), 0.0)
    assert terminal.phase is Phase.ONLINE

    sent: dict[int, set[bytes]] = {}
    for number in range(4):
        sent[number + 1] = {encode_body(0x0200, make_location(number), edition)}
        wire.up(terminal.send(0x0200, make_location(number), 0.0))
    reports = [encode_body(0x0200, make_location(100 + n), edition) for n in range(90)]
    sent[5] = set(reports)
    wire.up(terminal.send(0x0704, {"batch_type": 1, "reports": reports}, 0.0))
    for moment in range(1, 60 * MINUTES):
        wire.wait(float(moment))

    assert set(wire.ended) == set(sent)
    for serial, event in wire.ended.items():
        if event.command.state is State.FINISHED:
            assert sent[serial] <= wire.stored
    assert terminal.unanswered == 0
    if len(fates) <= 3:  # no message can lose more than its resends
        assert {event.command.state for event in wire.ended.values()} == {State.FINISHED}
