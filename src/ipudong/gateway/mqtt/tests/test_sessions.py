"""CONNECT and the life of sessions (chapters 3.1, 3.2, 4.1), take-over, keep alive, wills."""

import asyncio

import pytest

from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.tests.conftest import SECRET, TELEMETRY, Door, make_sensor
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.packets import (
    V5,
    V311,
    ConnAck,
    Connect,
    Disconnect,
    Publish,
    Subscription,
    Will,
)

VERSIONS = pytest.mark.parametrize("version", [V311, V5])
OWN = "v1/devices/s1/"
KEEP = {"session_expiry_interval": 60}


async def refusal(door: Door, version: int = V5, client_id: str = "x", **more) -> int:
    """The reason of a refused CONNECT; 3.1.1 codes as they are."""
    client = door.client(version)
    ack = await client.connect(client_id, **more)
    with pytest.raises(EOFError):
        await client.receive()
    return ack.reason


async def test_what_the_server_can_do_is_told_to_mqtt_5(door: Door) -> None:
    sensor = await door.device("", keep_alive_s=0)
    properties = sensor.ack.properties
    assert properties["assigned_client_identifier"].startswith("auto-")
    assert properties["server_keep_alive"] == 3600
    assert properties["receive_maximum"] == 2048
    assert properties["maximum_packet_size"] == 1024 * 1024
    assert properties["topic_alias_maximum"] == 32
    assert not sensor.ack.session_present


async def test_a_session_expiry_longer_than_we_keep_any_is_cut(door: Door) -> None:
    sensor = await door.device(properties={"session_expiry_interval": 0xFFFF_FFFF})
    assert sensor.ack.properties["session_expiry_interval"] == 7 * 24 * 3600


@pytest.mark.parametrize(("version", "code"), [(V311, 4), (V5, 0x86)])
async def test_wrong_passwords_and_strangers_are_refused_and_quarantined(
    door: Door, version: int, code: int
) -> None:
    assert await refusal(door, version, username="s1", password="wrong") == code
    assert await refusal(door, version, username="nobody", password="p") == code
    assert await refusal(door, version, client_id="just-an-id") == code
    assert await refusal(door, version, username="token", password="wrong") == code
    found = door.records.take().quarantined
    assert {(row.identity, row.reason) for row in found.values()} == {
        ("s1", "wrong_credential"),
        ("nobody", "unknown_identity"),
        ("just-an-id", "unknown_identity"),
    }
    assert not any(b"wrong" in row.raw for row in found.values())
    assert {row.protocol for row in found.values()} == {"mqtt"}


@pytest.mark.parametrize(("version", "code"), [(V311, 5), (V5, 0x87)])
async def test_a_token_without_a_permit_is_refused(door: Door, version: int, code: int) -> None:
    assert await refusal(door, version, username="token", password="nothing") == code


@pytest.mark.parametrize("identity", ["s/+", "#", "a+b", "", "%2F"])
async def test_an_identity_that_would_be_a_wildcard_is_never_let_in(door, identity) -> None:
    door.reload(make_sensor(1, identity))
    assert await refusal(door, username=identity) == reasons.BAD_USER_NAME_OR_PASSWORD


async def test_a_device_may_use_its_identity_as_client_identifier_alone(door: Door) -> None:
    sensor = door.client(V311)
    assert (await sensor.connect("s2")).reason == 0  # s2 was given no credential
    assert await sensor.deliver("v1/devices/s2/telemetry", b'{"t": 1}') == 0


async def test_enhanced_authentication_is_refused(door: Door) -> None:
    properties = {"authentication_method": "SCRAM-SHA-1"}
    reason = await refusal(door, username="s1", password=SECRET, properties=properties)
    assert reason == reasons.BAD_AUTHENTICATION_METHOD


async def test_a_kept_session_without_an_identifier_is_refused_in_3_1_1(door: Door) -> None:
    more = {"username": "s1", "password": SECRET, "clean_start": False}
    assert await refusal(door, V311, client_id="", **more) == 2


async def test_an_unsupported_version_is_refused_with_code_1(door: Door) -> None:
    client = door.client(V311)
    await client.open()
    client.write(bytes.fromhex("100e00064d51497364700302003c0000"))  # MQTT 3.1
    assert await client.receive() is not None
    client.abort()


