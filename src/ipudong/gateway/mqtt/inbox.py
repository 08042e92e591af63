"""Messages of one client: whose topic it is, into the pipeline, acknowledged when durable."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from ipudong.city.sensing.directory import Device
from ipudong.gateway import figures
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.intake import Incoming, Taken, TopicHandler
from ipudong.gateway.mqtt.messages import Message, make_message
from ipudong.gateway.mqtt.reporting import quarantine
from ipudong.protocols.mqtt.packets import PUBACK, PUBREC, V5, Acknowledgement, Publish
from ipudong.protocols.mqtt.reasons import (
    IMPLEMENTATION_SPECIFIC,
    NOT_AUTHORIZED,
    PAYLOAD_FORMAT_INVALID,
    RECEIVE_MAXIMUM_EXCEEDED,
    SUCCESS,
    MqttError,
)

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.client import Client

log = structlog.get_logger()

MAX_ROUTES = 512
MAX_RECEIVED = 8192  # QoS 2 messages of a 3.1.1 client between PUBREC and PUBREL


class Route(Struct, frozen=True):
    """Where the messages of one topic go. Nothing set: the topic is not the sender's."""

    device: Device | None = None
    handler: TopicHandler | None = None
    is_answer: bool = False
    is_stranger: bool = False


_DENIED = Route()


class Slot(Struct):
    """Acknowledgements in the order of their messages (4.6): filled when what they say is true."""

    data: bytes | None = None
    count: int = 0  # messages with QoS > 0 that it settles


class Batch(Struct):
    """Messages of one turn that become durable together."""

    slot: Slot
    answers: list[bytes] = []
    received: list[int] = []  # packet identifiers of QoS 2 among them
    messages: list[Message] = []
    rows: int = 0
    count: int = 0


