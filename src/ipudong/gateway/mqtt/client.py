"""One connected client: what its packets ask for, and what is sent to it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from ipudong.city.sensing.directory import Device
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.access import Rights
from ipudong.gateway.mqtt.inbox import Inbox
from ipudong.gateway.mqtt.intake import Sender
from ipudong.gateway.mqtt.messages import Delivery, encode_once
from ipudong.gateway.mqtt.reporting import reject
from ipudong.gateway.mqtt.session import Session
from ipudong.protocols.mqtt import packets, reasons
from ipudong.protocols.mqtt.encode import PINGRESP
from ipudong.protocols.mqtt.packets import (
    PUBCOMP,
    PUBREC,
    PUBREL,
    V5,
    Acknowledgement,
    Packet,
    Publish,
)
from ipudong.protocols.mqtt.server import Event, Fault, ServerConnection
from ipudong.protocols.mqtt.topics import is_topic_filter

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

log = structlog.get_logger()

DEFAULT_IN_FLIGHT = 100  # to a client that named no Receive Maximum, as 3.1.1 ones cannot


class Wire(Protocol):
    """The connection under a client."""

    @property
    def is_congested(self) -> bool:
        """Whether the peer does not read what it is sent."""
        ...

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        ...

    def close(self, reason: str, last: bytes = b"") -> None:
        """End the connection after these bytes, naming why."""
        ...


class Client:
    """Made when a CONNECT was let in; `leave` ends it."""

    def __init__(
        self,
        broker: "Broker",
        wire: Wire,
        codec: ServerConnection,
        connect: packets.Connect,
        peer: str,
    ) -> None:
        self.broker = broker
        self.codec = codec
        self.connect = connect
        self.peer = peer
        self.closed_for = ""
        self.version = connect.version
        self.device: Device | None = None
        self.rights: Rights | None = None
        self.is_stranger = False
        self.session: Session
        self.frames = 0  # since they were last noted
        self.fingerprint = ""
        self._wire = wire
        self._will = connect.will
        self._is_gone = False
        properties = connect.properties
        self._quota = min(
            int(properties.get("receive_maximum", DEFAULT_IN_FLIGHT)), DEFAULT_IN_FLIGHT
        )
        self._max_bytes = int(properties.get("maximum_packet_size", 0)) or None
        self._max_aliases = min(
            int(properties.get("topic_alias_maximum", 0)), broker.bounds.max_aliases
        )
        self._aliases: dict[str, int] = {}
        self._inbox = Inbox(self)

    @property
    def sender(self) -> Sender:
        """Who it is, for handlers."""
        actor = None if self.rights is None else self.rights.actor
        return Sender(self.session.client_id, self.peer, self.device, actor)

    @property
    def identity(self) -> str:
        """What it calls itself."""
        return access.identity_of(self.connect)

    @property
    def unacknowledged(self) -> int:
        """Messages of it that wait for their acknowledgement."""
        return self._inbox.unacknowledged

    # What it sends.

    def take(self, events: Sequence[Event]) -> int:
        """Act on the packets of one turn; how many messages were refused."""
        inbox = self._inbox
        inbox.refused = 0
        try:
            for event in events:
                if self._is_gone:
                    break
                if type(event) is Publish:
                    inbox.take(event)
                else:
                    _HANDLERS[type(event)](self, event)
        except reasons.MqttError as error:
            self.end(error.reason, error.why)
        inbox.finish()
        return inbox.refused

    def _take_fault(self, fault: Fault) -> None:
        self.reject(f"mqtt_{fault.reason:02x}", fault.raw, self.device)
        self.end(fault.reason, fault.why)

    def _take_acknowledgement(self, packet: Acknowledgement) -> None:
        session = self.session
        if packet.kind == PUBREL:
            known = session.received.pop(packet.packet_id, None) is not None
            session.is_dirty = True
            reason = reasons.SUCCESS if known else reasons.PACKET_IDENTIFIER_NOT_FOUND
            self.send(Acknowledgement(PUBCOMP, packet.packet_id, reason))
        elif packet.kind == PUBREC:
            answer = session.release(packet.packet_id, packet.reason)
            if answer is not None:
                self.send(answer)
            self.pump()
        else:
            message = session.settle(packet.packet_id)
            if message is not None and message.command_id:
                self.broker.commands.note_delivered(message.command_id)
            self.pump()

    def _take_subscribe(self, packet: packets.Subscribe) -> None:
        identifier = packet.properties.get("subscription_identifier", (0,))[0]
        granted, fresh = [], []
        for row in packet.subscriptions:
            reason = self._check_filter(row.filter)
            if reason == reasons.SUCCESS:
                is_new = self.broker.subscribe(self.session, row, identifier)
                fresh.append((row, is_new))
                reason = row.qos
            granted.append(reason)
        self.send(packets.SubAck(packet.packet_id, tuple(granted)))
        for row, is_new in fresh:
            self.broker.send_retained(self.session, row, identifier, is_new=is_new)

    def _check_filter(self, topic_filter: str) -> int:
        if not is_topic_filter(topic_filter):
            return reasons.TOPIC_FILTER_INVALID
        filters = () if self.device is None else self.broker.list_filters(self.device)
        if not access.may_subscribe(self.device, self.rights, topic_filter, filters):
            return reasons.NOT_AUTHORIZED
        subscriptions = self.session.subscriptions
        is_full = len(subscriptions) >= self.broker.bounds.max_subscriptions
        if is_full and topic_filter not in subscriptions:
            return reasons.QUOTA_EXCEEDED
        return reasons.SUCCESS

    def _take_unsubscribe(self, packet: packets.Unsubscribe) -> None:
        found = [self.broker.unsubscribe(self.session, name) for name in packet.filters]
        codes = [reasons.SUCCESS if was else reasons.NO_SUBSCRIPTION_EXISTED for was in found]
        self.send(packets.UnsubAck(packet.packet_id, tuple(codes)))

    def _take_ping(self, _packet: packets.PingReq) -> None:
        self.write(PINGRESP)

    def _take_disconnect(self, packet: packets.Disconnect) -> None:
        expiry_s = packet.properties.get("session_expiry_interval")
        if expiry_s is not None:
            if expiry_s and not self.session.is_kept:  # 3.14.2.2.2
                raise reasons.ProtocolError("session expiry was 0 in CONNECT")
            self.broker.set_expiry(self.session, expiry_s)
        if packet.reason != reasons.DISCONNECT_WITH_WILL:
            self._will = None
        self.close("disconnect")

    def _take_auth(self, _packet: packets.Auth) -> None:
        raise reasons.ProtocolError("no enhanced authentication was begun")  # 4.12.0

    # What it is sent.

    def deliver(self, delivery: Delivery, now: float) -> None:
        """Send a message that was routed to its session."""
        if delivery.qos:
            if not self.session.enqueue(delivery):
                self.end(reasons.QUOTA_EXCEEDED, "reads too slowly")
                return
            self.pump()
        elif self._wire.is_congested:
            self.session.dropped += 1  # QoS 0 waits for nobody
        else:
            self._write_message(encode_once(delivery, now, self.version))

    def _write_message(self, frame: bytes) -> bool:
        if self._max_bytes is not None and len(frame) > self._max_bytes:
            self.session.dropped += 1  # 3.1.2-25: as if it had been sent
            return False
        self.write(frame)
        return True

    def pump(self) -> None:
        """Send what waits, as far as the client's Receive Maximum goes and it keeps reading."""
        session = self.session
        if not session.waiting or self._wire.is_congested:
            return
        now = self.broker.monotonic()
        for publish in session.send_waiting(self._quota, now, is_v5=self.version == V5):
            if not self._write_message(self.codec.encode(self._with_alias(publish))):
                session.give_up(publish.packet_id)

    def _with_alias(self, publish: Publish) -> Publish:
        """A topic that is sent again goes as its alias, as far as the client keeps any (3.3.4)."""
        if not self._max_aliases:
            return publish
        alias = self._aliases.get(publish.topic)
        if alias is None and len(self._aliases) >= self._max_aliases:
            return publish
        known = alias is not None
        alias = self._aliases.setdefault(publish.topic, len(self._aliases) + 1)
        return Publish(
            "" if known else publish.topic,
            publish.payload,
            publish.qos,
            publish.retain,
            publish.dup,
            publish.packet_id,
            {**publish.properties, "topic_alias": alias},
        )

    def resume(self) -> None:
        """Send again what was in flight, then what waits."""
        now = self.broker.monotonic()
        for packet in list(self.session.resend(now, is_v5=self.version == V5)):
            if not self._write_message(self.codec.encode(packet)):
                self.session.give_up(packet.packet_id)  # type: ignore[union-attr]
        self.pump()

    def send(self, packet: Packet) -> None:
        """Send a packet in the client's version."""
        self.write(self.codec.encode(packet))

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        self._wire.write(data)

    def note_received(self, packet_id: int) -> None:
        """A QoS 2 message is durable; if the client came back meanwhile it is told there."""
        session = self.session
        session.received[packet_id] = True
        session.is_dirty = True
        if session.client is not None and session.client is not self:
            session.client.send(Acknowledgement(PUBREC, packet_id))

    # Its end.

    def end(self, reason: int, why: str = "") -> None:
        """End the connection with a DISCONNECT that names the reason."""
        self.close(f"mqtt_{reason:02x}", self.codec.end(reason, why))

    def end_unavailable(self) -> None:
        """What it sent could not be kept: it must come back and send again (4.4)."""
        self.end(reasons.SERVER_BUSY, "what was sent could not be stored; send it again")

    def close(self, reason: str, last: bytes = b"") -> None:
        """End the connection after these bytes."""
        if self._is_gone:
            return
        self._is_gone = True
        self.closed_for = reason
        self.codec.close()
        self._wire.close(reason, last)

    def forget_will(self) -> None:
        """The connection ends for no fault of the client's."""
        self._will = None

    def leave(self) -> packets.Will | None:
        """The connection ended; the will to be published, if it left without a DISCONNECT."""
        self._is_gone = True
        will, self._will = self._will, None
        return will

    # What others are told of it.

    def use_device(self, device: Device | None) -> None:
        """Another directory: the present row of its device."""
        self.device = device
        self._inbox.forget_routes()

    def note_frame(self, device: Device) -> None:
        """A device was heard: itself, or one an integrator speaks for."""
        if device is self.device:
            self.frames += 1
        else:
            self.broker.note_foreign(device, self.peer)

    def note_refused(self) -> None:
        """A handler refused a message."""
        self._inbox.refused += 1

    def reject(self, code: str, raw: bytes, device: Device | None) -> None:
        """Keep a refused message raw, with its reason."""
        reject(self.broker, code, raw, self.peer, device)


_HANDLERS: dict[type, Callable[[Client, Any], None]] = {
    Fault: Client._take_fault,
    Acknowledgement: Client._take_acknowledgement,
    packets.Subscribe: Client._take_subscribe,
    packets.Unsubscribe: Client._take_unsubscribe,
    packets.PingReq: Client._take_ping,
    packets.Disconnect: Client._take_disconnect,
    packets.Auth: Client._take_auth,
}
