"""The server's side of one connection: bytes in, packets out; order, sizes and aliases checked."""

from typing import Final

from msgspec import Struct

from ipudong.protocols.mqtt import packets
from ipudong.protocols.mqtt import properties as table
from ipudong.protocols.mqtt.decode import check_message, check_publish_flags, check_topic, decode
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import V5, V311, Connect, Packet, Publish
from ipudong.protocols.mqtt.properties import NONE, Properties, read_properties
from ipudong.protocols.mqtt.reasons import (
    PACKET_TOO_LARGE,
    TOPIC_ALIAS_INVALID,
    MalformedError,
    MqttError,
    ProtocolError,
    find_return_code,
)
from ipudong.protocols.mqtt.wire import Reader, decode_string

MAX_CONNECT_BYTES: Final = 128 * 1024  # a CONNECT with a will and names; before anybody is known
_MAX_KNOWN = 256
_MAX_KNOWN_BYTES = 256
_BEGIN_OF_V5 = b"\x00\x04MQTT\x05"
# What only a server sends (table 2-1).
_FROM_SERVER = frozenset({table.CONNACK, table.SUBACK, table.UNSUBACK, table.PINGRESP})


class Fault(Struct, frozen=True):
    """The peer broke the standard; nothing after it is read. `raw` is the packet's beginning."""

    reason: int
    why: str
    raw: bytes = b""


Event = Packet | Fault


