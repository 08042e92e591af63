"""The bridge as one of the gateway's doors: acknowledged there only when durable here."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from paho.mqtt.client import topic_matches_sub

from ipudong.city.sensing.directory import Device, Directory
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway import figures
from ipudong.gateway.bridge import options
from ipudong.gateway.bridge.commands import BridgeCommands
from ipudong.gateway.bridge.link import Arrived, Link
from ipudong.gateway.mqtt.options import ANSWER_TIMEOUT_S
from ipudong.gateway.outbox import Ended, Outgoing
from ipudong.gateway.payloads.interpreter import PROTOCOL, PayloadInterpreter
from ipudong.gateway.payloads.targets import UNKNOWN_IDENTITY
from ipudong.gateway.payloads.topics import find_device_topic
from ipudong.gateway.snapshot import Snapshot

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway

log = structlog.get_logger()

NAME: Final = "mqtt_bridge"
PEER: Final = "bridge"
HEARD_S: Final = 600.0  # a device heard within this can be sent a command
GIVE_UP_S: Final = 30.0  # for a datastream that does not come: others wait behind it
RAW_KEPT_BYTES: Final = 4096
_COMMANDS: Final = "commands"


class BridgeDoor:
    """Takes the messages of devices from another broker. Closed unless a broker is set."""

    name = NAME

    def __init__(self, gateway: "Gateway", clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._clock = clock
        self._link: Link | None = None
        self._commands: BridgeCommands | None = None
        self._interpreter = PayloadInterpreter(
            gateway.pipeline, gateway.records, self._find_directory, self._publish
        )
        self._filters: list[tuple[str, Device]] = []
        self._by_thing: dict[int, Device] = {}
        self._heard: OrderedDict[int, float] = OrderedDict()
        self._held: list[Arrived] = []  # for datastreams, or for a journal that takes nothing
        # By packet id the last message that is durable: a broker whose connection or memory broke
        # sends again what we have, and that must not count twice.
        self._durable: dict[int, bytes] = {}

    async def open(self) -> int:
        """Connect where the settings say; there is no port of our own."""
        if options.URL.get():
            self.connect(options.read_address(options.URL.get()))
        return 0

    def connect(self, address: options.Address) -> None:
        """Begin to connect, on the running loop."""
        self._link = Link(self._receive)
        self._commands = BridgeCommands(self._link, self._gateway.records, ANSWER_TIMEOUT_S.get())
        self._link.start(address)

    @property
    def warning(self) -> str:
        """Why the other broker is not reached; "" when it is, or when none is set."""
        link = self._link
        return "" if link is None or link.is_connected else link.reason

    def check(self) -> str:
        """For `/readyz`: the gateway works on without the other broker, so this only warns."""
        return f"warning: {self.warning}" if self.warning else "ok"

    def _find_directory(self) -> Directory:
        return self._gateway.snapshot.directory

    def _publish(self, topic: str, payload: bytes) -> bool:
        return self._link is not None and self._link.publish(topic, payload)

    # Messages.

    def _receive(self, messages: Sequence[Arrived]) -> None:
        """Take what came; what is durable is acknowledged, what must wait is held."""
        now, taken = self._clock(), []
        for message in messages:
            message.at = message.at or now
            if message.is_repeated and self._durable.get(message.mid) == _digest(message):
                self._acknowledge([message])
            elif self._take(message, now):
                taken.append(message)
            else:
                self._held.append(message)
        if taken:
            self._gateway.pipeline.wait(lambda error: self._settle(taken, error))

    def _take(self, message: Arrived, now: float) -> bool:
        """Whether the message was taken in, or needs nothing; False while it must wait."""
        place = find_device_topic(message.topic)
        device = self._find_device(message.topic)
        if device is None:
            if place is not None:
                self._quarantine(place.identity, message)
            return True
        self._heard[device.thing_id] = now
        self._heard.move_to_end(device.thing_id)
        if place is not None and place.part == _COMMANDS:
            if self._commands is not None:
                self._commands.take_answer(device, place.rest, message.payload)
            return True
        return self._interpret(device, message)

    def _interpret(self, device: Device, message: Arrived) -> bool:
        gateway = self._gateway
        now_us = gateway.now_us()
        taken = self._interpreter.take(
            device, message.topic, message.payload, message.content_type, now_us
        )
        if taken.awaits_channels:
            return False
        figures.FRAMES.labels(NAME).inc()
        gateway.records.note_frames(device.thing_id, 1, now_us, PEER)
        if taken.refusal:
            self._reject(device, message, taken.refusal)
        figures.READINGS.labels(NAME).inc(taken.rows)
        return True

    def _settle(self, messages: Sequence[Arrived], error: Exception | None) -> None:
        if error is None:
            self._acknowledge(messages)
        else:  # the broker sends nothing again while we are connected: we must keep it
            self._held.extend(messages)

    def _acknowledge(self, messages: Sequence[Arrived]) -> None:
        link = self._link
        for message in messages:
            if link is not None and link.acknowledge(message):
                figures.ACKNOWLEDGED.labels(NAME).inc()
            if message.qos:
                self._durable[message.mid] = _digest(message)

    def _find_device(self, topic: str) -> Device | None:
        place = find_device_topic(topic)
        if place is not None:
            return self._find_directory().find_device(PROTOCOL, place.identity)
        return next((row for name, row in self._filters if topic_matches_sub(name, topic)), None)

    def _quarantine(self, identity: str, message: Arrived) -> None:
        fields = self._interpreter.list_fields(message.topic, message.payload, message.content_type)
        self._gateway.records.note_quarantined(
            QuarantineRow(
                protocol=PROTOCOL,
                identity=identity,
                peer=PEER,
                raw=message.payload[:RAW_KEPT_BYTES],
                reason=UNKNOWN_IDENTITY,
                at=datetime.now(UTC),
                fields=fields,
            )
        )

    def _reject(self, device: Device, message: Arrived, code: str) -> None:
        self._gateway.records.note_rejected(
            RejectedRow(
                protocol=PROTOCOL,
                peer=PEER,
                code=code,
                raw=message.payload[:RAW_KEPT_BYTES],
                at=datetime.now(UTC),
                thing_id=device.thing_id,
            )
        )

    # Each second.

    def tick(self) -> None:
        """Offer again what was held; forget who was not heard for long."""
        now = self._clock()
        self._offer_again()
        self._give_up(now)
        while self._heard and next(iter(self._heard.values())) < now - HEARD_S:
            self._heard.popitem(last=False)
        if self._commands is not None:
            self._commands.tick(now)

    def _offer_again(self) -> None:
        """Those of a connection that is gone come again by themselves."""
        held, self._held = self._held, []
        life = self._link.life if self._link is not None else 0
        self._receive([message for message in held if message.life == life or not message.qos])

    def _give_up(self, now: float) -> None:
        """A promise of a profile that is not kept must not stop every other device. While the
        journal takes nothing, nothing is given up."""
        if self._gateway.pipeline.last_error is not None:
            return
        stale = [message for message in self._held if now - message.at > GIVE_UP_S]
        self._held = [message for message in self._held if now - message.at <= GIVE_UP_S]
        for message in stale:
            device = self._find_device(message.topic)
            if device is not None:
                self._reject(device, message, "no_datastreams")
        self._acknowledge(stale)

    def use_snapshot(self, snapshot: Snapshot) -> None:
        """Know these devices from now on."""
        devices = [
            device
            for (protocol, _), device in snapshot.directory.devices.items()
            if protocol == PROTOCOL
        ]
        self._by_thing = {device.thing_id: device for device in devices}
        self._filters = [
            (name, device) for device in devices for name in self._interpreter.list_filters(device)
        ]
        if self._held:
            self._offer_again()

    # Commands.

    def list_connected(self) -> list[int]:
        """Things heard lately: the other broker does not tell who is connected."""
        return list(self._heard) if self._link is not None and self._link.is_connected else []

    def start_command(self, outgoing: Outgoing) -> None:
        """Send a command of the outbox."""
        if self._commands is not None:
            self._commands.start(outgoing, self._by_thing.get(outgoing.thing_id), self._clock())

    def take_ended(self) -> list[Ended]:
        """Commands that were answered, refused or timed out."""
        return self._commands.take_ended() if self._commands is not None else []

    def stop_listening(self) -> None:
        """Nothing: what arrives is still taken until the end."""

    def close_connections(self) -> None:
        """Disconnect; what was not acknowledged comes again to our next session."""
        if self._link is not None:
            self._link.stop()
            self._link = None


def _digest(message: Arrived) -> bytes:
    return hashlib.sha256(message.topic.encode() + b"\0" + message.payload).digest()
