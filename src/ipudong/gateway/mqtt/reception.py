"""Who is let in: CONNECT checked, the sender found, the session begun or taken up again."""

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from ipudong.city.sensing.credentials import CERTIFICATE
from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.services import QuarantineRow
from ipudong.gateway import figures
from ipudong.gateway.api.access import Desk
from ipudong.gateway.mqtt import access
from ipudong.gateway.mqtt.access import PROTOCOL, Rights
from ipudong.gateway.mqtt.client import Client, Wire
from ipudong.gateway.mqtt.reporting import MAX_RAW_BYTES
from ipudong.gateway.mqtt.session import NEVER
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import V5, ConnAck, Connect
from ipudong.protocols.mqtt.server import ServerConnection

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

log = structlog.get_logger()

MAX_CLIENT_ID: Final = 256
PEER_WINDOW_S: Final = 60.0
OF_ONE_ADDRESS: Final = 100
MAX_REMEMBERED: Final = 100_000
ALL: Final = "\0"  # no identity: all refusals of an address


class Entrance(Wire, Protocol):
    """What a connection offers until its client is known."""

    codec: ServerConnection
    peer: str
    fingerprint: str

    @property
    def is_open(self) -> bool:
        """Whether anything can still be written."""
        ...

    def wait_for_desk(self) -> None:
        """Read nothing more until `begin` or `close`."""
        ...

    def begin(self, client: Client, keep_alive_s: int) -> None:
        """Go on as this client."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Who a CONNECT comes from."""

    owner: str
    device: Device | None = None
    rights: Rights | None = None