async def test_a_will_on_another_devices_topic_is_refused(door: Door) -> None:
    will = Will("v1/devices/s2/events", b"{}")
    reason = await refusal(door, username="s1", password=SECRET, will=will)
    assert reason == reasons.NOT_AUTHORIZED


async def test_what_does_not_begin_with_connect_is_hung_up_on(door: Door) -> None:
    client = door.client()
    await client.open()
    client.publish(TELEMETRY, b'{"t": 1}', 1)
    with pytest.raises(EOFError):
        await client.receive()
    assert door.rows() == []


async def test_messages_sent_right_behind_the_connect_are_taken(door: Door) -> None:
    door.desk.hold = asyncio.Event()
    client = door.client()
    await client.open()
    hello = Connect("app", V5, username="token", password=b"both")
    client.send(hello, Publish("v1/devices/s1/telemetry", b'{"t": 8}', 1, packet_id=3))
    client.publish("v1/devices/s1/telemetry", b'{"t": 9}', 1, 4)
    await client.expect_silence()
    door.desk.hold.set()
    assert (await client.expect(ConnAck)).reason == 0
    acks = [await client.receive() for _ in range(2)]
    assert [ack.packet_id for ack in acks] == [3, 4]
    assert [result for _, result in door.rows()] == [8.0, 9.0]


# Sessions.


@VERSIONS
async def test_a_kept_session_gets_what_was_sent_meanwhile(door: Door, version: int) -> None:
    more = {"clean_start": False, "properties": KEEP if version == V5 else {}}
    sensor = await door.device(version=version, **more)
    assert not sensor.ack.session_present
    await sensor.subscribe(OWN + "#")
    sensor.disconnect()
    await sensor.wait_closed()
    for number in range(3):
        assert door.broker.publish(OWN + "commands/1", b"%d" % number, qos=1) == 1
    assert door.broker.publish(OWN + "live", b"x", qos=0) == 0
    again = await door.device(version=version, **more)
    assert again.ack.session_present
    found = [await again.expect(Publish) for _ in range(3)]
    assert [packet.payload for packet in found] == [b"0", b"1", b"2"]
    assert all(packet.qos == 1 and not packet.dup for packet in found)


@VERSIONS
async def test_what_was_not_acknowledged_is_sent_again_as_a_duplicate(door, version) -> None:
    more = {"clean_start": False, "properties": KEEP if version == V5 else {}}
    sensor = await door.device(version=version, **more)
    await sensor.subscribe(OWN + "#")
    door.broker.publish(OWN + "commands/1", b"a", qos=1)
    door.broker.publish(OWN + "commands/2", b"b", qos=2)
    first = [await sensor.expect(Publish) for _ in range(2)]
    sensor.abort()
    again = await door.device(version=version, **more)
    second = [await again.expect(Publish) for _ in range(2)]
    assert [(p.packet_id, p.payload) for p in first] == [(p.packet_id, p.payload) for p in second]
    assert all(packet.dup for packet in second)


async def test_a_clean_start_forgets_the_session(door: Door) -> None:
    sensor = await door.device(properties=KEEP)
    await sensor.subscribe(OWN + "#")
    sensor.disconnect()
    await sensor.wait_closed()
    again = await door.device(clean_start=True, properties=KEEP)
    assert not again.ack.session_present
    assert door.broker.publish(OWN + "x", b"", qos=1) == 0


async def test_a_session_of_no_expiry_ends_with_its_connection(door: Door) -> None:
    sensor = await door.device(clean_start=False)
    await sensor.subscribe(OWN + "#")
    sensor.disconnect()
    await sensor.wait_closed()
    assert door.broker.sessions == {}
    assert len(door.broker.subscriptions) == 0


async def test_a_session_ends_when_its_expiry_is_over(door: Door, ticks: None) -> None:
    sensor = await door.device(properties={"session_expiry_interval": 1})
    sensor.disconnect()
    await sensor.wait_closed()
    assert len(door.broker.sessions) == 1
    await asyncio.sleep(1.2)
    assert door.broker.sessions == {}