class ServerConnection:
    """What a server must remember of one connection to read and write its packets.

    `receive` gives the packets in order, ending with a `Fault` when there was one; after it, and
    after `close`, bytes are ignored. The first packet is a `Connect`, or a fault. `version` is
    3.1.1 until it is known.
    """

    def __init__(self, *, max_packet_bytes: int = 1024 * 1024, max_aliases: int = 16) -> None:
        self.version = V311
        self.connect: Connect | None = None
        self._max_bytes = max_packet_bytes
        self._max_aliases = max_aliases
        self._rest = bytearray()
        self._wanted = 0
        self._is_closed = False
        self._topics: dict[bytes, str] = {}
        self._aliases: dict[int, str] = {}
        self._known: dict[bytes, Properties] = {}

    @property
    def buffered_bytes(self) -> int:
        """Bytes of a packet that was begun and is not complete."""
        return len(self._rest)

    @property
    def is_closed(self) -> bool:
        """Nothing more is read."""
        return self._is_closed

    def close(self) -> None:
        """Read nothing more."""
        self._is_closed = True
        self._rest.clear()

    def receive(self, data: bytes) -> list[Event]:
        """The packets that are complete now."""
        if self._is_closed:
            return []
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        events: list[Event] = []
        at = 0
        try:
            at = self._read_all(data, events)
        except MqttError as error:
            self.close()
            events.append(Fault(error.reason, error.why, data[:512]))
            return events
        if at < len(data):
            self._rest += data[at:] if at else data
        return events

    def _read_all(self, data: bytes, events: list[Event]) -> int:
        """Read complete packets; where the first incomplete one begins."""
        at, end = 0, len(data)
        self._wanted = 0
        while at + 1 < end:
            first, length, start = data[at], data[at + 1], at + 2
            if length > 0x7F:
                length, start = _long_length(data, at + 1)
                if not start:
                    return at
            self._check_length(first, length)
            stop = start + length
            if stop > end:
                self._wanted = stop - at
                return at
            if first >> 4 == table.PUBLISH and self.connect is not None:
                events.append(self._read_publish(first, data, start, stop))
            else:
                events.append(self._read_other(first, data[start:stop]))
            at = stop
        return at

    def _check_length(self, first: int, length: int) -> None:
        if self.connect is None:
            if first >> 4 != table.CONNECT:
                raise ProtocolError("the first packet is not CONNECT")  # 3.1.0-1
            if length > MAX_CONNECT_BYTES:
                raise MqttError(PACKET_TOO_LARGE, "CONNECT is too large")
        elif length > self._max_bytes:
            raise MqttError(PACKET_TOO_LARGE, "packet is too large")

    def _read_other(self, first: int, body: bytes) -> Packet:
        kind = first >> 4
        if kind in _FROM_SERVER:
            raise ProtocolError("a packet only servers send")
        if self.connect is None and body.startswith(_BEGIN_OF_V5):
            self.version = V5  # also of a CONNECT that proves wrong: its reason can be told
        packet = decode(first, body, self.version)
        if isinstance(packet, Connect):
            if self.connect is not None:
                raise ProtocolError("a second CONNECT")  # 3.1.0-2
            self.connect, self.version = packet, packet.version
        return packet

    # PUBLISH, the hot path: no reader, one record a message.

    def _read_publish(self, first: int, data: bytes, start: int, stop: int) -> Publish:
        qos = check_publish_flags(first)
        at = start + 2 + (data[start] << 8 | data[start + 1]) if stop - start > 1 else stop + 1
        head = at + 2 if qos else at
        is_v5 = self.version == V5
        if head + is_v5 > stop:
            raise MalformedError("packet ends too early")
        raw = data[start + 2 : at]
        topic = self._topics.get(raw)
        packet_id = data[at] << 8 | data[at + 1] if qos else 0
        if qos and not packet_id:
            raise MalformedError("packet identifier 0")
        properties = NONE
        if is_v5:
            size = data[head]
            head += 1
            if size:
                properties, head = self._read_properties(data, head - 1, stop)
        if topic is None:
            topic = self._learn_topic(raw, properties)
        if properties and "topic_alias" in properties:
            topic = self._resolve_alias(topic, properties["topic_alias"])
        return Publish(
            topic, data[head:stop], qos, bool(first & 1), bool(first & 8), packet_id, properties
        )

    def _learn_topic(self, raw: bytes, properties: Properties) -> str:
        topic = decode_string(raw)
        if not topic and "topic_alias" in properties:
            return topic
        check_topic(topic)
        if len(self._topics) >= _MAX_KNOWN:  # a sender that never repeats itself
            self._topics.clear()
        if len(raw) <= _MAX_KNOWN_BYTES:
            self._topics[raw] = topic
        return topic

    def _read_properties(self, data: bytes, at: int, stop: int) -> tuple[Properties, int]:
        """Devices say the same in every message: what was read once is looked up."""
        reader = Reader(data, at, stop)
        if data[at] <= 0x7F:
            raw = data[at : at + 1 + data[at]]
            known = self._known.get(raw)
            if known is not None and at + len(raw) <= stop:
                return known, at + len(raw)
        properties = read_properties(reader, table.PUBLISH)
        if "subscription_identifier" in properties:
            raise ProtocolError("a client sends no subscription identifier")  # 3.3.4-6
        check_message(properties)
        if data[at] <= 0x7F:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[data[at : reader.at]] = properties
        return properties, reader.at

    def _resolve_alias(self, topic: str, alias: int) -> str:
        if alias > self._max_aliases:
            raise MqttError(TOPIC_ALIAS_INVALID, "topic alias beyond the maximum")  # 3.3.2-9
        if topic:
            self._aliases[alias] = topic
            return topic
        known = self._aliases.get(alias)
        if known is None:
            raise ProtocolError("topic alias was never set")  # 3.3.4, note on 0x82
        return known

    # What goes out.

    def encode(self, packet: Packet) -> bytes:
        """A packet in the connection's version."""
        return encode(packet, self.version)

    def end(self, reason: int, why: str = "") -> bytes:
        """What to write before hanging up: CONNACK or DISCONNECT with the reason, or nothing.

        `connected` peers get a DISCONNECT in MQTT 5 and nothing in 3.1.1; use `refuse` before.
        """
        self.close()
        if self.version != V5:
            return b""
        plain = packets.Disconnect(reason)
        return self._explain(plain, packets.Disconnect(reason, {"reason_string": why}), why)

    def refuse(self, reason: int, why: str = "") -> bytes:
        """The CONNACK that refuses a CONNECT; b"" where 3.1.1 has no code for it."""
        self.close()
        if self.version == V5:
            explained = packets.ConnAck(reason, properties={"reason_string": why})
            return self._explain(packets.ConnAck(reason), explained, why)
        if find_return_code(reason) is None:
            return b""
        return encode(packets.ConnAck(reason), V311)

    def _explain(self, plain: Packet, explained: Packet, why: str) -> bytes:
        """With the reason in words, if the client wants any and can take it (3.1.2-25, -29)."""
        asked = NONE if self.connect is None else self.connect.properties
        data = encode(explained if why else plain, V5)
        if asked.get("request_problem_information", 1) and len(data) <= asked.get(
            "maximum_packet_size", len(data)
        ):
            return data
        return encode(plain, V5)


def _long_length(data: bytes, at: int) -> tuple[int, int]:
    """Remaining length of more than one byte and where it ends; (0, 0): not complete."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            if not byte:
                raise MalformedError("length longer than needed")
            return value, at
        shift += 7
        if shift > 21:
            raise MalformedError("length of more than four bytes")  # 2.1.4
    return 0, 0
