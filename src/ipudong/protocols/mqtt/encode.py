"""Records of packets to bytes. Reason codes are those of MQTT 5 in both versions."""

from collections.abc import Callable
from typing import Any, Final

from ipudong.protocols.mqtt import packets
from ipudong.protocols.mqtt import properties as table
from ipudong.protocols.mqtt.packets import V5, Packet
from ipudong.protocols.mqtt.properties import Properties, write_properties
from ipudong.protocols.mqtt.reasons import find_return_code
from ipudong.protocols.mqtt.wire import encode_binary, encode_string, encode_varint

PINGRESP: Final = b"\xd0\x00"


def encode(packet: Packet, version: int) -> bytes:
    """The bytes of a packet; ValueError or OverflowError for what does not fit the format."""
    first, body = _WRITERS[type(packet)](packet, version)
    return bytes((first,)) + encode_varint(len(body)) + body


def _properties(properties: Properties, version: int) -> bytes:
    return write_properties(properties) if version == V5 else b""


def _write_connect(packet: packets.Connect, _version: int) -> tuple[int, bytes]:
    will = packet.will
    flags = packet.clean_start << 1
    if will is not None:
        flags |= 0x04 | will.qos << 3 | will.retain << 5
    flags |= (packet.password is not None) << 6 | (packet.username is not None) << 7
    parts = [
        b"\x00\x04MQTT",
        bytes((packet.version, flags)),
        packet.keep_alive_s.to_bytes(2),
        _properties(packet.properties, packet.version),
        encode_string(packet.client_id),
    ]
    if will is not None:
        parts.append(_properties(will.properties, packet.version))
        parts += [encode_string(will.topic), encode_binary(will.payload)]
    if packet.username is not None:
        parts.append(encode_string(packet.username))
    if packet.password is not None:
        parts.append(encode_binary(packet.password))
    return 0x10, b"".join(parts)


def _write_connack(packet: packets.ConnAck, version: int) -> tuple[int, bytes]:
    if version == V5:
        head = bytes((packet.session_present, packet.reason))
        return 0x20, head + write_properties(packet.properties)
    code = find_return_code(packet.reason)
    if code is None:
        raise ValueError("3.1.1 has no return code for this reason")
    return 0x20, bytes((packet.session_present, code))


def _write_publish(packet: packets.Publish, version: int) -> tuple[int, bytes]:
    first = 0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain
    packet_id = packet.packet_id.to_bytes(2) if packet.qos else b""
    properties = _properties(packet.properties, version)
    return first, encode_string(packet.topic) + packet_id + properties + packet.payload


def _write_acknowledgement(packet: packets.Acknowledgement, version: int) -> tuple[int, bytes]:
    first = packet.kind << 4 | (2 if packet.kind == table.PUBREL else 0)
    body = packet.packet_id.to_bytes(2)
    return first, body + _reason(packet.reason, packet.properties, version)


def _reason(reason: int, properties: Properties, version: int) -> bytes:
    """Reason and properties, left out where success and nothing say the same (3.4.2.1)."""
    if version != V5 or (not reason and not properties):
        return b""
    return bytes((reason,)) + (write_properties(properties) if properties else b"")


def _write_subscribe(packet: packets.Subscribe, version: int) -> tuple[int, bytes]:
    parts = [packet.packet_id.to_bytes(2), _properties(packet.properties, version)]
    for row in packet.subscriptions:
        options = row.qos
        if version == V5:
            options |= row.no_local << 2 | row.retain_as_published << 3 | row.retain_handling << 4
        parts.append(encode_string(row.filter) + bytes((options,)))
    return 0x82, b"".join(parts)


def _write_suback(packet: packets.SubAck, version: int) -> tuple[int, bytes]:
    reasons = packet.reasons
    if version != V5:
        reasons = tuple(min(reason, 0x80) for reason in reasons)
    return 0x90, _numbered(packet, version) + bytes(reasons)


def _write_unsubscribe(packet: packets.Unsubscribe, version: int) -> tuple[int, bytes]:
    return 0xA2, _numbered(packet, version) + b"".join(map(encode_string, packet.filters))


def _write_unsuback(packet: packets.UnsubAck, version: int) -> tuple[int, bytes]:
    return 0xB0, _numbered(packet, version) + (bytes(packet.reasons) if version == V5 else b"")


def _numbered(packet: Any, version: int) -> bytes:
    return packet.packet_id.to_bytes(2) + _properties(packet.properties, version)


def _write_pingreq(_packet: packets.PingReq, _version: int) -> tuple[int, bytes]:
    return 0xC0, b""


def _write_pingresp(_packet: packets.PingResp, _version: int) -> tuple[int, bytes]:
    return 0xD0, b""


def _write_disconnect(packet: packets.Disconnect, version: int) -> tuple[int, bytes]:
    return 0xE0, _reason(packet.reason, packet.properties, version)


def _write_auth(packet: packets.Auth, version: int) -> tuple[int, bytes]:
    return 0xF0, _reason(packet.reason, packet.properties, version)


_WRITERS: Final[dict[type, Callable[[Any, int], tuple[int, bytes]]]] = {
    packets.Connect: _write_connect,
    packets.ConnAck: _write_connack,
    packets.Publish: _write_publish,
    packets.Acknowledgement: _write_acknowledgement,
    packets.Subscribe: _write_subscribe,
    packets.SubAck: _write_suback,
    packets.Unsubscribe: _write_unsubscribe,
    packets.UnsubAck: _write_unsuback,
    packets.PingReq: _write_pingreq,
    packets.PingResp: _write_pingresp,
    packets.Disconnect: _write_disconnect,
    packets.Auth: _write_auth,
}
