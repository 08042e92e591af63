"""Wills (3.1.2.5): published when a connection ends without a DISCONNECT, after their delay."""

from typing import TYPE_CHECKING

from ipudong.city.sensing.directory import Device
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.messages import Key, Message, make_message
from ipudong.gateway.mqtt.reporting import reject
from ipudong.gateway.mqtt.session import PendingWill, Session
from ipudong.protocols.mqtt.packets import Will

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker
    from ipudong.gateway.mqtt.client import Client


class Wills:
    """Wills that wait, by their sessions."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._waiting: dict[Key, Session] = {}

    def start(self, session: Session, client: "Client", will: Will) -> None:
        """A connection ended without taking its will back: now, or when the delay is over."""
        delay_s = int(will.properties.get("will_delay_interval", 0))
        if not delay_s or not session.is_kept or session.client is not None:
            self._publish(session, will)
            return
        session.will = PendingWill(will, self._broker.monotonic() + delay_s)
        self._waiting[session.key] = session

    def cancel_delayed(self, session: Session, *, publish: bool) -> bool:
        """The client is back before the delay was over (3.1.3-9); `publish`: its session ends."""
        pending, session.will = session.will, None
        self._waiting.pop(session.key, None)
        if pending is not None and publish:
            self._publish(session, pending.will)
        return pending is not None

    def end_session(self, session: Session) -> None:
        """A session ends before the delay: the will is due (3.1.2-8)."""
        self.cancel_delayed(session, publish=True)

    def restore(self, session: Session) -> None:
        """A session of before a restart has a will that waits."""
        self._waiting[session.key] = session

    def tick(self, now: float) -> None:
        """Publish what is due."""
        for session in list(self._waiting.values()):
            if session.will is not None and now >= session.will.at:
                self.cancel_delayed(session, publish=True)

    def _publish(self, session: Session, will: Will) -> None:
        """A device's will says something about it, so its payload is read like any other."""
        broker = self._broker
        message = make_message(
            will.topic, will.payload, will.qos, will.retain, will.properties, broker.monotonic()
        )
        message.origin = session.key
        device = self._find_device(session, will.topic)
        if device is None:
            broker.accept(message)
            return
        broker.begin_turn()
        taken = broker.interpret(device, will.topic, will.payload, will.properties)
        if taken.refusal:
            reject(broker, taken.refusal, will.payload, "", device)
            return
        broker.pipeline.wait(lambda error: self._follow(message, error))

    def _find_device(self, session: Session, topic: str) -> Device | None:
        """Whose payload it is: the topic's device, or the one that left (Sparkplug NDEATH)."""
        parts = access.split_device_topic(topic)
        if parts is None:
            return self._broker.find_owner(session)
        return None if access.is_answer(parts[1]) else self._broker.find_device(parts[0])

    def _follow(self, message: Message, error: Exception | None) -> None:
        if error is None:
            self._broker.accept(message)
