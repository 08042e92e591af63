"""Who gets a message: retained, to each subscriber once, to one member of each group."""

from collections.abc import Callable, Mapping

from ipudong.gateway import figures
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.messages import Delivery, Key, Message
from ipudong.gateway.mqtt.retained import Retained
from ipudong.gateway.mqtt.session import Session
from ipudong.gateway.mqtt.subscriptions import Entry, Subscriptions
from ipudong.protocols.mqtt.packets import Subscription
from ipudong.protocols.mqtt.topics import split_share


class Router:
    """Routes messages to sessions. `monotonic` is the loop's clock."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        retained: Retained,
        sessions: Mapping[Key, Session],
        monotonic: Callable[[], float],
    ) -> None:
        self._subscriptions = subscriptions
        self._retained = retained
        self._sessions = sessions
        self._monotonic = monotonic

    def accept(self, message: Message) -> int:
        """Retain a message if it asks for it, and send it to who subscribed."""
        if message.retain and not self._retained.keep(message):
            figures.REJECTED.labels(PROTOCOL, "no_room_to_retain").inc()
        matched = self._subscriptions.match(message.topic)
        if not matched:
            return 0
        now = self._monotonic()
        sent = sum(self._send_own(message, entries, now) for entries in matched.entries)
        for group in matched.groups:
            sent += self._send_shared(message, group.in_turn(), now)
        return sent

    def _send_own(self, message: Message, entries: tuple[Entry, ...], now: float) -> bool:
        """One copy for all subscriptions of a session that overlap (3.3.4)."""
        key = entries[0].key
        if key == message.origin:
            entries = tuple(entry for entry in entries if not entry.subscription.no_local)
        session = self._sessions.get(key)
        if session is None or not entries:
            return False
        qos = min(message.qos, max(entry.subscription.qos for entry in entries))
        keeps = message.retain and any(entry.subscription.retain_as_published for entry in entries)
        identifiers = tuple(entry.identifier for entry in entries if entry.identifier)
        return self._deliver(session, Delivery(message, qos, keeps, identifiers), now)

    def _send_shared(self, message: Message, members: list[Entry], now: float) -> bool:
        """One member gets it: the next in turn that is connected, else the next at all."""
        sessions = [(entry, self._sessions[entry.key]) for entry in members]
        connected = [pair for pair in sessions if pair[1].client is not None]
        for entry, session in connected or sessions:
            row = entry.subscription
            identifiers = (entry.identifier,) if entry.identifier else ()
            keeps = message.retain and row.retain_as_published
            delivery = Delivery(message, min(message.qos, row.qos), keeps, identifiers)
            if self._deliver(session, delivery, now):
                return True
        return False

    @staticmethod
    def _deliver(session: Session, delivery: Delivery, now: float) -> bool:
        """Whether it is on its way, or waits for the client to come back (QoS 1 and 2 only)."""
        if session.client is not None:
            session.client.deliver(delivery, now)
            return True
        if not delivery.qos:
            return False
        return session.enqueue(delivery)

    def send_retained(
        self, session: Session, row: Subscription, identifier: int, *, is_new: bool
    ) -> None:
        """Send retained messages as the options say (3.3.1.3); shared ones get none (4.8.2)."""
        share, topic_filter = split_share(row.filter)
        if share or row.retain_handling == 2 or (row.retain_handling == 1 and not is_new):
            return
        identifiers = (identifier,) if identifier else ()
        now = self._monotonic()
        for message in self._retained.match(topic_filter, now):
            delivery = Delivery(message, min(row.qos, message.qos), True, identifiers)
            self._deliver(session, delivery, now)
