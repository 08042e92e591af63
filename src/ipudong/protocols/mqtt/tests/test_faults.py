"""What a client may not do: each rule of the standard with the reason it is told."""

import pytest

from ipudong.protocols.mqtt import packets, reasons
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import V5, V311, Connect, Publish
from ipudong.protocols.mqtt.server import MAX_CONNECT_BYTES, Fault, ServerConnection

# An MQTT 3.1.1 CONNECT and PUBLISH as octets, from figures 3.2 to 3.6 of the standard: user name,
# password, will QoS 1, clean session, keep alive 10 s.
FIGURE_3_6 = bytes.fromhex("00044d51545404ce000a")


def connected(version: int = V5, **more) -> ServerConnection:
    connection = ServerConnection(**more)
    connection.receive(encode(Connect("a", version), version))
    return connection


def fault_of(connection: ServerConnection, data: bytes) -> Fault:
    events = connection.receive(data)
    assert isinstance(events[-1], Fault)
    assert connection.receive(data) == []  # nothing is read after it
    return events[-1]


def frame(first: int, body: str) -> bytes:
    raw = bytes.fromhex(body)
    return bytes((first, len(raw))) + raw


def test_the_connect_of_the_standards_own_figure_is_read() -> None:
    payload = b"\0\1c" + b"\0\1w" + b"\0\2hi" + b"\0\1u" + b"\0\1p"
    body = FIGURE_3_6 + payload
    (connect,) = ServerConnection().receive(bytes((0x10, len(body))) + body)
    assert connect == Connect(
        "c",
        V311,
        clean_start=True,
        keep_alive_s=10,
        username="u",
        password=b"p",
        will=packets.Will("w", b"hi", 1, False),
    )


V5_CONNECT = "00044d51545405"
BAD_CONNECTS = [
    ("not_mqtt", frame(0x10, "00044d51545804020000" + "0000"), reasons.MALFORMED_PACKET),
    ("mqtt_3_1", frame(0x10, "00064d51497364700302000a000161"), reasons.UNSUPPORTED_VERSION),
    ("version_6", frame(0x10, "00044d515454060200000000"), reasons.UNSUPPORTED_VERSION),
    ("reserved_flag", frame(0x10, V5_CONNECT + "03000000000161"), reasons.MALFORMED_PACKET),
    ("will_qos_3", frame(0x10, V5_CONNECT + "1e000000000161"), reasons.MALFORMED_PACKET),
    ("will_qos_no_will", frame(0x10, V5_CONNECT + "0a000000000161"), reasons.MALFORMED_PACKET),
    ("header_flags", frame(0x11, V5_CONNECT + "02000000000161"), reasons.MALFORMED_PACKET),
    ("truncated", frame(0x10, V5_CONNECT + "02"), reasons.MALFORMED_PACKET),
    ("too_long", frame(0x10, V5_CONNECT + "0200000000016161"), reasons.MALFORMED_PACKET),
    ("receive_max_0", frame(0x10, V5_CONNECT + "02000003210000000161"), reasons.PROTOCOL_ERROR),
    ("twice", frame(0x10, V5_CONNECT + "02000006210001210001000161"), reasons.PROTOCOL_ERROR),
    ("flag_2", frame(0x10, V5_CONNECT + "02000002170200 0161"), reasons.PROTOCOL_ERROR),
    ("auth_data_only", frame(0x10, V5_CONNECT + "0200000416000178000161"), reasons.PROTOCOL_ERROR),
    ("unknown_property", frame(0x10, V5_CONNECT + "020000027f00000161"), reasons.MALFORMED_PACKET),
    ("wrong_property", frame(0x10, V5_CONNECT + "02000003230001000161"), reasons.MALFORMED_PACKET),
    ("will_topic", frame(0x10, V5_CONNECT + "0600000000016100000123" + "0000"),
     reasons.TOPIC_NAME_INVALID),
    ("nul_in_id", frame(0x10, V5_CONNECT + "020000000001" + "00"), reasons.MALFORMED_PACKET),
    ("surrogate", frame(0x10, V5_CONNECT + "0200000000" + "03eda080"), reasons.MALFORMED_PACKET),
    ("first_is_publish", encode(Publish("a", b""), V311), reasons.PROTOCOL_ERROR),
    ("password_alone_3_1_1", frame(0x10, "00044d5154540442000000016100 0170"),
     reasons.MALFORMED_PACKET),
    ("announces_256_mb", b"\x10\xff\xff\xff\x7f", reasons.PACKET_TOO_LARGE),
    ("length_of_5_bytes", b"\x10\xff\xff\xff\xff\x7f", reasons.MALFORMED_PACKET),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "reason"), [pytest.param(data, reason, id=name) for name, data, reason in BAD_CONNECTS]
)
def test_a_connect_against_the_standard_is_refused_with_its_reason(data, reason) -> None:
    assert fault_of(ServerConnection(), data).reason == reason


