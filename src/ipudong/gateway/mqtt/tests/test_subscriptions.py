"""Subscriptions and messages to subscribers (3.3, 3.8 to 3.11, 4.3 to 4.9)."""

import asyncio

import pytest

from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.tests.client_double import ClientDouble
from ipudong.gateway.mqtt.tests.conftest import TELEMETRY, Door
from ipudong.protocols.mqtt import packets, reasons
from ipudong.protocols.mqtt.packets import (
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    V5,
    V311,
    Acknowledgement,
    Disconnect,
    Publish,
    Subscription,
    UnsubAck,
)

VERSIONS = pytest.mark.parametrize("version", [V311, V5])
OWN = "v1/devices/s1/"


async def payloads(client: ClientDouble, count: int) -> list[bytes]:
    return [(await client.expect(Publish)).payload for _ in range(count)]


# Who may see what.


@pytest.mark.parametrize(
    ("topic_filter", "allowed"),
    [
        (OWN + "#", True),
        (OWN + "commands/+", True),
        ("v1/devices/s1/+/+", True),
        ("$share/group/" + OWN + "#", True),
        ("own/s1/#", True),
        ("own/s1/down/#", True),
        ("own/s2/#", False),
        ("own/+/#", False),
        ("#", False),
        ("+/devices/s1/#", False),
        ("v1/devices/+/telemetry", False),
        ("v1/devices/s2/#", False),
        ("v1/devices/s1", True),
        ("$share/group/v1/devices/s2/#", False),
        ("$SYS/#", False),
        ("v1.1/Things", False),
        ("spBv1.0/STATE/scada", False),
    ],
)
@VERSIONS
async def test_a_device_sees_its_own_topics_only(door, version, topic_filter, allowed) -> None:
    sensor = await door.device(version=version)
    expected = 2 if allowed else (0x87 if version == V5 else 0x80)
    assert await sensor.subscribe(topic_filter) == (expected,)


NOT_ITS_OWN = ("v1/devices/s2/telemetry", "a", "$SYS/x", "v1.1/Things", "own/s2/x")


@pytest.mark.parametrize("topic", [*NOT_ITS_OWN, OWN + "commands/1", OWN + "telemetries"])
@VERSIONS
async def test_a_device_publishes_to_its_own_topics_only(door, version, topic) -> None:
    sensor = await door.device(version=version)
    reason = await sensor.deliver(topic, b'{"t": 1}')
    assert reason == (reasons.NOT_AUTHORIZED if version == V5 else 0)
    assert await sensor.deliver("own/s1/up", b'{"t": 2}') == 0
    assert door.rows() == [(1, 2.0)]
    assert [row.code for row in door.records.take().rejected] == ["not_authorized"]


@pytest.mark.parametrize(
    ("token", "topic_filter", "allowed"),
    [
        ("viewer", "v1/devices/+/telemetry", True),
        ("viewer", "v1.1/Datastreams(1)/Observations", True),
        ("viewer", "$SYS/broker/#", True),
        ("viewer", "$share/g/v1/#", True),
        ("viewer", "#", False),
        ("viewer", "own/s1/#", False),
        ("poster", "v1/devices/s1/telemetry", False),
    ],
)
async def test_an_integrator_sees_what_its_permit_opens(door, token, topic_filter, allowed) -> None:
    app = await door.integrator(token=token)
    reason = 2 if allowed else reasons.NOT_AUTHORIZED
    assert await app.subscribe(topic_filter) == (reason,)


async def test_an_integrator_without_the_permit_posts_nothing(door: Door) -> None:
    app = await door.integrator(token="viewer")
    assert await app.deliver(TELEMETRY, b'{"t": 1}') == reasons.NOT_AUTHORIZED
    poster = await door.integrator("p", token="poster")
    for topic in ("v1/devices/nobody/telemetry", OWN + "commands/1", "other"):
        assert await poster.deliver(topic, b'{"t": 1}') == reasons.NOT_AUTHORIZED
    assert door.rows() == []


# SUBSCRIBE.


async def test_each_filter_has_its_own_answer(door: Door) -> None:
    sensor = await door.device()
    rows = [Subscription(OWN + "a", 0), Subscription("x/#", 1), Subscription(OWN + "a#", 1)]
    rows += [Subscription(OWN + "b", 1), Subscription("$share/g", 1), Subscription("", 0)]
    assert await sensor.subscribe(*rows) == (0, 0x87, 0x8F, 1, 0x8F, 0x8F)


