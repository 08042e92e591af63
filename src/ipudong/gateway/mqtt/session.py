"""The state of one session (4.1): subscriptions, what waits, what is in flight. No I/O."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ipudong.gateway.mqtt.messages import Delivery, Key, Message, make_publish
from ipudong.protocols.mqtt import packets
from ipudong.protocols.mqtt.packets import PUBREL, Acknowledgement, Packet, Publish
from ipudong.protocols.mqtt.reasons import PACKET_IDENTIFIER_NOT_FOUND

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.client import Client

NEVER: Final = 0xFFFF_FFFF  # a session expiry interval without end (3.1.2.11.2)
MAX_PACKET_ID: Final = 65_535


class InFlight(Struct):
    """A message sent and not yet acknowledged. `is_released`: a QoS 2 message had its PUBREC."""

    delivery: Delivery
    is_released: bool = False


class PendingWill(Struct):
    """A will whose delay runs (3.1.3.2.2), published at `at` on the loop's clock."""

    will: packets.Will
    at: float


@dataclass(eq=False, slots=True)
class Session:
    """Outlives its connections by `expiry_s`. `expires_at` is on the loop's clock while absent."""

    key: Key
    max_queued: int
    max_queued_bytes: int
    expiry_s: int = 0
    expires_at: float | None = None
    subscriptions: dict[str, tuple[packets.Subscription, int]] = field(default_factory=dict)
    waiting: deque[Delivery] = field(default_factory=deque)
    waiting_bytes: int = 0
    in_flight: dict[int, InFlight] = field(default_factory=dict)
    # QoS 2 messages of the client by packet identifier: True once PUBREC may be sent.
    received: dict[int, bool] = field(default_factory=dict)
    client: "Client | None" = None
    will: PendingWill | None = None
    dropped: int = 0
    is_dirty: bool = True
    last_packet_id: int = 0

    # To the client.

    def enqueue(self, delivery: Delivery) -> bool:
        """Have a QoS 1 or 2 message wait its turn. False: a connected client is too far behind.

        For an absent client the oldest waiting messages give way.
        """
        size = delivery.message.size
        self.waiting.append(delivery)
        self.waiting_bytes += size
        self.is_dirty = True
        if not self._is_over():
            return True
        if self.client is not None:
            return False
        while self._is_over() and len(self.waiting) > 1:
            self._drop_oldest()
        return True

    def _is_over(self) -> bool:
        return len(self.waiting) > self.max_queued or self.waiting_bytes > self.max_queued_bytes

    def _drop_oldest(self) -> None:
        self._take_waiting()
        self.dropped += 1

    def _take_waiting(self) -> Delivery:
        delivery = self.waiting.popleft()
        self.waiting_bytes -= delivery.message.size
        return delivery

    def send_waiting(self, quota: int, now: float, *, is_v5: bool) -> Iterator[Publish]:
        """Messages that may go out now: at most `quota` are in flight (4.9)."""
        while self.waiting and len(self.in_flight) < quota:
            delivery = self._take_waiting()
            if delivery.message.is_expired(now):
                continue
            packet_id = self._next_packet_id()
            self.in_flight[packet_id] = InFlight(delivery)
            self.is_dirty = True
            yield make_publish(delivery, now, packet_id, is_v5=is_v5)

    def _next_packet_id(self) -> int:
        packet_id = self.last_packet_id
        while True:  # ends: the quota leaves identifiers free
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self.in_flight:
                self.last_packet_id = packet_id
                return packet_id

    def give_up(self, packet_id: int) -> None:
        """A message in flight cannot be sent to this client."""
        self.in_flight.pop(packet_id, None)
        self.dropped += 1
        self.is_dirty = True

    def resend(self, now: float, *, is_v5: bool) -> Iterator[Packet]:
        """What a client that came back must get again, in the order first sent (4.4, 4.6)."""
        for packet_id, sent in self.in_flight.items():
            if sent.is_released:
                yield Acknowledgement(PUBREL, packet_id)
            else:
                yield make_publish(sent.delivery, now, packet_id, dup=True, is_v5=is_v5)

    def settle(self, packet_id: int) -> Message | None:
        """A PUBACK or PUBCOMP came; the message that it ends, if there was one."""
        self.is_dirty = True
        sent = self.in_flight.pop(packet_id, None)
        return None if sent is None else sent.delivery.message

    def release(self, packet_id: int, reason: int) -> Acknowledgement | None:
        """A PUBREC came; the PUBREL to send, None when the message ends with it (4.3.3)."""
        sent = self.in_flight.get(packet_id)
        self.is_dirty = True
        if reason >= 0x80:
            self.in_flight.pop(packet_id, None)
            return None
        if sent is None:
            return Acknowledgement(PUBREL, packet_id, PACKET_IDENTIFIER_NOT_FOUND)
        sent.is_released = True
        return Acknowledgement(PUBREL, packet_id)

    # Its life.

    @property
    def client_id(self) -> str:
        """The client identifier."""
        return self.key[1]

    @property
    def is_kept(self) -> bool:
        """Whether it outlives its connection."""
        return self.expiry_s > 0

    def is_over(self, now: float) -> bool:
        """Whether an absent client has stayed away too long."""
        return self.client is None and self.expires_at is not None and now >= self.expires_at