class Reception:
    """Lets clients in. `accept_unknown`: strangers too, to be heard and adopted later."""

    def __init__(self, broker: "Broker", desk: Desk, *, accept_unknown: bool = False) -> None:
        self._broker = broker
        self._desk = desk
        self._accept_unknown = accept_unknown
        self._tasks: set[asyncio.Task[None]] = set()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._refused_since = 0.0

    def greet(self, entrance: Entrance, connect: Connect) -> None:
        """Answer a CONNECT, at once or when the desk has been asked."""
        if "authentication_method" in connect.properties:
            self._refuse(entrance, reasons.BAD_AUTHENTICATION_METHOD, "no enhanced authentication")
        elif self._is_flooding(entrance.peer, _caller_of(connect)):
            self._refuse(entrance, reasons.CONNECTION_RATE_EXCEEDED, "too many refusals")
        elif len(connect.client_id) > MAX_CLIENT_ID:
            self._refuse(
                entrance, reasons.CLIENT_IDENTIFIER_NOT_VALID, "client identifier too long"
            )
        elif not connect.client_id and connect.version != V5 and not connect.clean_start:
            self._refuse(entrance, reasons.CLIENT_IDENTIFIER_NOT_VALID, "none to keep a session by")
        elif access.is_token(connect):
            entrance.wait_for_desk()
            task = asyncio.get_running_loop().create_task(self._ask(entrance, connect))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._admit(entrance, connect, self._find_device(entrance, connect))

    async def _ask(self, entrance: Entrance, connect: Connect) -> None:
        try:
            token = (connect.password or b"").decode(errors="replace")
            rights = await access.find_rights(self._desk, token)
        except Exception:  # the database is away
            log.exception("mqtt_desk_failed", peer=entrance.peer)
            self._refuse(entrance, reasons.SERVER_UNAVAILABLE, "who this is cannot be asked now")
            return
        if not entrance.is_open:
            return
        if rights is None:
            self._refuse(entrance, reasons.BAD_USER_NAME_OR_PASSWORD, "not a valid token")
        elif not (rights.may_view or rights.may_post):
            self._refuse(entrance, reasons.NOT_AUTHORIZED, "the token's permits open nothing here")
        else:
            self._admit(entrance, connect, Found(f"token:{rights.actor.name}", rights=rights))

    def _find_device(self, entrance: Entrance, connect: Connect) -> Found | None:
        identity = access.identity_of(connect)
        if not access.is_identity(identity):
            return None
        device = self._broker.find_device(identity)
        if device is not None:
            if access.accepts(device, connect, entrance.fingerprint):
                return Found(owner_of(device), device)
            self._quarantine(entrance, connect, "wrong_credential")
            return None
        self._quarantine(entrance, connect, "unknown_identity")
        return Found(f"unknown:{identity}") if self._accept_unknown else None

    def _quarantine(self, entrance: Entrance, connect: Connect, reason: str) -> None:
        offered = (connect.password or b"").decode(errors="replace")[:MAX_CLIENT_ID]
        if not offered and entrance.fingerprint:
            offered = CERTIFICATE + entrance.fingerprint
        shown = Connect(connect.client_id, connect.version, username=connect.username)
        self._broker.records.note_quarantined(
            QuarantineRow(
                protocol=PROTOCOL,
                identity=access.identity_of(connect),
                peer=entrance.peer,
                raw=encode(shown, shown.version)[:MAX_RAW_BYTES],  # without its password
                reason=reason,
                at=self._broker.now(),
                credential=offered,
            )
        )

    # Let in.

    def _admit(self, entrance: Entrance, connect: Connect, found: Found | None) -> None:
        if found is None:
            why = "unknown device or wrong password"
            self._refuse(entrance, reasons.BAD_USER_NAME_OR_PASSWORD, why)
            return
        client = Client(self._broker, entrance, entrance.codec, connect, entrance.peer)
        client.device, client.rights = found.device, found.rights
        client.is_stranger = found.device is None and found.rights is None
        client.fingerprint = entrance.fingerprint
        if connect.will is not None and not self._may_will(client, connect.will.topic):
            self._refuse(entrance, reasons.NOT_AUTHORIZED, "the will's topic is not the client's")
            return
        client_id = connect.client_id or f"auto-{uuid.uuid4().hex}"
        session, is_present = self._broker.open_session(client, (found.owner, client_id))
        if session is None:
            self._refuse(entrance, reasons.QUOTA_EXCEEDED, "too many sessions")
            return
        keep_alive_s = self._keep_alive_of(connect)
        properties = self._tell(connect, client_id, keep_alive_s) if connect.version == V5 else {}
        ack = ConnAck(reasons.SUCCESS, is_present, properties)
        entrance.write(entrance.codec.encode(ack))
        client.resume()
        entrance.begin(client, keep_alive_s)

    def _may_will(self, client: Client, topic: str) -> bool:
        broker, device = self._broker, client.device
        if device is not None:
            return access.may_publish(device, topic, broker.list_filters(device))
        if client.rights is None or not client.rights.may_post:
            return False
        parts = access.split_device_topic(topic)
        return parts is not None and broker.find_device(parts[0]) is not None

    def _keep_alive_of(self, connect: Connect) -> int:
        longest = self._broker.bounds.max_keep_alive_s
        return min(connect.keep_alive_s or longest, longest)

    def _tell(self, connect: Connect, client_id: str, keep_alive_s: int) -> dict[str, Any]:
        """What an MQTT 5 client must know of us, where it is not the standard's default."""
        bounds = self._broker.bounds
        properties: dict[str, Any] = {
            "receive_maximum": bounds.receive_maximum,
            "maximum_packet_size": bounds.max_packet_bytes,
            "topic_alias_maximum": bounds.max_aliases,
        }
        if not connect.client_id:
            properties["assigned_client_identifier"] = client_id
        if keep_alive_s != connect.keep_alive_s:
            properties["server_keep_alive"] = keep_alive_s
        asked_s = int(connect.properties.get("session_expiry_interval", 0))
        if asked_s != bound_expiry(asked_s, bounds.max_session_expiry_s):
            properties["session_expiry_interval"] = bounds.max_session_expiry_s
        return properties

    # Kept out.

    def _refuse(self, entrance: Entrance, reason: int, why: str) -> None:
        figures.REJECTED.labels(PROTOCOL, f"connect_{reason:02x}").inc()
        connect = entrance.codec.connect
        if connect is not None:
            self._refused[entrance.peer, _caller_of(connect)] += 1
        self._refused[entrance.peer, ALL] += 1
        entrance.close(f"refused_{reason:02x}", entrance.codec.refuse(reason, why))

    def _is_flooding(self, peer: str, identity: str) -> bool:
        """Devices behind one address do not answer for one another, up to a bound."""
        now, most = self._broker.monotonic(), self._broker.bounds.max_refused_connects
        if now - self._refused_since > PEER_WINDOW_S or len(self._refused) > MAX_REMEMBERED:
            self._refused_since = now
            self._refused.clear()
        refused = self._refused
        return refused[peer, identity] >= most or refused[peer, ALL] >= most * OF_ONE_ADDRESS

    async def review(self, clients: list[Client]) -> None:
        """Ask again whether tokens are still good; who has lost theirs is disconnected."""
        for client in clients:
            token = (client.connect.password or b"").decode(errors="replace")
            rights = await access.find_rights(self._desk, token)
            if rights is None or not (rights.may_view or rights.may_post):
                client.end(reasons.NOT_AUTHORIZED, "the token is not valid any more")
            else:
                client.rights = rights


def _caller_of(connect: Connect) -> str:
    """Whose refusals are counted together: all tokens have the same user name."""
    name = connect.client_id if access.is_token(connect) else access.identity_of(connect)
    return name[:MAX_CLIENT_ID]


def owner_of(device: Device) -> str:
    """Who owns a device's sessions."""
    return f"thing:{device.thing_id}"


def bound_expiry(asked_s: int, longest_s: int) -> int:
    """How long a session is kept: what was asked for, no longer than we keep any."""
    return min(asked_s, longest_s) if asked_s != NEVER else longest_s


def expiry_of(connect: Connect, longest_s: int) -> int:
    """Session expiry of a CONNECT; in 3.1.1 a session that is not clean is kept (3.1.2.4)."""
    if connect.version != V5:
        return 0 if connect.clean_start else longest_s
    return bound_expiry(int(connect.properties.get("session_expiry_interval", 0)), longest_s)