async def test_an_unsubscribe_says_whether_there_was_a_subscription(door: Door) -> None:
    sensor = await door.device()
    await sensor.subscribe(OWN + "#")
    sensor.send(packets.Unsubscribe(4, (OWN + "#", OWN + "x")))
    ack = await sensor.expect(UnsubAck)
    assert ack.reasons == (reasons.SUCCESS, reasons.NO_SUBSCRIPTION_EXISTED)
    assert door.broker.publish(OWN + "commands/1", b"") == 0


@pytest.mark.parametrize(("published", "subscribed"), [(p, s) for p in range(3) for s in range(3)])
async def test_a_message_comes_with_the_lower_qos_of_both(door, published, subscribed) -> None:
    app = await door.integrator()
    await app.subscribe(Subscription(OWN + "#", subscribed))
    sensor = await door.device()
    if published:
        await sensor.deliver(TELEMETRY, b'{"t": 1}', published)
    else:
        sensor.publish(TELEMETRY, b'{"t": 1}')
    assert (await app.expect(Publish)).qos == min(published, subscribed)


@VERSIONS
async def test_qos_1_and_2_to_a_client_run_their_course(door: Door, version: int) -> None:
    app = await door.integrator(version=version)
    await app.subscribe(OWN + "#")
    door.broker.publish(OWN + "a", b"1", qos=1)
    door.broker.publish(OWN + "a", b"2", qos=2)
    one, two = await app.expect(Publish), await app.expect(Publish)
    app.send(Acknowledgement(PUBACK, one.packet_id), Acknowledgement(PUBREC, two.packet_id))
    release = await app.expect(Acknowledgement)
    assert (release.kind, release.packet_id) == (PUBREL, two.packet_id)
    app.send(Acknowledgement(PUBCOMP, two.packet_id))
    await app.settle()
    (session,) = door.broker.sessions.values()
    assert session.in_flight == {}


async def test_a_pubrec_for_nothing_is_answered_with_0x92(door: Door) -> None:
    app = await door.integrator()
    app.send(Acknowledgement(PUBREC, 99))
    answer = await app.expect(Acknowledgement)
    assert (answer.kind, answer.reason) == (PUBREL, reasons.PACKET_IDENTIFIER_NOT_FOUND)


