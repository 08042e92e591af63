"""What is written is read again, for every packet, property and version."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.mqtt import packets, reasons, topics
from ipudong.protocols.mqtt import properties as table
from ipudong.protocols.mqtt.decode import decode
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import V5, V311, Packet
from ipudong.protocols.mqtt.properties import ROWS, Row
from ipudong.protocols.mqtt.reasons import MqttError
from ipudong.protocols.mqtt.server import Fault, ServerConnection
from ipudong.protocols.mqtt.wire import Reader, encode_varint

text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
topic = text.map(lambda name: name.replace("+", "").replace("#", "") or "a")
packet_ids = st.integers(1, 65535)
VALUES = {
    "response_topic": topic,
    "subscription_identifier": st.lists(st.integers(1, 268_435_455), min_size=1, max_size=1).map(
        tuple
    ),
    "user_property": st.lists(st.tuples(text, text), min_size=1, max_size=3).map(tuple),
    "topic_alias": st.integers(1, 65535),
}
BITS = {table._BYTE: 8, table._U16: 16, table._U32: 32}


def values_of(row: Row) -> st.SearchStrategy:
    if row.name in VALUES:
        return VALUES[row.name]
    if row.is_flag:
        return st.integers(0, 1)
    if row.kind is table._STRING:
        return text
    if row.kind is table._BINARY:
        return st.binary(max_size=20)
    return st.integers(int(row.is_positive), 2 ** BITS[row.kind] - 1)


def properties_of(packet: int) -> st.SearchStrategy:
    rows = [row for row in ROWS if packet in row.packets]
    return st.fixed_dictionaries({}, optional={row.name: values_of(row) for row in rows})


def wills(version: int) -> st.SearchStrategy:
    return st.builds(
        packets.Will,
        topic,
        st.binary(max_size=20),
        st.integers(0, 2),
        st.booleans(),
        in_version(version, table.WILL),
    )


def in_version(version: int, packet: int) -> st.SearchStrategy:
    return properties_of(packet) if version == V5 else st.just({})


def connects(version: int) -> st.SearchStrategy:
    return st.builds(
        packets.Connect,
        client_id=text,
        version=st.just(version),
        clean_start=st.booleans(),
        keep_alive_s=st.integers(0, 65535),
        username=text if version == V311 else st.none() | text,
        password=st.none() | st.binary(max_size=20),
        will=st.none() | wills(version),
        properties=in_version(version, table.CONNECT),
    ).filter(
        lambda packet: (
            "authentication_data" not in packet.properties
            or "authentication_method" in packet.properties
        )
    )


def publishes(version: int) -> st.SearchStrategy:
    def build(name, payload, qos, retain, dup, packet_id, properties):
        return packets.Publish(
            name, payload, qos, retain, dup and qos > 0, packet_id if qos else 0, properties
        )

    return st.builds(
        build,
        topic,
        st.binary(max_size=300),
        st.integers(0, 2),
        st.booleans(),
        st.booleans(),
        packet_ids,
        in_version(version, table.PUBLISH),
    )


def subscriptions(version: int) -> st.SearchStrategy:
    flags = st.booleans() if version == V5 else st.just(False)
    handling = st.integers(0, 2) if version == V5 else st.just(0)
    return st.builds(packets.Subscription, topic, st.integers(0, 2), flags, flags, handling).filter(
        lambda row: not (row.no_local and row.filter.startswith(topics.SHARE))
    )


def acknowledgements(version: int) -> st.SearchStrategy:
    reasons = st.integers(0, 255) if version == V5 else st.just(0)
    return st.integers(4, 7).flatmap(
        lambda kind: st.builds(
            packets.Acknowledgement, st.just(kind), packet_ids, reasons, in_version(version, kind)
        )
    )


def others(version: int) -> st.SearchStrategy:
    v5 = version == V5
    reason = st.integers(0, 255) if v5 else st.just(0)
    granted = st.lists(st.sampled_from([0, 1, 2, 0x80]), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(
            packets.ConnAck,
            reason if v5 else st.sampled_from([0]),
            st.booleans(),
            in_version(version, table.CONNACK),
        ),
        st.builds(
            packets.Subscribe,
            packet_ids,
            st.lists(subscriptions(version), min_size=1, max_size=3).map(tuple),
            in_version(version, table.SUBSCRIBE),
        ),
        st.builds(packets.SubAck, packet_ids, granted, in_version(version, table.SUBACK)),
        st.builds(
            packets.Unsubscribe,
            packet_ids,
            st.lists(text, min_size=1, max_size=3).map(tuple),
            in_version(version, table.UNSUBSCRIBE),
        ),
        st.builds(
            packets.UnsubAck,
            packet_ids,
            granted if v5 else st.just(()),
            in_version(version, table.UNSUBACK),
        ),
        st.just(packets.PingReq()),
        st.just(packets.PingResp()),
        st.builds(packets.Disconnect, reason, in_version(version, table.DISCONNECT)),
        *([st.builds(packets.Auth, reason, properties_of(table.AUTH))] if v5 else []),
    )


def all_packets(version: int) -> st.SearchStrategy:
    return st.one_of(
        connects(version), publishes(version), acknowledgements(version), others(version)
    )


def read(data: bytes, version: int) -> Packet:
    reader = Reader(data, 1, len(data))
    assert reader.varint() == len(data) - reader.at
    return decode(data[0], data[reader.at :], version)


@pytest.mark.parametrize("version", [V311, V5])
def test_every_packet_that_is_written_is_read_again(version: int) -> None:
    @given(all_packets(version))
    def check(packet: Packet) -> None:
        assert read(encode(packet, version), version) == packet

    check()


@pytest.mark.parametrize("version", [V311, V5])
def test_a_server_reads_messages_the_same_however_the_stream_is_cut(version: int) -> None:
    from_client = publishes(version).filter(
        lambda packet: not {"topic_alias", "subscription_identifier"} & set(packet.properties)
    )

    @given(st.lists(from_client, max_size=5), st.integers(0, 2**32))
    def check(sent: list[packets.Publish], seed: int) -> None:
        connection = ServerConnection()
        hello = packets.Connect("a", version, username="a")
        data = b"".join(encode(packet, version) for packet in (hello, *sent))
        cuts = random.Random(seed)
        events, at = [], 0
        while at < len(data):
            step = cuts.randint(1, 40)
            events += connection.receive(data[at : at + step])
            at += step
        assert events == [hello, *sent]
        assert connection.buffered_bytes == 0

    check()


@pytest.mark.parametrize("version", [V311, V5])
def test_any_bytes_give_packets_or_one_fault_at_the_end(version: int) -> None:
    @given(st.lists(all_packets(version), max_size=4), st.binary(max_size=60), st.randoms())
    def check(sent: list[Packet], noise: bytes, chance: random.Random) -> None:
        hello = encode(packets.Connect("a", version, username="a"), version)
        rest = bytearray(b"".join(encode(packet, version) for packet in sent) + noise)
        for _ in range(min(3, len(rest))):
            rest[chance.randrange(len(rest))] = chance.randrange(256)
        connection = ServerConnection(max_packet_bytes=1000)
        events = connection.receive(hello + bytes(rest))
        assert not any(isinstance(event, Fault) for event in events[:-1])
        assert connection.is_closed == isinstance(events[-1], Fault)
        assert connection.buffered_bytes <= 1005

    check()


@given(st.integers(0, 255), st.binary(max_size=200), st.sampled_from([V311, V5]))
def test_any_body_decodes_or_says_what_is_wrong(first: int, body: bytes, version: int) -> None:
    known = [code for code in vars(reasons).values() if isinstance(code, int)]
    try:
        packet = decode(first, body, version)
    except MqttError as error:
        packet, reason = None, error.reason
    assert packet is not None or (reason >= 0x80 and reason in known)


@pytest.mark.parametrize(
    ("value", "written"),
    [  # table 1-1 of MQTT 5
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (268_435_455, "ffffff7f"),
    ],
)
def test_the_limits_of_variable_byte_integers_are_those_of_table_1_1(
    value: int, written: str
) -> None:
    assert encode_varint(value).hex() == written
    assert Reader(bytes.fromhex(written), 0, len(written) // 2).varint() == value
