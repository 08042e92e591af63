"""The connection to the other broker: paho in a thread of its own, messages on our loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from prometheus_client import Gauge

from ipudong.gateway.bridge import options

log = structlog.get_logger()

CONNECTED = Gauge("ipudong_gateway_bridge_connected", "1 while the other MQTT broker is reached")
KEEP_ALIVE_S: Final = 30
FIRST_WAIT_S, LONGEST_WAIT_S = 1, 60
MAX_WAITING: Final = 100_000  # QoS 0 has no window: beyond this it is dropped


class Arrived(Struct):
    """A message, and the connection it came over: only there can it be acknowledged."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    is_repeated: bool
    content_type: str
    life: int
    at: float = 0.0


class Link:
    """Connects, reconnects with growing pauses, and acknowledges when told to.

    `receive` is called on the loop with all messages that came since its last turn.
    """

    def __init__(self, receive: Callable[[list[Arrived]], None]) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[Arrived] = deque()
        self._lock = threading.Lock()
        self._is_scheduled = False
        self._client: Client | None = None
        self._filters: Sequence[str] = ()
        self.life = 0  # grows with each connection
        self.is_connected = False
        self.reason = "not connected yet"

    def start(self, address: options.Address) -> None:
        """Begin to connect; returns at once."""
        is_five = options.VERSION.get() == "5"
        self._filters = options.list_filters()
        client = self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=options.CLIENT_ID.get(),
            clean_session=None if is_five else False,
            protocol=MQTTProtocolVersion.MQTTv5 if is_five else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if options.USER.get():
            client.username_pw_set(options.USER.get(), options.PASSWORD.get() or None)
        if address.tls:
            client.tls_set(ca_certs=options.CA.get() or None)
        client.reconnect_delay_set(FIRST_WAIT_S, LONGEST_WAIT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        more: dict[str, Any] = {}
        if is_five:
            more = {"clean_start": False, "properties": _connect_properties()}
        client.connect_async(address.host, address.port, KEEP_ALIVE_S, **more)
        client.loop_start()

    def stop(self) -> None:
        """Disconnect; the broker keeps our session and what was not acknowledged."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
        self.is_connected = False
        CONNECTED.set(0)

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        """Send a message to the other broker; whether it could be handed over."""
        if self._client is None or not self.is_connected:
            return False
        self._client.publish(topic, payload, qos)
        return True

    def acknowledge(self, message: Arrived) -> bool:
        """Acknowledge; False when the connection it came over is gone, and it will come again."""
        client = self._client
        if client is None or message.life != self.life or not self.is_connected:
            return False
        if message.qos:
            client.ack(message.mid, message.qos)
        return True

    # In paho's thread.

    def _on_connect(
        self, client: Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        if reason.is_failure:
            self._say(f"refused: {reason}")
            return
        with self._lock:
            self.life += 1
        self.is_connected, self.reason = True, ""
        CONNECTED.set(1)
        log.info("bridge_connected", session_present=flags.session_present)
        if options.VERSION.get() == "5":
            wanted: Any = [(topic, SubscribeOptions(qos=1)) for topic in self._filters]
        else:
            wanted = [(topic, 1) for topic in self._filters]
        client.subscribe(wanted)

    def _on_disconnect(
        self, client: Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self.is_connected = False
        CONNECTED.set(0)
        self._say(f"connection lost: {reason}")

    def _say(self, reason: str) -> None:
        if reason != self.reason:
            log.warning("bridge_disconnected", reason=reason)
        self.reason = reason

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        if message.qos == 0 and len(self._arrived) >= MAX_WAITING:
            return
        found = getattr(message.properties, "ContentType", "") if message.properties else ""
        arrived = Arrived(
            message.topic,
            bytes(message.payload),
            message.qos,
            message.mid,
            bool(message.dup),
            str(found),
            self.life,
        )
        with self._lock:
            self._arrived.append(arrived)
            is_first, self._is_scheduled = not self._is_scheduled, True
        if is_first:
            self._loop.call_soon_threadsafe(self._hand_over)

    # On our loop.

    def _hand_over(self) -> None:
        with self._lock:
            arrived, self._arrived = list(self._arrived), deque()
            self._is_scheduled = False
        self._receive(arrived)


def _connect_properties() -> Properties:
    properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = options.SESSION_EXPIRY_S.get()
    properties.ReceiveMaximum = options.RECEIVE_MAXIMUM.get()
    return properties
