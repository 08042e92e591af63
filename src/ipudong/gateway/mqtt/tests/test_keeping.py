"""Sessions and retained messages through a restart, in a file of their own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ipudong.gateway.mqtt.broker import Broker
from ipudong.gateway.mqtt.door import MqttDoor
from ipudong.gateway.mqtt.server import Server
from ipudong.gateway.mqtt.session import Session
from ipudong.gateway.mqtt.tests.client_double import ClientDouble
from ipudong.gateway.mqtt.tests.conftest import FixedDesk, PlainInterpreter, make_sensor
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.gateway.snapshot import Snapshot
from ipudong.gateway.tests.doubles import RecordingCommitter, judge_nothing, make_directory
from ipudong.protocols.mqtt.packets import (
    PUBREC,
    PUBREL,
    Acknowledgement,
    Publish,
    Subscription,
    Will,
)

OWN = "v1/devices/s1/"
KEEP = {"session_expiry_interval": 600}
Start = Callable[..., Awaitable[MqttDoor]]


class Clock:
    """A wall clock that a test may move."""

    def __init__(self) -> None:
        self.us = 1_795_000_000_000_000

    def __call__(self) -> int:
        return self.us


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(tmp_path: Path, clock: Clock) -> AsyncIterator[Start]:
    """Starts a door on the same file, again and again."""
    doors: list[MqttDoor] = []

    async def begin() -> MqttDoor:
        interpreter = PlainInterpreter()
        pipeline = Pipeline(RecordingCommitter(), judge=judge_nothing, now_us=clock)
        interpreter.pipeline = pipeline
        broker = Broker(pipeline, Records(), interpreter, now_us=clock)
        door = MqttDoor(Server(broker, FixedDesk()))
        door.restore(tmp_path / "mqtt.sqlite3")
        directory = make_directory(make_sensor(1, "s1"))
        door.use_snapshot(Snapshot(directory, None))
        door.port = await door.listen("127.0.0.1", 0)
        doors.append(door)
        return door

    yield begin
    for door in doors:
        stop(door)
    await asyncio.sleep(0.02)


def stop(door: MqttDoor) -> None:
    door.stop_listening()
    door.close_connections()


async def connect(door: MqttDoor, **more) -> ClientDouble:
    client = ClientDouble(door.port)
    assert (await client.connect("s1", clean_start=False, properties=KEEP, **more)).reason == 0
    return client


async def test_a_session_and_what_waits_for_it_outlive_a_restart(start: Start) -> None:
    door = await start()
    client = await connect(door)
    await client.subscribe(Subscription(OWN + "#", 2, True, True, 1), subscription_identifier=(5,))
    door.broker.publish(OWN + "a", b"in flight", qos=2, content_type="text/plain")
    door.broker.publish(OWN + "a", b"released", qos=2)
    first, second = await client.expect(Publish), await client.expect(Publish)
    client.send(Acknowledgement(PUBREC, second.packet_id))
    await client.expect(Acknowledgement)
    client.publish(OWN + "telemetry", b'{"t": 1}', 2, 77)
    await client.expect(Acknowledgement)
    client.abort()
    await asyncio.sleep(0.05)
    door.broker.publish(OWN + "a", b"waits", qos=1)
    stop(door)

    door = await start()
    client = await connect(door)
    assert client.ack.session_present
    again, release, waited = [await client.receive() for _ in range(3)]
    assert (again.payload, again.dup, again.packet_id) == (b"in flight", True, first.packet_id)
    assert again.properties == {"content_type": "text/plain", "subscription_identifier": (5,)}
    assert (release.kind, release.packet_id) == (PUBREL, second.packet_id)
    assert waited.payload == b"waits"
    client.publish(OWN + "telemetry", b'{"t": 1}', 2, 77, dup=True)
    assert (await client.expect(Acknowledgement)).kind == PUBREC
    assert door.broker.pipeline.waiting_rows == 0  # it was taken before
    door.broker.publish(OWN + "b", b"live", qos=0)
    assert (await client.expect(Publish)).payload == b"live"
    client.abort()


async def test_retained_messages_outlive_a_restart(start: Start) -> None:
    door = await start()
    door.broker.publish(OWN + "a", b"1", retain=True, content_type="text/plain")
    door.broker.publish(OWN + "b", b"2", retain=True)
    door.tick()
    await asyncio.sleep(0.2)
    door.broker.publish(OWN + "b", b"", retain=True)
    stop(door)
    door = await start()
    assert [row.topic for row in door.broker.retained.match("v1/#", 0)] == [OWN + "a"]
    message = door.broker.retained.find(OWN + "a")
    assert (message.payload, message.properties) == (b"1", {"content_type": "text/plain"})


async def test_a_session_whose_time_ran_out_meanwhile_is_gone(start: Start, clock: Clock) -> None:
    door = await start()
    client = await connect(door)
    await client.subscribe(OWN + "#")
    client.abort()
    await asyncio.sleep(0.05)
    stop(door)
    clock.us += 601_000_000
    door = await start()
    assert door.broker.sessions == {}
    stop(door)
    door = await start()
    assert door.broker.forgotten == set()


async def test_a_session_that_is_kept_no_longer_is_gone_from_the_file(start, tmp_path) -> None:
    door = await start()
    client = await connect(door)
    door._keeper.write(door._keeper.take())
    client.abort()
    await asyncio.sleep(0.05)
    brief = ClientDouble(door.port)
    assert (await brief.connect("s1", clean_start=False)).session_present
    door._keeper.write(door._keeper.take())
    with sqlite3.connect(tmp_path / "mqtt.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM session").fetchone() == (0,)
    database.close()
    brief.abort()


async def test_a_will_whose_delay_runs_is_published_after_a_restart(start, clock) -> None:
    door = await start()
    properties = {"will_delay_interval": 30, "user_property": (("a", "b"),)}
    will = Will(OWN + "events", b"{}", 1, True, properties)
    client = await connect(door, will=will)
    client.abort()
    await asyncio.sleep(0.05)
    stop(door)
    clock.us += 31_000_000
    door = await start()
    door.tick()
    await asyncio.sleep(0.05)
    message = door.broker.retained.find(OWN + "events")
    assert message.properties == {"user_property": (("a", "b"),)}


async def test_a_file_that_cannot_be_written_is_written_later(start: Start, tmp_path) -> None:
    door = await start()
    door.broker.publish(OWN + "a", b"1", retain=True)
    other = sqlite3.connect(tmp_path / "mqtt.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    door._keeper._database.execute("PRAGMA busy_timeout=50")
    door.tick()
    await asyncio.sleep(0.3)
    assert door.broker.retained.changed == {OWN + "a"}
    other.execute("ROLLBACK")
    other.close()
    door.tick()
    await asyncio.sleep(0.2)
    assert door.broker.retained.changed == set()


async def test_rows_that_cannot_be_read_are_left_out(start: Start, tmp_path: Path) -> None:
    door = await start()
    door.broker.publish(OWN + "a", b"1", retain=True)
    stop(door)
    with sqlite3.connect(tmp_path / "mqtt.sqlite3") as database:
        database.execute("INSERT INTO retained VALUES ('v1/x', X'00ff')")
        database.execute("INSERT INTO session VALUES ('thing:1', 'x', X'c1')")
    database.close()
    door = await start()
    assert len(door.broker.retained) == 1
    assert door.broker.sessions == {}


async def test_a_damaged_file_is_put_aside(start: Start, tmp_path: Path) -> None:
    (tmp_path / "mqtt.sqlite3").write_bytes(b"no database at all" * 500)
    door = await start()
    client = await connect(door)
    client.abort()
    assert (tmp_path / "mqtt.damaged").exists()


async def test_many_sessions_are_written_in_turns_and_none_is_left_out(start: Start) -> None:
    door = await start()
    for number in range(1200):
        session = Session(("thing:1", f"c{number}"), 10, 1000, expiry_s=600)
        session.expires_at = door.broker.monotonic() + 600
        door.broker.sessions[session.key] = session
    for session in door.broker.sessions.values():
        session.is_dirty = True
    turns = [door._keeper.take() for _ in range(3)]
    assert [len(turn.sessions) for turn in turns] == [500, 500, 200]
    assert len(set().union(*(turn.sessions for turn in turns))) == 1200
    door._keeper.put_back(turns[0])
    assert set(door._keeper.take().sessions) == set(turns[0].sessions)
