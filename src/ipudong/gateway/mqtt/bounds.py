"""What one client may take, so that no client takes it from another."""

from dataclasses import dataclass
from typing import Final

from ipudong.options import Option

MAX_CONNECTIONS = Option(
    "gateway.mqtt_max_connections",
    default=5000,
    doc="Open MQTT connections in all; further ones are closed at once.",
)
MAX_CONNECTIONS_PER_PEER = Option(
    "gateway.mqtt_max_connections_per_peer",
    default=1000,
    doc="Open MQTT connections from one address.",
)
CONNECT_TIMEOUT_S = Option(
    "gateway.mqtt_connect_timeout_s",
    default=10.0,
    doc="Seconds within which a new MQTT connection must have sent its CONNECT.",
)
PACKET_TIMEOUT_S = Option(
    "gateway.mqtt_packet_timeout_s",
    default=30.0,
    doc="Seconds within which an MQTT packet that was begun must be complete.",
)
MAX_KEEP_ALIVE_S = Option(
    "gateway.mqtt_max_keep_alive_s",
    default=3600,
    doc="Longest keep alive of an MQTT client; one that asks for more, or for none, is told this "
    "one (MQTT 5) or held to it (3.1.1).",
)
MAX_PACKET_BYTES = Option(
    "gateway.mqtt_max_packet_bytes",
    default=1024 * 1024,
    doc="Largest MQTT packet that is read; MQTT 5 clients are told.",
)
RECEIVE_MAXIMUM = Option(
    "gateway.mqtt_receive_maximum",
    default=2048,
    doc="QoS 1 and 2 messages of one MQTT client that may wait for their acknowledgement.",
)
MESSAGES_PER_SECOND = Option(
    "gateway.mqtt_messages_per_second",
    default=50_000,
    doc="Messages a second of one MQTT connection; it is read no faster.",
)
MAX_REFUSED = Option(
    "gateway.mqtt_max_refused",
    default=600,
    doc="Messages of one MQTT connection within a minute that are refused (not its topic, no "
    "meaning), after which it is closed.",
)
MAX_REFUSED_CONNECTS = Option(
    "gateway.mqtt_max_refused_connects",
    default=60,
    doc="Refused MQTT connections of one identity from one address within a minute, after which it "
    "is not listened to for the rest of it; of one address in all, a hundred times as many.",
)
MAX_SUBSCRIPTIONS = Option(
    "gateway.mqtt_max_subscriptions",
    default=200,
    doc="Subscriptions of one MQTT session.",
)
MAX_QUEUED = Option(
    "gateway.mqtt_max_queued",
    default=1000,
    doc="QoS 1 and 2 messages that wait for one MQTT session; a connected client that falls "
    "further behind is disconnected, for an absent one the oldest are dropped.",
)
MAX_QUEUED_BYTES = Option(
    "gateway.mqtt_max_queued_bytes",
    default=4 * 1024 * 1024,
    doc="Bytes of messages that wait for one MQTT session.",
)
MAX_SESSION_EXPIRY_S = Option(
    "gateway.mqtt_max_session_expiry_s",
    default=7 * 24 * 3600,
    doc="Seconds for which the session of an absent MQTT client is kept at most.",
)
MAX_SESSIONS = Option(
    "gateway.mqtt_max_sessions",
    default=20_000,
    doc="MQTT sessions kept in all, of connected and absent clients.",
)
MAX_RETAINED = Option(
    "gateway.mqtt_max_retained",
    default=50_000,
    doc="Retained MQTT messages in all; a new topic beyond it is delivered but not retained.",
)
MAX_RETAINED_BYTES = Option(
    "gateway.mqtt_max_retained_bytes",
    default=64 * 1024 * 1024,
    doc="Bytes of retained MQTT messages in all.",
)
READ_BYTES: Final = 16 * 1024  # taken from one connection before the next one has its turn
MAX_ALIASES: Final = 32  # topic aliases a client may set, and we set at most


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a broker, read once at its start; the options of this module."""

    max_connections: int = MAX_CONNECTIONS.default
    max_connections_per_peer: int = MAX_CONNECTIONS_PER_PEER.default
    connect_timeout_s: float = CONNECT_TIMEOUT_S.default
    packet_timeout_s: float = PACKET_TIMEOUT_S.default
    max_keep_alive_s: int = MAX_KEEP_ALIVE_S.default
    max_packet_bytes: int = MAX_PACKET_BYTES.default
    receive_maximum: int = RECEIVE_MAXIMUM.default
    messages_per_second: int = MESSAGES_PER_SECOND.default
    max_refused: int = MAX_REFUSED.default
    max_refused_connects: int = MAX_REFUSED_CONNECTS.default
    max_subscriptions: int = MAX_SUBSCRIPTIONS.default
    max_queued: int = MAX_QUEUED.default
    max_queued_bytes: int = MAX_QUEUED_BYTES.default
    max_session_expiry_s: int = MAX_SESSION_EXPIRY_S.default
    max_sessions: int = MAX_SESSIONS.default
    max_retained: int = MAX_RETAINED.default
    max_retained_bytes: int = MAX_RETAINED_BYTES.default
    read_bytes: int = READ_BYTES
    max_aliases: int = MAX_ALIASES

    @classmethod
    def from_options(cls) -> "Bounds":
        """As the district has set them."""
        return cls(
            max_connections=MAX_CONNECTIONS.get(),
            max_connections_per_peer=MAX_CONNECTIONS_PER_PEER.get(),
            connect_timeout_s=CONNECT_TIMEOUT_S.get(),
            packet_timeout_s=PACKET_TIMEOUT_S.get(),
            max_keep_alive_s=MAX_KEEP_ALIVE_S.get(),
            max_packet_bytes=MAX_PACKET_BYTES.get(),
            receive_maximum=RECEIVE_MAXIMUM.get(),
            messages_per_second=MESSAGES_PER_SECOND.get(),
            max_refused=MAX_REFUSED.get(),
            max_refused_connects=MAX_REFUSED_CONNECTS.get(),
            max_subscriptions=MAX_SUBSCRIPTIONS.get(),
            max_queued=MAX_QUEUED.get(),
            max_queued_bytes=MAX_QUEUED_BYTES.get(),
            max_session_expiry_s=MAX_SESSION_EXPIRY_S.get(),
            max_sessions=MAX_SESSIONS.get(),
            max_retained=MAX_RETAINED.get(),
            max_retained_bytes=MAX_RETAINED_BYTES.get(),
        )
