"""Bytes of one packet to its record, every rule of chapter 3 checked on the way."""

from collections.abc import Callable
from typing import Final

from ipudong.protocols.mqtt import packets, topics
from ipudong.protocols.mqtt import properties as table
from ipudong.protocols.mqtt.packets import V5, V311, Packet
from ipudong.protocols.mqtt.properties import NONE, Properties, read_properties
from ipudong.protocols.mqtt.reasons import (
    SUCCESS,
    TOPIC_NAME_INVALID,
    UNSUPPORTED_VERSION,
    MalformedError,
    MqttError,
    ProtocolError,
)
from ipudong.protocols.mqtt.wire import Reader

_RESERVED_FLAGS: Final = {table.PUBREL: 2, table.SUBSCRIBE: 2, table.UNSUBSCRIBE: 2}


def decode(first: int, body: bytes, version: int) -> Packet:
    """A packet from its first byte and what follows the remaining length. Raises MqttError.

    A topic alias stays as it is: the connection knows what it stands for.
    """
    kind = first >> 4
    read = _READERS.get(kind)
    if read is None or (kind == table.AUTH and version != V5):
        raise MalformedError("reserved packet type")
    if kind != table.PUBLISH and first & 0x0F != _RESERVED_FLAGS.get(kind, 0):
        raise MalformedError("reserved flags are set")  # 2.1.3-1
    reader = Reader(body, 0, len(body))
    packet = read(reader, first, version)
    if not reader.is_done:
        raise MalformedError("packet is longer than its content")
    return packet


def _properties(reader: Reader, packet: int, version: int) -> Properties:
    return read_properties(reader, packet) if version == V5 else NONE


def _packet_id(reader: Reader) -> int:
    packet_id = reader.u16()
    if not packet_id:
        raise MalformedError("packet identifier 0")  # 2.2.1-3
    return packet_id


def _read_connect(reader: Reader, _first: int, _version: int) -> packets.Connect:
    version = _read_version(reader)
    flags = reader.byte()
    _check_connect_flags(flags, version)
    keep_alive_s = reader.u16()
    properties = _properties(reader, table.CONNECT, version)
    if "authentication_data" in properties and "authentication_method" not in properties:
        raise ProtocolError("authentication data without a method")
    client_id = reader.string()
    will = _read_will(reader, flags, version) if flags & 0x04 else None
    return packets.Connect(
        client_id=client_id,
        version=version,
        clean_start=bool(flags & 0x02),
        keep_alive_s=keep_alive_s,
        will=will,
        username=reader.string() if flags & 0x80 else None,
        password=reader.binary() if flags & 0x40 else None,
        properties=properties,
    )


def _read_version(reader: Reader) -> int:
    name = reader.string()
    if name == "MQIsdp":  # MQTT 3.1
        raise MqttError(UNSUPPORTED_VERSION, "MQTT 3.1 is not spoken here")
    if name != "MQTT":
        raise MalformedError("not MQTT")
    version = reader.byte()
    if version not in (V311, V5):
        raise MqttError(UNSUPPORTED_VERSION, f"protocol version {version}")
    return version


def _check_connect_flags(flags: int, version: int) -> None:
    if flags & 0x01:
        raise MalformedError("reserved flag of CONNECT")  # 3.1.2-3
    will_qos = flags >> 3 & 3
    if will_qos == 3 or (not flags & 0x04 and flags & 0x38):
        raise MalformedError("will flags")  # 3.1.2-11 to 3.1.2-15
    if version == V311 and flags & 0x40 and not flags & 0x80:
        raise MalformedError("password without user name")  # 3.1.1: 3.1.2-22


def _read_will(reader: Reader, flags: int, version: int) -> packets.Will:
    properties = _properties(reader, table.WILL, version)
    topic = reader.string()
    if not topics.is_topic_name(topic):
        raise MqttError(TOPIC_NAME_INVALID, "will topic")
    return packets.Will(topic, reader.binary(), flags >> 3 & 3, bool(flags & 0x20), properties)


def _read_connack(reader: Reader, _first: int, version: int) -> packets.ConnAck:
    flags = reader.byte()
    if flags > 1:
        raise MalformedError("reserved flags of CONNACK")
    reason = reader.byte()
    return packets.ConnAck(reason, bool(flags), _properties(reader, table.CONNACK, version))


def _read_publish(reader: Reader, first: int, version: int) -> packets.Publish:
    qos = check_publish_flags(first)
    topic = reader.string()
    packet_id = _packet_id(reader) if qos else 0
    properties = _properties(reader, table.PUBLISH, version)
    if topic or "topic_alias" not in properties:
        check_topic(topic)
    check_message(properties)
    return packets.Publish(
        topic, reader.rest(), qos, bool(first & 1), bool(first & 8), packet_id, properties
    )


