"""Readings of devices: durable before acknowledged, refused with the right words."""

import asyncio

import pytest

from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.tests.conftest import SECRET, TELEMETRY, Door, make_sensor
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.packets import (
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    V5,
    V311,
    Acknowledgement,
    Disconnect,
)
from ipudong.store.errors import JournalFull

VERSIONS = pytest.mark.parametrize("version", [V311, V5])


@VERSIONS
@pytest.mark.parametrize("qos", [1, 2])
async def test_a_reading_is_stored_and_acknowledged(door: Door, version: int, qos: int) -> None:
    sensor = await door.device(version=version)
    assert await sensor.deliver(TELEMETRY, b'{"t": 21.5, "h": 40}', qos, 77) == 0
    assert door.rows() == [(1, 21.5), (2, 40.0)]


async def test_a_reading_at_qos_0_is_stored_too(door: Door) -> None:
    sensor = await door.device()
    sensor.publish(TELEMETRY, b'{"t": 21.5}')
    await sensor.settle()
    await door.broker.pipeline.drain()
    assert door.rows() == [(1, 21.5)]


@VERSIONS
@pytest.mark.parametrize(("qos", "kind"), [(1, PUBACK), (2, PUBREC)])
async def test_nothing_is_acknowledged_before_it_is_durable(
    door: Door, version: int, qos: int, kind: int
) -> None:
    door.committer.hold = asyncio.Event()
    sensor = await door.device(version=version)
    sensor.publish(TELEMETRY, b'{"t": 1}', qos, 5)
    await sensor.settle()  # a ping is answered meanwhile
    await sensor.expect_silence()
    assert door.rows() == []
    door.committer.hold.set()
    ack = await sensor.expect(Acknowledgement)
    assert (ack.kind, ack.packet_id, ack.reason) == (kind, 5, 0)
    assert door.rows() == [(1, 1.0)]


@VERSIONS
async def test_what_the_journal_refuses_is_not_acknowledged_and_can_be_sent_again(
    door: Door, version: int
) -> None:
    door.committer.error = JournalFull("journal.sqlite3", "disk is full")
    sensor = await door.device(version=version)
    sensor.publish(TELEMETRY, b'{"t": 1}', 1, 5)
    if version == V5:
        assert (await sensor.expect(Disconnect)).reason == reasons.SERVER_BUSY
    with pytest.raises(EOFError):
        await sensor.receive()
    door.committer.error = None
    again = await door.device(version=version)
    assert await again.deliver(TELEMETRY, b'{"t": 1}', 1, 5, dup=True) == 0
    assert door.rows() == [(1, 1.0)]


async def test_a_qos_2_message_sent_again_is_taken_once(door: Door) -> None:
    keep = {"session_expiry_interval": 60}
    sensor = await door.device(properties=keep)
    sensor.publish(TELEMETRY, b'{"t": 1}', 2, 5)
    await sensor.expect(Acknowledgement)
    sensor.abort()
    again = await door.device(clean_start=False, properties=keep)
    assert again.ack.session_present
    again.publish(TELEMETRY, b'{"t": 1}', 2, 5, dup=True)
    ack = await again.expect(Acknowledgement)
    assert (ack.kind, ack.reason) == (PUBREC, 0)
    again.send(Acknowledgement(PUBREL, 5))
    assert (await again.expect(Acknowledgement)).kind == PUBCOMP
    assert door.rows() == [(1, 1.0)]
    again.send(Acknowledgement(PUBREL, 5))
    assert (await again.expect(Acknowledgement)).reason == reasons.PACKET_IDENTIFIER_NOT_FOUND


async def test_a_client_that_comes_back_before_its_qos_2_message_is_durable_hears_it_there(
    door: Door,
) -> None:
    door.committer.hold = asyncio.Event()
    keep = {"session_expiry_interval": 60}
    sensor = await door.device(properties=keep)
    sensor.publish(TELEMETRY, b'{"t": 1}', 2, 5)
    await sensor.settle()
    sensor.abort()
    again = await door.device(clean_start=False, properties=keep)
    again.publish(TELEMETRY, b'{"t": 1}', 2, 5, dup=True)
    await again.settle()
    door.committer.hold.set()
    ack = await again.expect(Acknowledgement)
    assert (ack.kind, ack.packet_id) == (PUBREC, 5)
    assert door.rows() == [(1, 1.0)]


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_payload_without_meaning_is_refused_with_0x99_in_mqtt_5(
    door: Door, qos: int
) -> None:
    sensor = await door.device()
    reason = await sensor.deliver(TELEMETRY, b"\xff", qos)
    assert reason == reasons.PAYLOAD_FORMAT_INVALID
    (row,) = door.records.take().rejected
    assert (row.code, row.raw, row.thing_id, row.protocol) == ("not_json", b"\xff", 1, "mqtt")


