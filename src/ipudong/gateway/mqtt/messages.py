"""A message on its way through the broker, and one copy of it for one session."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import Publish
from ipudong.protocols.mqtt.properties import NONE, Properties

# A session belongs to its owner: nobody takes over another's by using its client identifier.
Key = tuple[str, str]  # owner (`thing:5`, `token:name`, `unknown:identity`), client identifier

# What a server forwards unaltered (3.3.2.3); the rest is between it and one client.
FORWARDED: Final = frozenset(
    {
        "payload_format_indicator",
        "content_type",
        "response_topic",
        "correlation_data",
        "user_property",
    }
)
OVERHEAD_BYTES: Final = 200  # what a message costs beside its topic and payload, about


class Message(Struct):
    """What was published. `expires_at` is on the loop's clock; `origin` is the sender's session."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NONE
    expires_at: float | None = None
    origin: Key | None = None
    command_id: int = 0  # of the outbox, when it carries a command
    frames: dict[tuple[int, bool], bytes] = {}  # QoS 0 as written, by version and retain flag

    @property
    def size(self) -> int:
        """About the bytes it takes in memory."""
        return len(self.topic) + len(self.payload) + OVERHEAD_BYTES

    def is_expired(self, now: float) -> bool:
        """Whether it may not be delivered any more (3.3.2.3.3)."""
        return self.expires_at is not None and now >= self.expires_at


class Delivery(Struct):
    """One copy of a message for one session."""

    message: Message
    qos: int
    retain: bool = False
    identifiers: tuple[int, ...] = ()


def make_message(
    topic: str, payload: bytes, qos: int, retain: bool, properties: Properties, now: float
) -> Message:
    """A message as a client published it, without what is only for us."""
    if not properties:
        return Message(topic, payload, qos, retain)
    lifetime_s = properties.get("message_expiry_interval")
    kept = {name: value for name, value in properties.items() if name in FORWARDED}
    expires_at = None if lifetime_s is None else now + lifetime_s
    return Message(topic, payload, qos, retain, kept, expires_at)


def make_publish(
    delivery: Delivery, now: float, packet_id: int = 0, *, dup: bool = False, is_v5: bool
) -> Publish:
    """The packet of a delivery."""
    message = delivery.message
    properties: Mapping[str, Any] = NONE
    if is_v5:
        properties = _properties(delivery, now)
    return Publish(
        message.topic, message.payload, delivery.qos, delivery.retain, dup, packet_id, properties
    )


def _properties(delivery: Delivery, now: float) -> Properties:
    message = delivery.message
    if message.expires_at is None and not delivery.identifiers:
        return message.properties
    properties = dict(message.properties)
    if message.expires_at is not None:  # 3.3.2-6: what is left of it
        properties["message_expiry_interval"] = max(1, int(message.expires_at - now))
    if delivery.identifiers:
        properties["subscription_identifier"] = delivery.identifiers
    return properties


def encode_once(delivery: Delivery, now: float, version: int) -> bytes:
    """The bytes of a QoS 0 delivery, made once for all sessions that get the same."""
    message = delivery.message
    if delivery.identifiers or message.expires_at is not None:
        return encode(make_publish(delivery, now, is_v5=version == 5), version)
    key = version, delivery.retain
    frame = message.frames.get(key)
    if frame is None:
        packet = make_publish(delivery, now, is_v5=version == 5)
        frame = message.frames[key] = encode(packet, version)
    return frame
