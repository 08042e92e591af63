"""Retained messages and lasting sessions in a file of their own, so that a restart keeps them.

Written once a second and at the end: what changed in the last second before a crash is not in it.
Readings never depend on it: theirs is the journal.
"""

import sqlite3
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import structlog
from msgspec import Struct

from ipudong.gateway.mqtt.messages import Delivery, Key, Message
from ipudong.gateway.mqtt.session import InFlight, PendingWill, Session
from ipudong.protocols.mqtt.packets import Subscription, Will
from ipudong.protocols.mqtt.properties import Properties

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

log = structlog.get_logger()

# What one turn of the loop may spend on writing down sessions; the rest waits a second.
MAX_SESSIONS_A_TURN: Final = 500
MAX_MESSAGES_A_TURN: Final = 5000
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS retained (topic TEXT PRIMARY KEY, message BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session (
    owner TEXT NOT NULL, client_id TEXT NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (owner, client_id)
) STRICT;
"""


class _Message(Struct, array_like=True):
    """A message as kept; `expires_at` is wall clock seconds."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: dict[str, Any]
    expires_at: float | None


class _Delivery(Struct, array_like=True):
    message: _Message
    qos: int
    retain: bool
    identifiers: tuple[int, ...]
    packet_id: int = 0
    is_released: bool = False


class _State(Struct, array_like=True):
    """A session as kept; instants are wall clock seconds."""

    expiry_s: int
    expires_at: float
    subscriptions: list[tuple[Subscription, int]]
    waiting: list[_Delivery]
    in_flight: list[_Delivery]
    received: list[int]
    last_packet_id: int
    will: Will | None = None
    will_at: float = 0.0


class Changes(Struct):
    """What is to be written: None forgets the row."""

    retained: dict[str, bytes | None] = {}
    sessions: dict[Key, bytes | None] = {}

    def __bool__(self) -> bool:
        return bool(self.retained or self.sessions)


class Keeper:
    """Gathers changes on the loop (`take`), writes them in a thread (`write`).

    `offset_s` is wall clock minus loop clock: a restart has another loop clock.
    """

    def __init__(self, broker: "Broker", path: Path) -> None:
        self._broker = broker
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)

    @property
    def offset_s(self) -> float:
        """Seconds to add to the loop's clock to have the wall clock."""
        return self._broker.now_us() / 1e6 - self._broker.monotonic()

    # On the loop.

    def take(self) -> Changes:
        """What changed since the last call, as much of it as one turn may take."""
        broker, offset_s, changes = self._broker, self.offset_s, Changes()
        for topic in broker.retained.changed:
            found = broker.retained.find(topic)
            if topic.startswith("$"):
                continue
            changes.retained[topic] = None if found is None else _pack(_keep(found, offset_s))
        broker.retained.changed.clear()
        for key in broker.forgotten:
            changes.sessions[key] = None
        broker.forgotten.clear()
        for session in self._list_dirty():
            session.is_dirty = False
            changes.sessions[session.key] = _pack(self._keep_session(session, offset_s))
        return changes

    def _list_dirty(self) -> list[Session]:
        """Sessions to write down now, those longest unwritten first."""
        found: list[Session] = []
        messages = 0
        for session in self._broker.sessions.values():
            if not (session.is_dirty and session.is_kept):
                continue
            messages += len(session.waiting) + len(session.in_flight)
            found.append(session)
            if len(found) >= MAX_SESSIONS_A_TURN or messages >= MAX_MESSAGES_A_TURN:
                break
        for session in found:  # to the end of the line
            self._broker.sessions[session.key] = self._broker.sessions.pop(session.key)
        return found

    def put_back(self, changes: Changes) -> None:
        """What could not be written is to be written later."""
        broker = self._broker
        broker.retained.changed.update(changes.retained)
        for key in changes.sessions:
            session = broker.sessions.get(key)
            if session is None:
                broker.forgotten.add(key)
            else:
                session.is_dirty = True

    def _keep_session(self, session: Session, offset_s: float) -> _State:
        left_at = session.expires_at
        if left_at is None:
            left_at = self._broker.monotonic() + session.expiry_s
        pending = session.will
        return _State(
            session.expiry_s,
            left_at + offset_s,
            list(session.subscriptions.values()),
            [_keep_delivery(row, offset_s) for row in session.waiting],
            [
                _keep_delivery(row.delivery, offset_s, packet_id, row.is_released)
                for packet_id, row in session.in_flight.items()
            ],
            [packet_id for packet_id, is_durable in session.received.items() if is_durable],
            session.last_packet_id,
            None if pending is None else pending.will,
            0.0 if pending is None else pending.at + offset_s,
        )

    def restore(self) -> None:
        """Fill an empty broker with what was kept; rows that cannot be read are left out."""
        offset_s = self.offset_s
        for (blob,) in self._database.execute("SELECT message FROM retained"):
            kept = _unpack(blob, _Message)
            if kept is not None:
                self._broker.retained.keep(_restore(kept, offset_s))
        self._broker.retained.changed.clear()
        for owner, client_id, blob in self._database.execute("SELECT * FROM session"):
            state = _unpack(blob, _State)
            if state is None or state.expires_at <= offset_s + self._broker.monotonic():
                self._broker.forgotten.add((owner, client_id))
            else:
                self._restore_session((owner, client_id), state, offset_s)

    def _restore_session(self, key: Key, state: _State, offset_s: float) -> None:
        broker, bounds = self._broker, self._broker.bounds
        session = Session(key, bounds.max_queued, bounds.max_queued_bytes, state.expiry_s)
        session.expires_at = state.expires_at - offset_s
        session.waiting = deque(_restore_delivery(row, offset_s) for row in state.waiting)
        session.waiting_bytes = sum(row.message.size for row in session.waiting)
        for row in state.in_flight:
            delivery = _restore_delivery(row, offset_s)
            session.in_flight[row.packet_id] = InFlight(delivery, row.is_released)
        session.received = dict.fromkeys(state.received, True)
        session.last_packet_id = state.last_packet_id
        broker.sessions[key] = session
        for subscription, identifier in state.subscriptions:
            broker.subscribe(session, subscription, identifier)
        if state.will is not None:
            will = msgspec.structs.replace(state.will, properties=_thaw(state.will.properties))
            session.will = PendingWill(will, state.will_at - offset_s)
            broker.wills.restore(session)
        session.is_dirty = False

    # In a thread.

    def write(self, changes: Changes) -> None:
        """Write changes, all or none; sqlite3.Error where it cannot."""
        with self._database as database:
            database.execute("BEGIN")
            for topic, message in changes.retained.items():
                if message is None:
                    database.execute("DELETE FROM retained WHERE topic = ?", (topic,))
                else:
                    database.execute("REPLACE INTO retained VALUES (?, ?)", (topic, message))
            for key, state in changes.sessions.items():
                if state is None:
                    database.execute("DELETE FROM session WHERE owner = ? AND client_id = ?", key)
                else:
                    database.execute("REPLACE INTO session VALUES (?, ?, ?)", (*key, state))

    def close(self) -> None:
        """Write what is left and close the file."""
        try:
            changes = self.take()
            while changes:
                self.write(changes)
                changes = self.take()
        except sqlite3.Error:
            log.exception("mqtt_state_not_written")
        self._database.close()