async def test_overlapping_subscriptions_get_one_copy_with_every_identifier(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(Subscription(OWN + "#", 0), subscription_identifier=(3,))
    await app.subscribe(Subscription("v1/devices/+/a", 1), subscription_identifier=(4,))
    door.broker.publish(OWN + "a", b"x", qos=2)
    packet = await app.expect(Publish)
    assert packet.qos == 1
    assert packet.properties["subscription_identifier"] == (3, 4)
    await app.settle()


async def test_no_local_keeps_back_ones_own_messages(door: Door) -> None:
    sensor = await door.device()
    await sensor.subscribe(Subscription(OWN + "#", 1, no_local=True))
    assert await sensor.deliver(TELEMETRY, b'{"t": 1}') == 0
    door.broker.publish(OWN + "commands/1", b"from inside")
    assert await payloads(sensor, 1) == [b"from inside"]


async def test_properties_of_a_message_are_forwarded_and_its_alias_is_not(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "#")
    sensor = await door.device()
    forwarded = {
        "payload_format_indicator": 1,
        "content_type": "application/json",
        "response_topic": OWN + "x",
        "correlation_data": b"\1",
        "user_property": (("a", "1"), ("a", "2")),
    }
    await sensor.deliver(TELEMETRY, b'{"t": 1}', properties=forwarded | {"topic_alias": 1})
    assert (await app.expect(Publish)).properties == forwarded


async def test_topic_aliases_are_used_towards_a_client_that_keeps_them(door: Door) -> None:
    app = await door.integrator(properties={"topic_alias_maximum": 1})
    await app.subscribe(OWN + "#")
    for topic in ("a", "a", "b"):
        door.broker.publish(OWN + topic, b"x", qos=1)
    found = [await app.expect(Publish) for _ in range(3)]
    assert [(p.topic, p.properties.get("topic_alias")) for p in found] == [
        (OWN + "a", 1),
        ("", 1),
        (OWN + "b", None),
    ]


async def test_a_message_that_expired_is_not_delivered(door: Door) -> None:
    keep = {"clean_start": False, "properties": {"session_expiry_interval": 60}}
    app = await door.integrator(**keep)
    await app.subscribe(OWN + "#")
    app.disconnect()
    await app.wait_closed()
    sensor = await door.device()
    for number, lifetime_s in ((1, 1), (2, 100)):
        properties = {"message_expiry_interval": lifetime_s}
        await sensor.deliver(TELEMETRY, b'{"t": %d}' % number, properties=properties)
    await asyncio.sleep(1.1)
    again = await door.integrator(**keep)
    packet = await again.expect(Publish)
    assert packet.payload == b'{"t": 2}'
    assert 90 < packet.properties["message_expiry_interval"] < 100


# Retained messages.


async def test_a_retained_message_waits_for_later_subscribers(door: Door) -> None:
    sensor = await door.device()
    await sensor.deliver(TELEMETRY, b'{"t": 1}', retain=True)
    await sensor.deliver(TELEMETRY, b'{"t": 2}', retain=True)
    await sensor.deliver(OWN + "events", b"{}")
    app = await door.integrator()
    await app.subscribe(Subscription("v1/devices/+/#", 0))
    packet = await app.expect(Publish)
    assert (packet.payload, packet.retain, packet.qos) == (b'{"t": 2}', True, 0)
    await app.settle()


async def test_a_refused_message_is_neither_retained_nor_forwarded(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "#")
    sensor = await door.device()
    await sensor.deliver(TELEMETRY, b"no json", retain=True)
    await app.settle()
    assert len(door.broker.retained) == 0


async def test_an_empty_payload_forgets_the_retained_message(door: Door) -> None:
    door.broker.publish("v1/devices/s1/state", b"on", retain=True)
    door.broker.publish("v1/devices/s1/state", b"", retain=True)
    app = await door.integrator()
    await app.subscribe("v1/#")
    await app.settle()


@pytest.mark.parametrize(("handling", "first", "second"), [(0, 1, 1), (1, 1, 0), (2, 0, 0)])
async def test_retain_handling_says_when_retained_messages_come(
    door, handling, first, second
) -> None:
    door.broker.publish(OWN + "state", b"on", retain=True)
    app = await door.integrator()
    for expected in (first, second):
        await app.subscribe(Subscription(OWN + "#", 0, retain_handling=handling))
        await payloads(app, expected)
        await app.settle()


@pytest.mark.parametrize("as_published", [False, True])
async def test_the_retain_flag_is_kept_where_asked_for(door: Door, as_published: bool) -> None:
    app = await door.integrator()
    await app.subscribe(Subscription(OWN + "#", 0, retain_as_published=as_published))
    door.broker.publish(OWN + "state", b"on", retain=True)
    assert (await app.expect(Publish)).retain is as_published


async def test_a_shared_subscription_gets_no_retained_messages(door: Door) -> None:
    door.broker.publish(OWN + "state", b"on", retain=True)
    app = await door.integrator()
    await app.subscribe("$share/g/" + OWN + "#")
    await app.settle()


# Shared subscriptions.


@VERSIONS
async def test_members_of_a_group_take_turns(door: Door, version: int) -> None:
    members = [await door.integrator(f"m{n}", version=version) for n in range(3)]
    for member in members:
        await member.subscribe("$share/g/" + OWN + "#")
    alone = await door.integrator("alone")
    await alone.subscribe(OWN + "#")
    for number in range(9):
        door.broker.publish(OWN + "a", b"%d" % number, qos=0)
    found = [set(await payloads(member, 3)) for member in members]
    assert set().union(*found) == {b"%d" % number for number in range(9)}
    assert len(await payloads(alone, 9)) == 9


async def test_an_absent_member_is_passed_over_while_another_is_there(door: Door) -> None:
    keep = {"properties": {"session_expiry_interval": 60}}
    here, away = await door.integrator("m1", **keep), await door.integrator("m2", **keep)
    for member in (here, away):
        await member.subscribe("$share/g/" + OWN + "#")
    away.disconnect()
    await away.wait_closed()
    for _ in range(4):
        door.broker.publish(OWN + "a", b"x", qos=1)
    assert len(await payloads(here, 4)) == 4


# Slow and small clients.


class TestBounds:
    @pytest.fixture
    def bounds(self) -> Bounds:
        return Bounds(max_queued=50, max_subscriptions=3, max_retained=2)

    async def test_no_more_than_its_receive_maximum_is_in_flight_to_a_client(self, door) -> None:
        app = await door.integrator(properties={"receive_maximum": 2})
        await app.subscribe(OWN + "#")
        for number in range(5):
            door.broker.publish(OWN + "a", b"%d" % number, qos=1)
        first, second = await app.expect(Publish), await app.expect(Publish)
        await app.settle()
        app.send(Acknowledgement(PUBACK, first.packet_id))
        assert (await app.expect(Publish)).payload == b"2"
        app.send(Acknowledgement(PUBACK, second.packet_id))
        assert (await app.expect(Publish)).payload == b"3"

    async def test_a_client_that_never_acknowledges_is_disconnected(self, door) -> None:
        app = await door.integrator(properties={"receive_maximum": 1})
        await app.subscribe(OWN + "#")
        for number in range(60):
            door.broker.publish(OWN + "a", b"%d" % number, qos=1)
        await app.expect(Publish)
        assert (await app.expect(Disconnect)).reason == reasons.QUOTA_EXCEEDED

    async def test_for_an_absent_client_the_oldest_give_way(self, door) -> None:
        keep = {"clean_start": False, "properties": {"session_expiry_interval": 60}}
        app = await door.integrator(**keep)
        await app.subscribe(OWN + "#")
        app.disconnect()
        await app.wait_closed()
        for number in range(60):
            door.broker.publish(OWN + "a", b"%d" % number, qos=1)
        again = await door.integrator(**keep)
        assert await payloads(again, 50) == [b"%d" % number for number in range(10, 60)]

    async def test_a_client_that_reads_nothing_loses_qos_0_and_harms_nobody(self, door) -> None:
        stuck, quick = await door.integrator("stuck"), await door.integrator("quick")
        for app in (stuck, quick):
            await app.subscribe(Subscription(OWN + "#", 0))
        for _ in range(200):
            door.broker.publish(OWN + "a", bytes(100_000))
            assert len(await payloads(quick, 1)) == 1
        session = door.broker.sessions["token:both", "stuck"]
        assert session.dropped > 100

    async def test_a_packet_too_large_for_the_client_is_not_sent(self, door) -> None:
        app = await door.integrator(properties={"maximum_packet_size": 100})
        await app.subscribe(OWN + "#")
        door.broker.publish(OWN + "a", bytes(200), qos=0)
        door.broker.publish(OWN + "a", bytes(200), qos=1)
        door.broker.publish(OWN + "a", b"small", qos=1)
        assert await payloads(app, 1) == [b"small"]

    async def test_subscriptions_of_a_session_are_bounded(self, door) -> None:
        sensor = await door.device()
        granted = await sensor.subscribe(*(OWN + str(n) for n in range(5)))
        assert granted == (2, 2, 2, reasons.QUOTA_EXCEEDED, reasons.QUOTA_EXCEEDED)

    async def test_retained_messages_are_bounded(self, door) -> None:
        for number in range(4):
            door.broker.publish(f"v1/x/{number}", b"x", retain=True)
        assert len(door.broker.retained) == 2


async def test_a_message_larger_than_we_told_ends_the_connection(door: Door) -> None:
    sensor = await door.device()
    sensor.publish(TELEMETRY, bytes(1024 * 1024), 1)
    assert (await sensor.expect(Disconnect)).reason == reasons.PACKET_TOO_LARGE


async def test_bytes_that_are_no_packet_are_kept_and_the_connection_ends(door: Door) -> None:
    sensor = await door.device()
    sensor.write(b"\x36\x05\x00\x01a\x00\x01")
    assert (await sensor.expect(Disconnect)).reason == reasons.MALFORMED_PACKET
    (row,) = door.records.take().rejected
    assert (row.code, row.thing_id) == ("mqtt_81", 1)


async def test_refused_messages_without_end_close_the_connection(door: Door) -> None:
    sensor = await door.device()
    for packet_id in range(1, 700):
        sensor.publish(TELEMETRY, b"rubbish", 1, packet_id)
    await sensor.wait_closed()


async def test_what_follows_a_disconnect_is_ignored(door: Door) -> None:
    sensor = await door.device()
    late = Publish(TELEMETRY, b'{"t": 2}', 1, packet_id=2)
    first = Publish(TELEMETRY, b'{"t": 1}', 1, packet_id=1)
    sensor.send(first, Disconnect(), late)
    await sensor.wait_closed()
    await door.broker.pipeline.drain()
    assert door.rows() == [(1, 1.0)]


async def test_qos_2_messages_that_are_never_released_are_bounded(door: Door) -> None:
    sensor = await door.device()
    for packet_id in range(1, 2050):
        sensor.publish(TELEMETRY, b'{"t": 1}', 2, packet_id)
        if packet_id % 100 == 0:
            await asyncio.sleep(0.01)
    acks = 0
    while not isinstance(packet := await sensor.receive(), Disconnect):
        acks += packet.kind == PUBREC
    assert packet.reason == reasons.RECEIVE_MAXIMUM_EXCEEDED


async def test_status_topics_tell_how_the_broker_is(door: Door, ticks: None) -> None:
    app = await door.integrator(token="viewer")
    await app.subscribe("$SYS/broker/clients/connected")
    assert (await app.expect(Publish)).payload == b"1"