async def test_a_disconnect_may_change_the_expiry_but_not_begin_one(door: Door) -> None:
    sensor = await door.device(properties=KEEP)
    sensor.disconnect(session_expiry_interval=0)
    await sensor.wait_closed()
    assert door.broker.sessions == {}
    sensor = await door.device()
    sensor.disconnect(session_expiry_interval=60)
    assert (await sensor.expect(Disconnect)).reason == reasons.PROTOCOL_ERROR


@VERSIONS
async def test_a_second_connection_takes_the_session_over(door: Door, version: int) -> None:
    first = await door.device(version=version)
    second = await door.device(version=version)
    if version == V5:
        assert (await first.expect(Disconnect)).reason == reasons.SESSION_TAKEN_OVER
    with pytest.raises(EOFError):
        await first.receive()
    assert await second.deliver(TELEMETRY, b'{"t": 1}') == 0
    assert door.broker.list_connected() == [1]


async def test_nobody_takes_over_the_session_of_another(door: Door) -> None:
    sensor = await door.device("shared-id")
    other = door.client()
    await other.connect("shared-id", username="s2")
    app = await door.integrator("shared-id")
    await sensor.settle()
    await other.settle()
    await app.settle()
    assert len(door.broker.sessions) == 3


# Keep alive.


@VERSIONS
async def test_a_silent_client_is_ended_after_one_and_a_half_keep_alives(
    door: Door, ticks: None, version: int
) -> None:
    sensor = await door.device(version=version, keep_alive_s=1)
    await asyncio.sleep(1.0)
    await sensor.settle()  # the ping counts
    loop = asyncio.get_running_loop()
    began = loop.time()
    if version == V5:
        assert (await sensor.expect(Disconnect)).reason == reasons.KEEP_ALIVE_TIMEOUT
    with pytest.raises(EOFError):
        await sensor.receive()
    assert 1.3 < loop.time() - began < 2.5


class TestTimeouts:
    @pytest.fixture
    def bounds(self) -> Bounds:
        return Bounds(connect_timeout_s=0.2, packet_timeout_s=0.2)

    async def test_a_connection_that_says_nothing_is_closed(self, door, ticks) -> None:
        client = door.client()
        await client.open()
        await client.wait_closed(2)

    async def test_a_packet_must_be_complete_in_time(self, door, ticks) -> None:
        sensor = await door.device()
        for byte in b"\x30\x80\x80\x02" + b"\x00" * 20:
            sensor.write(bytes((byte,)))
            await asyncio.sleep(0.02)
        await sensor.wait_closed(2)


# Wills.


@VERSIONS
async def test_a_will_is_published_when_a_client_goes_without_a_word(door, version) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "events")
    will = Will(OWN + "events", b'{"gone": 1}', 1)
    sensor = await door.device(version=version, will=will)
    sensor.abort()
    packet = await app.expect(Publish)
    assert (packet.topic, packet.payload, packet.qos) == (OWN + "events", b'{"gone": 1}', 1)


async def test_a_will_on_telemetry_is_a_reading_like_any_other(door: Door) -> None:
    sensor = await door.device(will=Will(TELEMETRY, b'{"t": -1}', 1))
    sensor.abort()
    await asyncio.sleep(0.1)
    await door.broker.pipeline.drain()
    assert door.rows() == [(1, -1.0)]


async def test_a_will_on_a_topic_of_its_profile_is_a_message_of_its_sender(door: Door) -> None:
    sensor = await door.device(will=Will("own/s1/death", b'{"t": -2}', 1))
    sensor.abort()
    await asyncio.sleep(0.1)
    await door.broker.pipeline.drain()
    assert door.rows() == [(1, -2.0)]


async def test_a_will_without_meaning_is_kept_and_not_forwarded(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "#")
    sensor = await door.device(will=Will(TELEMETRY, b"rubbish", 1))
    sensor.abort()
    await app.expect_silence()
    assert [row.code for row in door.records.take().rejected] == ["not_json"]


async def test_a_device_is_there_from_its_connect_on(door: Door) -> None:
    await door.device()
    notes = door.records.take()
    assert list(notes.seen) == [1]
    assert notes.counts[1, "frames"] == 0


