"""Properties of MQTT 5 (2.2.2) as a table: name, type, packets that may carry them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from ipudong.protocols.mqtt import wire
from ipudong.protocols.mqtt.reasons import (
    TOPIC_ALIAS_INVALID,
    MalformedError,
    MqttError,
    ProtocolError,
)
from ipudong.protocols.mqtt.wire import Reader

# Values by name. `user_property` is a tuple of pairs; `subscription_identifier` a tuple of numbers.
Properties = Mapping[str, Any]
NONE: Final[Properties] = MappingProxyType({})

MAX_USER_PROPERTIES: Final = 64  # ours: what one packet may make us keep


class Kind(Struct, frozen=True):
    """How a value is read and written."""

    read: Callable[[Reader], Any]
    write: Callable[[Any], bytes]


def _write_u8(value: int) -> bytes:
    return value.to_bytes(1)


def _write_u16(value: int) -> bytes:
    return value.to_bytes(2)


def _write_u32(value: int) -> bytes:
    return value.to_bytes(4)


def _write_pair(value: tuple[str, str]) -> bytes:
    return wire.encode_string(value[0]) + wire.encode_string(value[1])


_BYTE = Kind(Reader.byte, _write_u8)
_U16 = Kind(Reader.u16, _write_u16)
_U32 = Kind(Reader.u32, _write_u32)
_VARINT = Kind(Reader.varint, wire.encode_varint)
_STRING = Kind(Reader.string, wire.encode_string)
_BINARY = Kind(Reader.binary, wire.encode_binary)
_PAIR = Kind(Reader.pair, _write_pair)

WILL: Final = 0  # the properties of a will stand for a packet type of their own
CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)
_ANSWERS = {CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH}
_MESSAGE = {WILL, PUBLISH}
_ALL = set(range(16)) - {PINGREQ, PINGRESP}


class Row(Struct, frozen=True):
    """One property of table 2-4."""

    id: int
    name: str
    kind: Kind
    packets: frozenset[int]
    is_flag: bool = False  # 0 or 1
    is_positive: bool = False  # 0 is a protocol error
    is_repeated: bool = False


def _row(id_: int, name: str, kind: Kind, packets: set[int], **more: bool) -> Row:
    return Row(id_, name, kind, frozenset(packets), **more)


ROWS: Final = (
    _row(0x01, "payload_format_indicator", _BYTE, _MESSAGE, is_flag=True),
    _row(0x02, "message_expiry_interval", _U32, _MESSAGE),
    _row(0x03, "content_type", _STRING, _MESSAGE),
    _row(0x08, "response_topic", _STRING, _MESSAGE),
    _row(0x09, "correlation_data", _BINARY, _MESSAGE),
    _row(
        0x0B,
        "subscription_identifier",
        _VARINT,
        {PUBLISH, SUBSCRIBE},
        is_positive=True,
        is_repeated=True,
    ),
    _row(0x11, "session_expiry_interval", _U32, {CONNECT, CONNACK, DISCONNECT}),
    _row(0x12, "assigned_client_identifier", _STRING, {CONNACK}),
    _row(0x13, "server_keep_alive", _U16, {CONNACK}),
    _row(0x15, "authentication_method", _STRING, {CONNECT, CONNACK, AUTH}),
    _row(0x16, "authentication_data", _BINARY, {CONNECT, CONNACK, AUTH}),
    _row(0x17, "request_problem_information", _BYTE, {CONNECT}, is_flag=True),
    _row(0x18, "will_delay_interval", _U32, {WILL}),
    _row(0x19, "request_response_information", _BYTE, {CONNECT}, is_flag=True),
    _row(0x1A, "response_information", _STRING, {CONNACK}),
    _row(0x1C, "server_reference", _STRING, {CONNACK, DISCONNECT}),
    _row(0x1F, "reason_string", _STRING, _ANSWERS),
    _row(0x21, "receive_maximum", _U16, {CONNECT, CONNACK}, is_positive=True),
    _row(0x22, "topic_alias_maximum", _U16, {CONNECT, CONNACK}),
    _row(0x23, "topic_alias", _U16, {PUBLISH}),
    _row(0x24, "maximum_qos", _BYTE, {CONNACK}, is_flag=True),
    _row(0x25, "retain_available", _BYTE, {CONNACK}, is_flag=True),
    _row(0x26, "user_property", _PAIR, _ALL, is_repeated=True),
    _row(0x27, "maximum_packet_size", _U32, {CONNECT, CONNACK}, is_positive=True),
    _row(0x28, "wildcard_subscription_available", _BYTE, {CONNACK}, is_flag=True),
    _row(0x29, "subscription_identifier_available", _BYTE, {CONNACK}, is_flag=True),
    _row(0x2A, "shared_subscription_available", _BYTE, {CONNACK}, is_flag=True),
)
_BY_ID: Final = {row.id: row for row in ROWS}
_BY_NAME: Final = {row.name: row for row in ROWS}


def read_properties(reader: Reader, packet: int) -> Properties:
    """The properties of a packet type (or `WILL`). Raises MqttError."""
    size = reader.varint()
    if not size:
        return NONE
    end = reader.at + size
    if end > reader.end:
        raise MalformedError("properties longer than the packet")
    inner = Reader(reader.data, reader.at, end)
    found: dict[str, Any] = {}
    while not inner.is_done:
        _read_one(inner, packet, found)
    reader.at = end
    return found


def _read_one(reader: Reader, packet: int, found: dict[str, Any]) -> None:
    row = _BY_ID.get(reader.varint())
    if row is None or packet not in row.packets:
        raise MalformedError(
            "unknown property" if row is None else f"{row.name} is not allowed here"
        )
    value = row.kind.read(reader)
    _check(row, value)
    earlier = found.get(row.name)
    if not row.is_repeated:
        if earlier is not None:
            raise ProtocolError(f"{row.name} is given twice")
        found[row.name] = value
        return
    if earlier is not None and packet == SUBSCRIBE and row.name == "subscription_identifier":
        raise ProtocolError("subscription_identifier is given twice")
    if earlier is not None and len(earlier) >= MAX_USER_PROPERTIES:
        raise ProtocolError("too many properties")
    found[row.name] = (*(earlier or ()), value)


def _check(row: Row, value: Any) -> None:
    if row.is_flag and value > 1:
        raise ProtocolError(f"{row.name} must be 0 or 1")
    if row.is_positive and value == 0:
        raise ProtocolError(f"{row.name} must not be 0")
    if row.name == "topic_alias" and value == 0:
        raise MqttError(TOPIC_ALIAS_INVALID, "topic_alias must not be 0")  # 3.3.2-8


def write_properties(properties: Properties) -> bytes:
    """Length and properties; ValueError or OverflowError for values that do not fit."""
    if not properties:
        return b"\0"
    parts = []
    for name, value in properties.items():
        row = _BY_NAME[name]
        for item in value if row.is_repeated else (value,):
            parts.append(bytes((row.id,)) + row.kind.write(item))
    body = b"".join(parts)
    return wire.encode_varint(len(body)) + body