def test_a_password_without_a_user_name_is_right_in_mqtt_5() -> None:
    connect = Connect("a", V5, password=b"secret")
    assert ServerConnection().receive(encode(connect, V5)) == [connect]


BAD_PACKETS = [
    ("second_connect", encode(Connect("a", V5), V5), reasons.PROTOCOL_ERROR),
    ("type_0", b"\x00\x00", reasons.MALFORMED_PACKET),
    ("connack", b"\x20\x03\x00\x00\x00", reasons.PROTOCOL_ERROR),
    ("suback", b"\x90\x04\x00\x01\x00\x00", reasons.PROTOCOL_ERROR),
    ("unsuback", b"\xb0\x04\x00\x01\x00\x00", reasons.PROTOCOL_ERROR),
    ("pingresp", b"\xd0\x00", reasons.PROTOCOL_ERROR),
    ("pingreq_flags", b"\xc1\x00", reasons.MALFORMED_PACKET),
    ("pingreq_body", b"\xc0\x01\x00", reasons.MALFORMED_PACKET),
    ("qos_3", frame(0x36, "000161000100"), reasons.MALFORMED_PACKET),
    ("dup_at_qos_0", frame(0x38, "00016100"), reasons.MALFORMED_PACKET),
    ("packet_id_0", frame(0x32, "000161000000"), reasons.MALFORMED_PACKET),
    ("no_packet_id", frame(0x32, "000161"), reasons.MALFORMED_PACKET),
    ("topic_cut", frame(0x30, "000561"), reasons.MALFORMED_PACKET),
    ("publish_empty", frame(0x30, ""), reasons.MALFORMED_PACKET),
    ("publish_one_byte", frame(0x30, "00"), reasons.MALFORMED_PACKET),
    ("wildcard", frame(0x30, "0003612f2300"), reasons.TOPIC_NAME_INVALID),
    ("empty_topic", frame(0x30, "000000"), reasons.TOPIC_NAME_INVALID),
    ("nul_topic", frame(0x30, "00010000"), reasons.MALFORMED_PACKET),
    ("no_utf8_topic", frame(0x30, "0001ff00"), reasons.MALFORMED_PACKET),
    ("alias_0", frame(0x30, "000161" + "03230000"), reasons.TOPIC_ALIAS_INVALID),
    ("alias_17", frame(0x30, "000161" + "03230011"), reasons.TOPIC_ALIAS_INVALID),
    ("alias_unset", frame(0x30, "0000" + "03230001"), reasons.PROTOCOL_ERROR),
    ("alias_twice", frame(0x30, "000161" + "06230001230001"), reasons.PROTOCOL_ERROR),
    ("property_overrun", frame(0x30, "000161" + "7f01"), reasons.MALFORMED_PACKET),
    ("subscription_id", frame(0x30, "000161" + "020b01"), reasons.PROTOCOL_ERROR),
    ("response_wildcard", frame(0x30, "000161" + "04080001" + "2b"), reasons.TOPIC_NAME_INVALID),
    ("puback_no_id", frame(0x40, "00"), reasons.MALFORMED_PACKET),
    ("pubrel_flags", frame(0x60, "0001"), reasons.MALFORMED_PACKET),
    ("subscribe_flags", frame(0x80, "000100" + "00016100"), reasons.MALFORMED_PACKET),
    ("subscribe_nothing", frame(0x82, "000100"), reasons.PROTOCOL_ERROR),
    ("subscribe_qos_3", frame(0x82, "000100" + "00016103"), reasons.PROTOCOL_ERROR),
    ("retain_handling_3", frame(0x82, "000100" + "00016130"), reasons.PROTOCOL_ERROR),
    ("subscribe_reserved", frame(0x82, "000100" + "00016140"), reasons.MALFORMED_PACKET),
    ("subscription_id_0", frame(0x82, "0001" + "020b00" + "00016100"), reasons.PROTOCOL_ERROR),
    (
        "shared_no_local",
        frame(0x82, "000100" + "000a" + b"$share/g/a".hex() + "04"),
        reasons.PROTOCOL_ERROR,
    ),
    ("unsubscribe_nothing", frame(0xA2, "000100"), reasons.PROTOCOL_ERROR),
    ("too_large", b"\x30\x81\x80\x40", reasons.PACKET_TOO_LARGE),
]