async def test_no_will_after_a_disconnect_unless_asked_for(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "events")
    will = Will(OWN + "events", b"{}")
    for reason, expected in ((0, False), (reasons.DISCONNECT_WITH_WILL, True)):
        sensor = await door.device(will=will)
        sensor.disconnect(reason)
        await sensor.wait_closed()
        if expected:
            await app.expect(Publish)
        else:
            await app.settle()


async def test_a_delayed_will_is_not_published_when_the_client_is_back_in_time(
    door: Door, ticks: None
) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "events")
    will = Will(OWN + "events", b"{}", properties={"will_delay_interval": 1})
    sensor = await door.device(will=will, properties=KEEP)
    sensor.abort()
    again = await door.device(clean_start=False, properties=KEEP, will=will)
    await app.expect_silence(1.3)
    again.abort()
    await app.expect_silence(0.5)
    await app.expect(Publish, 2)


async def test_a_delayed_will_is_due_when_the_session_ends(door: Door) -> None:
    app = await door.integrator()
    await app.subscribe(OWN + "events")
    will = Will(OWN + "events", b"{}", properties={"will_delay_interval": 600})
    sensor = await door.device(will=will, properties=KEEP)
    sensor.abort()
    await app.expect_silence()
    await door.device(clean_start=True)
    await app.expect(Publish)


# Who may no longer.


async def test_a_device_that_is_not_known_any_more_is_disconnected(door: Door) -> None:
    sensor = await door.device()
    door.reload(make_sensor(2, "s2"))
    assert (await sensor.expect(Disconnect)).reason == reasons.NOT_AUTHORIZED


async def test_a_device_whose_credential_changed_is_disconnected(door: Door) -> None:
    sensor, same = await door.device(), door.client()
    await same.connect("s2")
    door.reload(make_sensor(1, "s1", "another"), make_sensor(2, "s2", "", 31))
    assert (await sensor.expect(Disconnect)).reason == reasons.NOT_AUTHORIZED
    assert await same.deliver("v1/devices/s2/telemetry", b'{"t": 5}') == 0
    assert door.rows() == [(31, 5.0)]  # the new directory counts


async def test_a_revoked_token_is_disconnected(door: Door) -> None:
    app, viewer = await door.integrator(), await door.integrator("v", token="viewer")
    del door.desk.tokens["both"]
    await door.server.reception.review([row for row in door.broker.list_clients() if row.rights])
    assert (await app.expect(Disconnect)).reason == reasons.NOT_AUTHORIZED
    await viewer.settle()


async def test_a_gateway_that_stops_says_so_and_publishes_no_wills(door: Door) -> None:
    sensor = await door.device(will=Will(TELEMETRY, b'{"t": 1}', retain=True))
    door.server.close_connections()
    assert len(door.broker.retained) == 0
    assert door.interpreter.taken == []
    assert (await sensor.expect(Disconnect)).reason == reasons.SERVER_SHUTTING_DOWN


class TestUnknownLetIn:
    @pytest.fixture
    def accept_unknown(self) -> bool:
        return True

    async def test_a_stranger_may_connect_and_its_messages_wait_with_it(self, door) -> None:
        stranger = door.client()
        assert (await stranger.connect("new-sensor")).reason == 0
        assert await stranger.deliver("any/topic", b'{"pm25": 3, "t": 1}') == 0
        assert await stranger.subscribe(Subscription("#")) == (reasons.NOT_AUTHORIZED,)
        (row,) = door.records.take().quarantined.values()
        assert (row.identity, row.fields) == ("new-sensor", ("pm25", "t"))
        assert row.raw == b'{"pm25": 3, "t": 1}'
        assert door.rows() == []

    async def test_it_is_disconnected_when_it_was_adopted_and_then_heard(self, door) -> None:
        stranger = door.client()
        await stranger.connect("new-sensor")
        door.reload(make_sensor(5, "new-sensor"))
        await stranger.expect(Disconnect)
        adopted = door.client()
        assert (await adopted.connect("new-sensor")).reason == 0
        assert await adopted.deliver("v1/devices/new-sensor/telemetry", b'{"t": 4}') == 0
        assert door.rows() == [(1, 4.0)]
