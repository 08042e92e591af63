"""The packets of MQTT 3.1.1 and 5 as frozen records. `properties` is empty for 3.1.1."""

from typing import Final

from msgspec import Struct

from ipudong.protocols.mqtt import properties as table
from ipudong.protocols.mqtt.properties import NONE, Properties

V311: Final = 4
V5: Final = 5


class Will(Struct, frozen=True):
    """What is published when the connection ends without a DISCONNECT (3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NONE


class Connect(Struct, frozen=True):
    """3.1; `keep_alive_s` 0 means none. `password` stays out of logs by being bytes."""

    client_id: str
    version: int = V311
    clean_start: bool = True
    keep_alive_s: int = 0
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Properties = NONE


class ConnAck(Struct, frozen=True):
    """3.2; `reason` is a code of MQTT 5 in both versions."""

    reason: int = 0
    session_present: bool = False
    properties: Properties = NONE


class Publish(Struct, frozen=True, gc=False):
    """3.3; `packet_id` is 0 at QoS 0. An empty topic means that of the alias."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_id: int = 0
    properties: Properties = NONE


class Acknowledgement(Struct, frozen=True):
    """PUBACK, PUBREC, PUBREL or PUBCOMP (3.4 to 3.7); `kind` is the packet type, 4 to 7."""

    kind: int
    packet_id: int
    reason: int = 0
    properties: Properties = NONE


class Subscription(Struct, frozen=True):
    """One filter of a SUBSCRIBE with its options (3.8.3.1)."""

    filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


class Subscribe(Struct, frozen=True):
    """3.8."""

    packet_id: int
    subscriptions: tuple[Subscription, ...]
    properties: Properties = NONE


class SubAck(Struct, frozen=True):
    """3.9; one granted QoS or reason for each filter."""

    packet_id: int
    reasons: tuple[int, ...]
    properties: Properties = NONE


class Unsubscribe(Struct, frozen=True):
    """3.10."""

    packet_id: int
    filters: tuple[str, ...]
    properties: Properties = NONE


class UnsubAck(Struct, frozen=True):
    """3.11; 3.1.1 carries no reasons."""

    packet_id: int
    reasons: tuple[int, ...] = ()
    properties: Properties = NONE


class PingReq(Struct, frozen=True):
    """3.12."""


class PingResp(Struct, frozen=True):
    """3.13."""


class Disconnect(Struct, frozen=True):
    """3.14."""

    reason: int = 0
    properties: Properties = NONE


class Auth(Struct, frozen=True):
    """3.15."""

    reason: int = 0
    properties: Properties = NONE


Packet = (
    Connect
    | ConnAck
    | Publish
    | Acknowledgement
    | Subscribe
    | SubAck
    | Unsubscribe
    | UnsubAck
    | PingReq
    | PingResp
    | Disconnect
    | Auth
)
PUBACK, PUBREC, PUBREL, PUBCOMP = table.PUBACK, table.PUBREC, table.PUBREL, table.PUBCOMP
