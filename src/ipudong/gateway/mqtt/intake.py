"""What the broker hands on: device messages to an interpreter, other topics to handlers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from msgspec import Struct

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.directory import Device


class Taken(Struct, frozen=True):
    """What became of a device's message.

    `rows` readings went into the pipeline; the message is acknowledged once they are durable.
    `refusal` is a short code for the records (`not_json`); the sender hears 0x99 "payload format
    invalid" in MQTT 5, and in 3.1.1, which has no refusal, a plain acknowledgement.
    `awaits_channels`: nothing was taken, because datastreams of fields that the device's profile
    knows are about to be made. The broker offers the message again with the next directory, and
    acknowledges it only then.
    """

    rows: int = 0
    refusal: str = ""
    awaits_channels: bool = False


NOTHING: Final = Taken()


class Interpreter(Protocol):
    """Knows what payloads mean. One for the whole broker, made with the pipeline and records.

    All is called on the event loop, `take` once a message: no I/O, and no exception for any bytes
    (one that is raised is logged, counted, and refuses the message).
    """

    def take(
        self, device: Device, topic: str, payload: bytes, content_type: str, now_us: int
    ) -> Taken:
        """Put the readings of a message into the pipeline's buffer; do not call `wait`.

        `device` is the present row of the directory, `topic` the whole topic name
        (`v1/devices/{identity}/telemetry`), `content_type` "" where the sender named none. The
        device may name others in the payload (a LoRaWAN server, a Sparkplug edge node): the
        interpreter looks them up itself. An answer to a command never comes here.
        """
        ...

    def list_filters(self, device: Device) -> Sequence[str]:
        """Topic filters beside its own folder that a device may publish to by its profile
        (`spBv1.0/group/+/node/#`, `application/+/device/+/event/+`)."""
        ...

    def list_fields(self, topic: str, payload: bytes, content_type: str) -> tuple[str, ...]:
        """Names of the fields in the message of an unknown device, for its row in quarantine."""
        ...


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is connected: a device of the directory, or an integrator's program with a token."""

    client_id: str
    peer: str = ""
    device: Device | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on a topic of a handler. `content_type` is "" where the sender named none."""

    sender: Sender
    topic: str
    payload: bytes
    qos: int
    retain: bool
    content_type: str
    now_us: int


# Called once, on the loop, with a reason code of `protocols.mqtt.reasons`: 0x00 acknowledges.
Settle = Callable[[int], None]


class TopicHandler(Protocol):
    """Owns the topics under a prefix; registered with `broker.handle(prefix, handler)`.

    Messages to them are not forwarded to subscribers and not retained: the handler publishes what
    comes of them with `broker.publish(topic, payload, qos=…, retain=…)`.
    """

    def receive(self, incoming: Incoming, settle: Settle) -> None:
        """Act on a message of somebody who may post observations; call `settle` when durable."""
        ...


class Publisher(Protocol):
    """What the broker offers to the rest of the gateway, on its loop."""

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, content_type: str = ""
    ) -> int:
        """Send a message from inside to who subscribed; to how many sessions it went."""
        ...

    def handle(self, prefix: str, handler: TopicHandler) -> None:
        """Give messages on topics that begin with `prefix` to a handler."""
        ...

    def list_subscribed(self, prefix: str) -> list[str]:
        """Filters that somebody subscribed to and that begin with `prefix`, share names left out;
        to make only what is wanted. Look again when `subscriptions_version` changed."""
        ...

    @property
    def subscriptions_version(self) -> int:
        """Grows with each change of subscriptions."""
        ...