def check_publish_flags(first: int) -> int:
    """The QoS of a PUBLISH by its first byte. Raises MalformedError."""
    qos = first >> 1 & 3
    if qos == 3:
        raise MalformedError("QoS 3")  # 3.3.1-4
    if first & 8 and not qos:
        raise MalformedError("DUP at QoS 0")  # 3.3.1-2
    return qos


def check_topic(topic: str) -> None:
    """Raises MqttError unless it is a topic name."""
    if not topics.is_topic_name(topic):
        raise MqttError(TOPIC_NAME_INVALID, "topic name")


def check_message(properties: Properties) -> None:
    """Raises MqttError unless the response topic is a topic name (3.3.2-14)."""
    response = properties.get("response_topic")
    if response is not None and not topics.is_topic_name(response):
        raise MqttError(TOPIC_NAME_INVALID, "response topic")


def _read_acknowledgement(reader: Reader, first: int, version: int) -> packets.Acknowledgement:
    kind = first >> 4
    packet_id = _packet_id(reader)
    if version != V5 or reader.is_done:
        return packets.Acknowledgement(kind, packet_id)
    reason = reader.byte()
    properties = NONE if reader.is_done else read_properties(reader, kind)
    return packets.Acknowledgement(kind, packet_id, reason, properties)


def _read_subscribe(reader: Reader, _first: int, version: int) -> packets.Subscribe:
    packet_id = _packet_id(reader)
    properties = _properties(reader, table.SUBSCRIBE, version)
    found = []
    while not reader.is_done:
        found.append(_read_subscription(reader, version))
    if not found:
        raise ProtocolError("SUBSCRIBE without a filter")  # 3.8.3-2
    return packets.Subscribe(packet_id, tuple(found), properties)


def _read_subscription(reader: Reader, version: int) -> packets.Subscription:
    topic_filter, options = reader.string(), reader.byte()
    if options & (0xC0 if version == V5 else 0xFC):
        raise MalformedError("reserved bits of subscription options")  # 3.8.3-5
    qos, handling, no_local = options & 3, options >> 4 & 3, bool(options & 4)
    if qos == 3 or handling == 3:
        raise ProtocolError("subscription options")
    if no_local and topic_filter.startswith(topics.SHARE):
        raise ProtocolError("No Local on a shared subscription")  # 3.8.3-4
    return packets.Subscription(topic_filter, qos, no_local, bool(options & 8), handling)


def _read_suback(reader: Reader, _first: int, version: int) -> packets.SubAck:
    packet_id = _packet_id(reader)
    properties = _properties(reader, table.SUBACK, version)
    return packets.SubAck(packet_id, tuple(reader.rest()), properties)


def _read_unsubscribe(reader: Reader, _first: int, version: int) -> packets.Unsubscribe:
    packet_id = _packet_id(reader)
    properties = _properties(reader, table.UNSUBSCRIBE, version)
    filters = []
    while not reader.is_done:
        filters.append(reader.string())
    if not filters:
        raise ProtocolError("UNSUBSCRIBE without a filter")  # 3.10.3-2
    return packets.Unsubscribe(packet_id, tuple(filters), properties)


def _read_unsuback(reader: Reader, _first: int, version: int) -> packets.UnsubAck:
    packet_id = _packet_id(reader)
    properties = _properties(reader, table.UNSUBACK, version)
    return packets.UnsubAck(packet_id, tuple(reader.rest()), properties)


def _read_pingreq(_reader: Reader, _first: int, _version: int) -> packets.PingReq:
    return packets.PingReq()


def _read_pingresp(_reader: Reader, _first: int, _version: int) -> packets.PingResp:
    return packets.PingResp()


def _read_end(reader: Reader, kind: int, version: int) -> tuple[int, Properties]:
    if version != V5 or reader.is_done:
        return SUCCESS, NONE
    reason = reader.byte()
    return reason, NONE if reader.is_done else read_properties(reader, kind)


def _read_disconnect(reader: Reader, _first: int, version: int) -> packets.Disconnect:
    return packets.Disconnect(*_read_end(reader, table.DISCONNECT, version))


def _read_auth(reader: Reader, _first: int, version: int) -> packets.Auth:
    return packets.Auth(*_read_end(reader, table.AUTH, version))


_READERS: Final[dict[int, Callable[[Reader, int, int], Packet]]] = {
    table.CONNECT: _read_connect,
    table.CONNACK: _read_connack,
    table.PUBLISH: _read_publish,
    table.PUBACK: _read_acknowledgement,
    table.PUBREC: _read_acknowledgement,
    table.PUBREL: _read_acknowledgement,
    table.PUBCOMP: _read_acknowledgement,
    table.SUBSCRIBE: _read_subscribe,
    table.SUBACK: _read_suback,
    table.UNSUBSCRIBE: _read_unsubscribe,
    table.UNSUBACK: _read_unsuback,
    table.PINGREQ: _read_pingreq,
    table.PINGRESP: _read_pingresp,
    table.DISCONNECT: _read_disconnect,
    table.AUTH: _read_auth,
}