Kept = TypeVar("Kept")

_encoder = msgspec.msgpack.Encoder()


def _pack(kept: _Message | _State) -> bytes:
    return _encoder.encode(kept)


def _unpack(blob: bytes, kind: type[Kept]) -> Kept | None:
    try:
        return msgspec.msgpack.decode(blob, type=kind)
    except msgspec.MsgspecError:
        log.warning("mqtt_state_not_read", kind=kind.__name__)
        return None


def _keep(message: Message, offset_s: float) -> _Message:
    until = None if message.expires_at is None else message.expires_at + offset_s
    return _Message(
        message.topic, message.payload, message.qos, message.retain, dict(message.properties), until
    )


def _restore(kept: _Message, offset_s: float) -> Message:
    until = None if kept.expires_at is None else kept.expires_at - offset_s
    properties = _thaw(kept.properties)
    return Message(kept.topic, kept.payload, kept.qos, kept.retain, properties, until)


def _thaw(properties: Properties) -> Properties:
    """User properties as pairs again: the file knows lists only."""
    return {
        name: tuple(map(tuple, value)) if isinstance(value, list) else value
        for name, value in properties.items()
    }


def _keep_delivery(
    delivery: Delivery, offset_s: float, packet_id: int = 0, is_released: bool = False
) -> _Delivery:
    return _Delivery(
        _keep(delivery.message, offset_s),
        delivery.qos,
        delivery.retain,
        delivery.identifiers,
        packet_id,
        is_released,
    )


def _restore_delivery(kept: _Delivery, offset_s: float) -> Delivery:
    return Delivery(_restore(kept.message, offset_s), kept.qos, kept.retain, kept.identifiers)