async def test_a_payload_without_meaning_is_acknowledged_plainly_in_3_1_1_and_kept(
    door: Door,
) -> None:
    sensor = await door.device(version=V311)
    assert await sensor.deliver(TELEMETRY, b"{", 1) == 0
    assert await sensor.deliver(TELEMETRY, b"{", 2) == 0
    assert [row.code for row in door.records.take().rejected] == ["not_json"] * 2
    assert door.rows() == []


async def test_a_fault_of_the_interpreter_stops_nobody(door: Door) -> None:
    sensor = await door.device()
    assert await sensor.deliver(TELEMETRY, b"raise") == reasons.PAYLOAD_FORMAT_INVALID
    assert await sensor.deliver(TELEMETRY, b'{"t": 2}') == 0
    assert door.rows() == [(1, 2.0)]


@VERSIONS
async def test_acknowledgements_come_in_the_order_of_the_messages(door: Door, version) -> None:
    sensor = await door.device(version=version)
    for packet_id in range(1, 301):
        payload = b"bad" if packet_id % 7 == 0 else b'{"t": %d}' % packet_id
        sensor.publish(TELEMETRY, payload, 1 + packet_id % 2, packet_id)
    acks = [await sensor.expect(Acknowledgement) for _ in range(300)]
    assert [ack.packet_id for ack in acks] == list(range(1, 301))
    assert [result for _, result in door.rows()] == [n for n in range(1, 301) if n % 7]


async def test_a_message_whose_datastreams_are_being_made_waits_for_them(door: Door) -> None:
    sensor = await door.device()
    door.interpreter.awaits = True
    sensor.publish(TELEMETRY, b'{"t": 1}', 1, 5)
    sensor.publish(TELEMETRY, b'{"t": 2}', 2, 6)
    sensor.publish(TELEMETRY, b"bad", 1, 7)
    await sensor.settle()
    await sensor.expect_silence()
    door.interpreter.awaits = False
    door.reload(make_sensor(1, "s1", SECRET))
    acks = [await sensor.expect(Acknowledgement) for _ in range(3)]
    assert [(ack.packet_id, ack.reason) for ack in acks] == [(5, 0), (6, 0), (7, 0x99)]
    assert door.rows() == [(1, 1.0), (1, 2.0)]


async def test_an_integrator_posts_for_devices(door: Door) -> None:
    app = await door.integrator(token="poster")
    assert await app.deliver("v1/devices/s2/telemetry", b'{"t": 3}') == 0
    assert door.rows() == [(11, 3.0)]
    door.server.tick()
    assert door.records.take().counts[2, "frames"] == 1


async def test_a_device_is_counted_and_its_absence_noted(door: Door) -> None:
    sensor = await door.device()
    for packet_id in (1, 2, 3):
        await sensor.deliver(TELEMETRY, b'{"t": 3}', 1, packet_id)
    assert door.broker.list_connected() == [1]
    door.server.tick()
    notes = door.records.take()
    assert notes.counts[1, "frames"] == 3
    assert notes.peers[1] == "127.0.0.1"
    sensor.disconnect()
    await sensor.wait_closed()
    assert door.broker.list_connected() == []
    assert list(door.records.take().gone) == [1]


class TestFlowControl:
    @pytest.fixture
    def bounds(self) -> Bounds:
        return Bounds(receive_maximum=10)

    async def test_more_unacknowledged_messages_than_told_end_the_connection(self, door) -> None:
        door.committer.hold = asyncio.Event()
        sensor = await door.device()
        assert sensor.ack.properties["receive_maximum"] == 10
        for packet_id in range(1, 12):
            sensor.publish(TELEMETRY, b'{"t": 1}', 1, packet_id)
        assert (await sensor.expect(Disconnect)).reason == reasons.RECEIVE_MAXIMUM_EXCEEDED
        door.committer.hold.set()

    async def test_a_3_1_1_client_that_knows_no_maximum_is_read_more_slowly(self, door) -> None:
        sensor = await door.device(version=V311)
        for packet_id in range(1, 1001):
            sensor.publish(TELEMETRY, b'{"t": 1}', 1, packet_id)
        acks = [await sensor.expect(Acknowledgement) for _ in range(1000)]
        assert [ack.packet_id for ack in acks] == list(range(1, 1001))


async def test_a_full_pipeline_makes_clients_wait_and_loses_nothing(door: Door) -> None:
    door.broker.pipeline._bound_rows = 20
    door.committer.hold = asyncio.Event()
    sensors = [await door.device(f"c{number}") for number in range(3)]
    for packet_id in range(1, 501):
        for sensor in sensors:
            sensor.publish(TELEMETRY, b'{"t": %d}' % packet_id, 1, packet_id)
            await sensor._writer.drain()
    await asyncio.sleep(0.2)
    assert door.broker.pipeline.is_full
    assert door.rows() == []
    door.committer.hold.set()
    for sensor in sensors:
        acks = [await sensor.expect(Acknowledgement) for _ in range(500)]
        assert [ack.packet_id for ack in acks] == list(range(1, 501))
    assert len(door.rows()) == 1500
