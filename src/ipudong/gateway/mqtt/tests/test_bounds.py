"""Bad and hostile clients on real sockets: bounded, named, and no harm to the others."""

import asyncio
import contextlib
import random
import tracemalloc

import pytest

from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.tests.conftest import SECRET, TELEMETRY, Door
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import V5, Connect, Publish

Raw = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def bounds() -> Bounds:
    return Bounds(
        max_connections=300,
        max_connections_per_peer=200,
        connect_timeout_s=0.3,
        packet_timeout_s=0.3,
        max_refused=20,
        max_refused_connects=20,
        messages_per_second=2000,
        max_sessions=250,
    )


@pytest.fixture
async def opened(door: Door):
    """Opens raw connections; all are cut at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def begin() -> Raw:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writers.append(writer)
        return reader, writer

    yield begin
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0.05)


async def wait_closed(reader: asyncio.StreamReader, timeout_s: float = 5.0) -> None:
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(timeout_s):
            while await reader.read(65536):
                pass


async def test_an_address_gets_no_more_connections_than_its_share(door: Door, opened) -> None:
    raw = [await opened() for _ in range(205)]
    await asyncio.sleep(0.1)
    assert door.server.connection_count == 200
    for reader, _ in raw[200:]:
        await wait_closed(reader)


async def test_connections_that_drip_are_closed_and_others_are_served(door, opened, ticks) -> None:
    hello = encode(Connect("s1", V5, username="s1", password=SECRET.encode()), V5)
    slow = [await opened() for _ in range(50)]

    async def drip(raw: Raw) -> None:
        with contextlib.suppress(ConnectionError):
            for byte in hello[:20]:
                raw[1].write(bytes((byte,)))
                await asyncio.sleep(0.1)
        await wait_closed(raw[0])

    dripping = asyncio.gather(*map(drip, slow))
    sensor = await door.device()
    for packet_id in range(1, 6):
        assert await sensor.deliver(TELEMETRY, b'{"t": 1}', 1, packet_id) == 0
    await dripping
    assert door.server.connection_count == 1


async def test_announced_giants_take_no_memory(door: Door, opened) -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for first in (0x10, 0x30, 0x82):
        for _ in range(20):
            reader, writer = await opened()
            writer.write(bytes((first,)) + b"\xff\xff\xff\x7f" + bytes(1000))
            await wait_closed(reader)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 8_000_000
    await door.device()


async def test_passwords_cannot_be_tried_without_end(door: Door) -> None:
    answers = []
    for number in range(25):
        client = door.client()
        ack = await client.connect("s1", username="s1", password=f"guess {number}")
        answers.append(ack.reason)
    assert answers[:20] == [reasons.BAD_USER_NAME_OR_PASSWORD] * 20
    assert answers[20:] == [reasons.CONNECTION_RATE_EXCEEDED] * 5
    assert (await door.client().connect("s2")).reason == 0  # another device of the same address


async def test_a_client_that_is_too_fast_is_read_no_faster(door: Door) -> None:
    sensor, other = await door.device(), door.client()
    await other.connect("s2")
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(6000):
        sensor.publish(TELEMETRY, b'{"t": 1}')
    for packet_id in range(1, 20):  # meanwhile the other is served at once
        asked = loop.time()
        assert await other.deliver("v1/devices/s2/telemetry", b'{"t": 1}', 1, packet_id) == 0
        assert loop.time() - asked < 1
    await sensor.settle()
    assert 1.5 < loop.time() - began < 5
    await door.broker.pipeline.drain()
    assert len(door.rows()) == 6019


async def test_rubbish_on_many_connections_never_stops_the_door(door: Door, opened) -> None:
    chance = random.Random(1)
    hello = encode(Connect("s1", V5, username="s1", password=SECRET.encode()), V5)
    for number in range(60):
        reader, writer = await opened()
        whole = Publish(TELEMETRY, b'{"t": 1}', 1, packet_id=5, properties={"topic_alias": 2})
        data = bytearray(hello + encode(whole, V5) * 3)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(hello) * (number % 2), len(data))] = chance.randrange(256)
        with contextlib.suppress(ConnectionError):
            writer.write(bytes(data))
            writer.write_eof()
        await wait_closed(reader)
        door.server.reception._refused.clear()
    sensor = await door.device()
    assert await sensor.deliver(TELEMETRY, b'{"t": 77}') == 0
    assert door.rows()[-1] == (1, 77.0)


async def test_sessions_are_bounded_in_number(door: Door) -> None:
    keep = {"session_expiry_interval": 60}
    for number in range(250):
        client = door.client()
        await client.connect(f"c{number}", username="s2", properties=keep)
        client.disconnect()
        await client.wait_closed()
    client = door.client()
    ack = await client.connect("one-too-many", username="s2", properties=keep)
    assert ack.reason == reasons.QUOTA_EXCEEDED
    assert (await door.client().connect("c0", username="s2")).reason == 0