@pytest.mark.parametrize(
    ("data", "reason"), [pytest.param(data, reason, id=name) for name, data, reason in BAD_PACKETS]
)
def test_a_packet_against_the_standard_ends_the_connection_with_its_reason(data, reason) -> None:
    connection = connected()
    fault = fault_of(connection, data)
    assert fault.reason == reason
    ending = connection.end(fault.reason, fault.why)
    assert ending[0] == 0xE0
    assert ending[2] == reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("auth", b"\xf0\x00"),
        ("subscription_options", frame(0x82, "0001" + "00016104")),
        ("disconnect_body", b"\xe0\x01\x00"),
    ],
)
def test_what_only_mqtt_5_has_is_malformed_in_3_1_1(name: str, data: bytes) -> None:
    connection = connected(V311)
    assert fault_of(connection, data).reason == reasons.MALFORMED_PACKET
    assert connection.end(reasons.MALFORMED_PACKET) == b""  # 3.1.1 just hangs up


def test_a_topic_alias_stands_for_its_topic_until_it_is_set_anew() -> None:
    connection = connected(max_aliases=2)

    def send(topic: str, alias: int) -> str:
        packet = Publish(topic, b"", properties={"topic_alias": alias})
        (event,) = connection.receive(encode(packet, V5))
        return event.topic

    assert [send("a", 1), send("b", 2), send("", 1), send("", 2)] == ["a", "b", "a", "b"]
    assert [send("c", 1), send("", 1), send("", 2)] == ["c", "c", "b"]


def test_the_reason_in_words_is_left_out_where_the_client_does_not_want_it() -> None:
    wanted, unwanted = ServerConnection(), ServerConnection()
    wanted.receive(encode(Connect("a", V5), V5))
    silent = Connect("a", V5, properties={"request_problem_information": 0})
    unwanted.receive(encode(silent, V5))
    assert b"because" in wanted.end(reasons.QUOTA_EXCEEDED, "because")
    small = ServerConnection()
    small.receive(encode(Connect("a", V5, properties={"maximum_packet_size": 10}), V5))
    assert small.end(reasons.QUOTA_EXCEEDED, "because") == bytes.fromhex("e00197")
    assert unwanted.end(reasons.QUOTA_EXCEEDED, "because") == bytes.fromhex("e00197")


@pytest.mark.parametrize(
    ("reason", "v311"),
    [
        (reasons.UNSUPPORTED_VERSION, "20020001"),
        (reasons.CLIENT_IDENTIFIER_NOT_VALID, "20020002"),
        (reasons.SERVER_UNAVAILABLE, "20020003"),
        (reasons.BAD_USER_NAME_OR_PASSWORD, "20020004"),
        (reasons.NOT_AUTHORIZED, "20020005"),
        (reasons.BAD_AUTHENTICATION_METHOD, ""),
    ],
)
def test_a_refusal_is_said_in_the_words_of_each_version(reason: int, v311: str) -> None:
    assert connected(V311).refuse(reason).hex() == v311
    assert connected(V5).refuse(reason).hex() == f"200300{reason:02x}00"


def test_a_packet_that_arrives_byte_by_byte_takes_no_more_memory_than_itself() -> None:
    connection = connected(max_packet_bytes=5000)
    packet = encode(Publish("a", bytes(4000)), V5)
    for byte in packet[:-1]:
        assert connection.receive(bytes((byte,))) == []
    assert connection.buffered_bytes == len(packet) - 1
    (event,) = connection.receive(packet[-1:])
    assert len(event.payload) == 4000
    assert connection.buffered_bytes == 0


def test_a_stranger_cannot_announce_more_than_a_connect_needs() -> None:
    connection = ServerConnection(max_packet_bytes=100 * 1024 * 1024)
    data = b"\x10" + b"\x81\x80\x08" + b"x"  # 131,073 bytes
    assert MAX_CONNECT_BYTES == 131_072
    assert fault_of(connection, data).reason == reasons.PACKET_TOO_LARGE
