"""The broker: sessions, subscriptions, retained messages, and who gets what."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.directory import Device, Directory
from ipudong.gateway import figures
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.client import Client
from ipudong.gateway.mqtt.commands import Commands
from ipudong.gateway.mqtt.intake import Interpreter, Taken, TopicHandler
from ipudong.gateway.mqtt.messages import Key, Message
from ipudong.gateway.mqtt.parking import Parking
from ipudong.gateway.mqtt.reception import bound_expiry, expiry_of, owner_of
from ipudong.gateway.mqtt.retained import Retained
from ipudong.gateway.mqtt.routing import Router
from ipudong.gateway.mqtt.session import Session
from ipudong.gateway.mqtt.subscriptions import Subscriptions
from ipudong.gateway.mqtt.wills import Wills
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.packets import Publish, Subscription
from ipudong.protocols.mqtt.properties import Properties

log = structlog.get_logger()

SWEEP_S = 30.0  # expired retained messages are not delivered; they are forgotten so often

_FRAMES = figures.FRAMES.labels(PROTOCOL)
_READINGS = figures.READINGS.labels(PROTOCOL)
_ACKNOWLEDGED = figures.ACKNOWLEDGED.labels(PROTOCOL)


def wall_clock_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Tally:
    """Counts since the last tick: cheaper than a figure for every message."""

    readings: int = 0
    acknowledged: int = 0
    sent: int = 0


class Broker:
    """All sessions. Use it from one event loop; `publish` and `handle` are for the gateway."""

    def __init__(
        self,
        pipeline: Pipeline,
        records: Records,
        interpreter: Interpreter,
        *,
        bounds: Bounds | None = None,
        now_us: Callable[[], int] = wall_clock_us,
        answer_timeout_s: float = 60.0,
    ) -> None:
        self.pipeline = pipeline
        self.records = records
        self.interpreter = interpreter
        self.bounds = bounds or Bounds()
        self.now_us = now_us
        self.turn_us = now_us()
        self.loop = asyncio.get_running_loop()
        self.monotonic = self.loop.time
        self.tally = Tally()
        self.subscriptions = Subscriptions()
        self.retained = Retained(self.bounds.max_retained, self.bounds.max_retained_bytes)
        self.sessions: dict[Key, Session] = {}
        self.router = Router(self.subscriptions, self.retained, self.sessions, self.monotonic)
        self.forgotten: set[Key] = set()  # for whoever keeps sessions on disk
        self.commands = Commands(self, answer_timeout_s)
        self.wills = Wills(self)
        self._parking = Parking(self)
        self._devices: dict[str, Device] = {}
        self._owners: dict[str, Device] = {}
        self._by_thing: dict[int, set[Client]] = {}
        self._handlers: list[tuple[str, TopicHandler]] = []
        self._foreign: dict[int, tuple[int, str]] = {}
        self._swept_at = self.monotonic()

    def now(self) -> datetime:
        """The wall clock, aware."""
        return from_us(self.now_us())

    def begin_turn(self) -> None:
        """Read the clock once for all messages of a turn."""
        self.turn_us = self.now_us()

    # What the gateway uses.

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, content_type: str = ""
    ) -> int:
        """Send a message from inside to who subscribed; to how many sessions it went."""
        properties = {"content_type": content_type} if content_type else {}
        return self.accept(Message(topic, payload, qos, retain, properties))

    def handle(self, prefix: str, handler: TopicHandler) -> None:
        """Give messages on topics that begin with `prefix` to a handler."""
        self._handlers.append((prefix, handler))

    def list_subscribed(self, prefix: str) -> list[str]:
        """Filters that somebody subscribed to and that begin with `prefix`."""
        return self.subscriptions.list_filters(prefix)

    @property
    def subscriptions_version(self) -> int:
        """Grows with each change of subscriptions."""
        return self.subscriptions.version

    def find_handler(self, topic: str) -> TopicHandler | None:
        """Who owns a topic."""
        return next((owner for prefix, owner in self._handlers if topic.startswith(prefix)), None)

    def interpret(
        self, device: Device, topic: str, payload: bytes, properties: Properties
    ) -> Taken:
        """Have a device's message read; the caller waits for the pipeline."""
        content_type = str(properties.get("content_type", "")) if properties else ""
        try:
            return self.interpreter.take(device, topic, payload, content_type, self.turn_us)
        except Exception:  # a fault of ours with one payload must not stop the others
            log.exception("mqtt_payload_failed", thing=device.thing_id)
            figures.FAILED_STEPS.labels("mqtt_payload").inc()
            return Taken(refusal="fault")

    # Devices.

    def use_directory(self, directory: Directory) -> None:
        """Know these devices from now on; who is none of them any more is disconnected."""
        self.note_counts()
        self._devices = {
            identity: device
            for (protocol, identity), device in directory.devices.items()
            if protocol == PROTOCOL
        }
        self._owners = {owner_of(device): device for device in self._devices.values()}
        for client in [one for clients in self._by_thing.values() for one in clients]:
            self._review(client)
        for client in self.list_clients():
            if client.device is None:
                client.use_device(None)  # an integrator: whose topics there are has changed
                if client.is_stranger and self.find_device(client.identity) is not None:
                    client.end(reasons.ADMINISTRATIVE_ACTION, "adopted: connect again")
        self.begin_turn()
        self._parking.offer_again()

    def _review(self, client: Client) -> None:
        device = None if client.device is None else self._devices.get(client.device.identity)
        same = device is not None and client.device is not None
        if same and device.thing_id == client.device.thing_id:  # type: ignore[union-attr]
            known = client.device.credential == device.credential  # type: ignore[union-attr]
            if known or access.accepts(device, client.connect, client.fingerprint):  # type: ignore[arg-type]
                client.use_device(device)
                return
        client.end(reasons.NOT_AUTHORIZED, "the device is not known any more")

    def find_device(self, identity: str) -> Device | None:
        """The device of this identity."""
        return self._devices.get(identity)

    def find_owner(self, session: Session) -> Device | None:
        """The device a session belongs to."""
        return next(
            (row for row in self._devices.values() if owner_of(row) == session.key[0]), None
        )

    def list_filters(self, device: Device) -> Sequence[str]:
        """Topics beside its own folder that a device's profile names."""
        return self.interpreter.list_filters(device)

    def park(self, device: Device, publish: Publish, retry: Callable[..., None]) -> None:
        """Offer a message again with the next directory."""
        self._parking.add(device, publish, retry)

    def list_connected(self) -> list[int]:
        """Ids of the things that can be sent a command."""
        return list(self._by_thing)

    def find_clients(self, thing_id: int) -> set[Client]:
        """The connections of a thing."""
        return self._by_thing.get(thing_id, set())

    def list_clients(self) -> list[Client]:
        """Everybody connected."""
        return [row.client for row in self.sessions.values() if row.client is not None]

    def note_foreign(self, device: Device, peer: str) -> None:
        """An integrator spoke for a device."""
        count, _ = self._foreign.get(device.thing_id, (0, peer))
        self._foreign[device.thing_id] = count + 1, peer

    # Sessions.

    def open_session(self, client: Client, key: Key) -> tuple[Session | None, bool]:
        """The session of a client that connects, and whether it was there before; None: no room.

        An older connection of the same session is told 0x8E and ended (3.1.4-3).
        """
        connect, session = client.connect, self.sessions.get(key)
        if session is not None and session.client is not None:
            session.client.end(reasons.SESSION_TAKEN_OVER, "connected elsewhere")
            session = self.sessions.get(key)  # it may have ended with its connection
        if session is not None:
            if self.wills.cancel_delayed(session, publish=connect.clean_start):
                session.is_dirty = True
            if connect.clean_start or session.is_over(self.monotonic()):
                self.drop_session(session)
                session = None
        is_present = session is not None
        if session is None:
            if len(self.sessions) >= self.bounds.max_sessions:
                return None, False
            bounds = self.bounds
            session = Session(key, bounds.max_queued, bounds.max_queued_bytes)
            self.sessions[key] = session
            self.forgotten.discard(key)
        session.client, client.session = client, session
        session.expires_at = None
        session.expiry_s = expiry_of(connect, self.bounds.max_session_expiry_s)
        session.is_dirty = True
        if is_present and not session.is_kept:
            self.forgotten.add(key)
        if client.device is not None:
            thing_id = client.device.thing_id
            self._by_thing.setdefault(thing_id, set()).add(client)
            self.records.note_frames(thing_id, 0, self.now_us(), client.peer)  # it is there
        return session, is_present

    def leave(self, client: Client) -> None:
        """A connection ended."""
        session, will = client.session, client.leave()
        self._forget_connection(client)
        if session.client is client:
            session.client = None
            session.expires_at = self.monotonic() + session.expiry_s
            session.is_dirty = True
        if will is not None:
            self.wills.start(session, client, will)
        if session.client is None and not session.is_kept:
            self.drop_session(session)

    def _forget_connection(self, client: Client) -> None:
        thing_id = 0 if client.device is None else client.device.thing_id
        clients = self._by_thing.get(thing_id)
        if clients is None or client not in clients:
            return
        self._note_device(client)
        clients.discard(client)
        if not clients:
            del self._by_thing[thing_id]
            self.records.note_gone(thing_id, self.now_us(), client.closed_for)
            if not client.session.is_kept:
                self.commands.drop_thing(thing_id)

    def set_expiry(self, session: Session, expiry_s: int) -> None:
        """A DISCONNECT changed how long the session is kept (3.14.2.2.2)."""
        session.expiry_s = bound_expiry(expiry_s, self.bounds.max_session_expiry_s)
        if not session.is_kept:
            self.forgotten.add(session.key)

    def drop_session(self, session: Session) -> None:
        """End a session: its subscriptions and what waits for it are gone."""
        for topic_filter in list(session.subscriptions):
            self.subscriptions.remove(session.key, topic_filter)
        session.subscriptions.clear()
        if self.sessions.get(session.key) is session:
            del self.sessions[session.key]
            self.forgotten.add(session.key)

    # Subscriptions.

    def subscribe(self, session: Session, row: Subscription, identifier: int) -> bool:
        """Subscribe a session; whether the subscription is new."""
        is_new = row.filter not in session.subscriptions
        session.subscriptions[row.filter] = row, identifier
        session.is_dirty = True
        self.subscriptions.add(session.key, row, identifier)
        return is_new

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """End a subscription; whether there was one."""
        if session.subscriptions.pop(topic_filter, None) is None:
            return False
        session.is_dirty = True
        return self.subscriptions.remove(session.key, topic_filter)

    def send_retained(
        self, session: Session, row: Subscription, identifier: int, *, is_new: bool
    ) -> None:
        """Send retained messages to a session that subscribed."""
        self.router.send_retained(session, row, identifier, is_new=is_new)

    def accept(self, message: Message) -> int:
        """Retain a message if it asks for it, and send it to who subscribed."""
        sent = self.router.accept(message)
        self.tally.sent += sent
        return sent

    # Each second.

    def tick(self) -> None:
        """Wills whose delay is over, sessions that ended, commands without answer, counts."""
        now = self.monotonic()
        self.note_counts()
        self.wills.tick(now)
        self.commands.tick(now)
        self._parking.tick(now)
        for session in [row for row in self.sessions.values() if row.is_over(now)]:
            self.wills.end_session(session)
            self.drop_session(session)
        if now - self._swept_at > SWEEP_S:
            self._swept_at = now
            self.retained.drop_expired(now)
        for client in self.list_clients():
            client.pump()

    def note_counts(self) -> None:
        """Hand the counts of the last second to the figures and the records."""
        tally, self.tally = self.tally, Tally()
        _READINGS.inc(tally.readings)
        _ACKNOWLEDGED.inc(tally.acknowledged)
        for clients in self._by_thing.values():
            for client in clients:
                self._note_device(client)
        foreign, self._foreign = self._foreign, {}
        for thing_id, (count, peer) in foreign.items():
            _FRAMES.inc(count)
            self.records.note_frames(thing_id, count, self.now_us(), peer)

    def _note_device(self, client: Client) -> None:
        frames, client.frames = client.frames, 0
        if client.device is not None and frames:
            _FRAMES.inc(frames)
            self.records.note_frames(client.device.thing_id, frames, self.now_us(), client.peer)