class Inbox:
    """Takes a client's messages. Use it from one loop; `finish` ends each turn."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._broker = client.broker
        self._routes: dict[str, Route] = {}
        self._slots: deque[Slot] = deque()
        self._batch: Batch | None = None
        most = self._broker.bounds.receive_maximum  # which a 3.1.1 client does not know
        self._most_received = most if client.version == V5 else MAX_RECEIVED
        self.unacknowledged = 0
        self.refused = 0  # since the last turn

    def forget_routes(self) -> None:
        """Rights or devices changed."""
        self._routes.clear()

    def take(self, publish: Publish) -> None:
        """Take one message. Raises MqttError where the client goes beyond what it was told."""
        route = self._routes.get(publish.topic)
        if route is None:
            route = self._learn(publish.topic)
        if publish.qos:
            if publish.qos == 2 and self._is_repeated(publish.packet_id):
                return
            self._count_in()
        device = route.device
        if device is not None and not route.is_answer:
            self._take_reading(publish, device)
        elif route.handler is not None:
            self._hand_over(publish, route.handler)
        else:
            self._take_other(publish, route)

    def finish(self) -> None:
        """Have what was taken in this turn made durable."""
        batch, self._batch = self._batch, None
        if batch is not None:
            self._broker.pipeline.wait(partial(self._settle, batch))

    # Whose topic.

    def _learn(self, topic: str) -> Route:
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        route = self._routes[topic] = self._find_route(topic)
        return route

    def _find_route(self, topic: str) -> Route:
        client, broker = self._client, self._broker
        device = client.device
        if device is not None:
            if access.may_publish(device, topic, broker.list_filters(device)):
                parts = access.split_device_topic(topic)
                is_answer = parts is not None and access.is_answer(parts[1])
                return Route(device=device, is_answer=is_answer)
        elif client.rights is not None and client.rights.may_post:
            return self._find_integrators_route(topic)
        elif client.is_stranger and not topic.startswith("$"):
            return Route(is_stranger=True)
        return _DENIED

    def _find_integrators_route(self, topic: str) -> Route:
        handler = self._broker.find_handler(topic)
        if handler is not None:
            return Route(handler=handler)
        parts = access.split_device_topic(topic)
        if parts is None or parts[1].partition("/")[0] not in access.OWN_TOPICS:
            return _DENIED
        device = self._broker.find_device(parts[0])
        return _DENIED if device is None else Route(device=device)

    # What it brings.

    def _take_reading(self, publish: Publish, device: Device) -> None:
        taken = self._broker.interpret(device, publish.topic, publish.payload, publish.properties)
        if taken.refusal:
            self._refuse(publish, taken.refusal, PAYLOAD_FORMAT_INVALID, device)
            return
        if taken.awaits_channels:
            self._park(publish, device)
            return
        self._client.note_frame(device)
        batch = self._open_batch()
        batch.rows += taken.rows
        self._accept(batch, publish)

    def _accept(self, batch: Batch, publish: Publish) -> None:
        broker = self._broker
        if publish.retain or broker.subscriptions.match(publish.topic):
            batch.messages.append(self._to_message(publish))
        if publish.qos:
            self._answer(batch, publish, SUCCESS)

    def _to_message(self, publish: Publish) -> Message:
        message = make_message(
            publish.topic,
            publish.payload,
            publish.qos,
            publish.retain,
            publish.properties,
            self._broker.monotonic(),
        )
        message.origin = self._client.session.key
        return message

    def _take_other(self, publish: Publish, route: Route) -> None:
        if route.is_answer and route.device is not None:
            self._broker.commands.take_answer(route.device, publish.topic, publish.payload)
            self._client.note_frame(route.device)
        elif route.is_stranger:
            self.refused += 1
            quarantine(self._broker, self._client.identity, self._client.peer, publish)
        else:
            self._refuse(publish, "not_authorized", NOT_AUTHORIZED, self._client.device)
            return
        batch = self._open_batch()
        if publish.qos:
            self._answer(batch, publish, SUCCESS)

    def _refuse(self, publish: Publish, code: str, reason: int, device: Device | None) -> None:
        """Kept raw with its code; MQTT 5 is told, 3.1.1 can only be acknowledged (3.3.5)."""
        self.refused += 1
        self._client.reject(code, publish.payload, device)
        batch = self._open_batch()
        if publish.qos:
            self._answer(batch, publish, reason if self._client.version == V5 else SUCCESS)

    def _park(self, publish: Publish, device: Device) -> None:
        """Its datastreams are about to be made: it is offered again with the next directory."""
        slot = self._next_slot(int(publish.qos > 0))

        def retry(taken: Taken | None) -> None:
            batch = Batch(slot)
            if taken is None:
                self._client.end_unavailable()
            elif taken.refusal:
                self._client.reject(taken.refusal, publish.payload, device)
                reason = PAYLOAD_FORMAT_INVALID if self._client.version == V5 else SUCCESS
                self._settle_one(slot, publish, reason)
            else:
                self._client.note_frame(device)
                batch.rows = taken.rows
                slot.count = 0
                self._accept(batch, publish)
                self._broker.pipeline.wait(partial(self._settle, batch))

        self._broker.park(device, publish, retry)

    def _hand_over(self, publish: Publish, handler: TopicHandler) -> None:
        slot = self._next_slot(int(publish.qos > 0))
        incoming = Incoming(
            sender=self._client.sender,
            topic=publish.topic,
            payload=publish.payload,
            qos=publish.qos,
            retain=publish.retain,
            content_type=str(publish.properties.get("content_type", "")),
            now_us=self._broker.turn_us,
        )
        try:
            handler.receive(incoming, partial(self._settle_one, slot, publish))
        except Exception:
            log.exception("mqtt_handler_failed", topic=publish.topic[:200])
            figures.FAILED_STEPS.labels("mqtt_handler").inc()
            self._settle_one(slot, publish, IMPLEMENTATION_SPECIFIC)

    # QoS 2: at most once (4.3.3).

    def _is_repeated(self, packet_id: int) -> bool:
        received = self._client.session.received
        may_answer = received.get(packet_id)
        if may_answer is None:
            if len(received) >= self._most_received:
                raise MqttError(RECEIVE_MAXIMUM_EXCEEDED, "too many messages without PUBREL")
            received[packet_id] = False
            return False
        if may_answer:
            self._client.send(Acknowledgement(PUBREC, packet_id))
        return True

    def _count_in(self) -> None:
        self.unacknowledged += 1
        if self.unacknowledged > self._broker.bounds.receive_maximum and self._client.version == V5:
            raise MqttError(RECEIVE_MAXIMUM_EXCEEDED, "more unacknowledged messages than allowed")

    # Acknowledgements.

    def _open_batch(self) -> Batch:
        batch = self._batch
        if batch is None:
            slot = Slot()
            self._slots.append(slot)
            batch = self._batch = Batch(slot)
        return batch

    def _next_slot(self, count: int) -> Slot:
        self.finish()
        slot = Slot(count=count)
        self._slots.append(slot)
        return slot

    def _answer(self, batch: Batch, publish: Publish, reason: int) -> None:
        batch.count += 1
        if publish.qos == 2 and reason < 0x80:
            batch.received.append(publish.packet_id)
        elif publish.qos == 2:  # its PUBREC ends the message (4.3.3)
            self._client.session.received.pop(publish.packet_id, None)
        batch.answers.append(self._encode_answer(publish, reason))

    def _encode_answer(self, publish: Publish, reason: int) -> bytes:
        packet_id = publish.packet_id
        if not reason:
            head = b"\x40\x02" if publish.qos == 1 else b"\x50\x02"
            return head + packet_id.to_bytes(2)
        kind = PUBACK if publish.qos == 1 else PUBREC
        return self._client.codec.encode(Acknowledgement(kind, packet_id, reason))

    def _settle(self, batch: Batch, error: Exception | None) -> None:
        """All is durable, or was refused: then the client must send it again elsewhere or later."""
        client = self._client
        if error is not None:
            for packet_id in batch.received:
                client.session.received.pop(packet_id, None)
            client.end_unavailable()
            return
        tally = self._broker.tally
        tally.readings += batch.rows
        tally.acknowledged += batch.count
        for message in batch.messages:
            self._broker.accept(message)
        for packet_id in batch.received:
            client.note_received(packet_id)
        batch.slot.count = batch.count
        batch.slot.data = b"".join(batch.answers)
        self._write_settled()

    def _settle_one(self, slot: Slot, publish: Publish, reason: int) -> None:
        if slot.data is not None:
            return
        if reason >= 0x80:
            self._client.note_refused()
        if self._client.version != V5:
            reason = SUCCESS
        slot.data = self._encode_answer(publish, reason) if publish.qos else b""
        if publish.qos == 2:
            if reason < 0x80:
                self._client.note_received(publish.packet_id)
            else:
                self._client.session.received.pop(publish.packet_id, None)
        self._write_settled()

    def _write_settled(self) -> None:
        slots, ready = self._slots, []
        while slots and slots[0].data is not None:
            slot = slots.popleft()
            self.unacknowledged -= slot.count
            if slot.data:
                ready.append(slot.data)
        if ready:
            self._client.write(ready[0] if len(ready) == 1 else b"".join(ready))
