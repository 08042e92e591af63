"""Bad and hostile senders on real sockets: bounded, named, and no harm to the others."""

import asyncio
import contextlib
import random
import resource
import tracemalloc

import pytest

from ipudong.gateway.hj212.bounds import Bounds
from ipudong.gateway.hj212.tests.conftest import Door
from ipudong.gateway.hj212.tests.station_double import MN
from ipudong.protocols.hj212.packet import Packet, encode


@pytest.fixture
def bounds() -> Bounds:
    return Bounds(
        max_connections=400,
        max_connections_per_peer=50,
        frame_timeout_s=0.3,
        first_frame_timeout_s=0.6,
        idle_timeout_s=2.0,
        max_bad_frames=10,
        max_refused_frames=20,
    )


Raw = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_opened: list[asyncio.StreamWriter] = []


async def open_raw(door: Door) -> Raw:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    _opened.append(writer)
    return reader, writer


@pytest.fixture(autouse=True)
async def _abort_raw():
    yield
    for writer in _opened:
        writer.transport.abort()
    _opened.clear()
    await asyncio.sleep(0.05)


async def wait_closed(reader: asyncio.StreamReader, timeout_s: float = 5.0) -> None:
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(timeout_s):
            while await reader.read(65536):
                pass


async def ticking(door: Door) -> None:
    while True:
        await asyncio.sleep(0.05)
        door.server.tick()


@pytest.fixture
async def ticks(door: Door):
    task = asyncio.create_task(ticking(door))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda frame: frame[:-6] + b"0000\r\n", "wrong_crc"),
        (lambda frame: b"##0999" + frame[6:], "wrong_length"),
        (lambda frame: b"##12x4" + frame[6:], "bad_header"),
    ],
)
async def test_a_bad_frame_is_kept_raw_with_its_reason_and_the_connection_stays(
    door: Door, spoil, code: str
) -> None:
    station = await door.connect()
    station.upload(1.0)
    await station.wait_acknowledged(1)
    door.records.take()
    bad = spoil(station.make_frame(9.0))
    station.send(bad)
    station.upload(2.0)
    await station.wait_acknowledged(2)
    [rejected] = door.records.take().rejected
    assert (rejected.code, rejected.thing_id) == (code, 1)
    assert rejected.raw.rstrip(b"\r\n") == bad.rstrip(b"\r\n")
    assert 9.0 not in {row["result"] for row in door.committer.rows()}
    await station.close()


async def test_a_flood_of_bad_frames_ends_the_connection(door: Door) -> None:
    reader, writer = await open_raw(door)
    writer.write(b"##0005abcdeFFFF\r\n" * 50)
    await wait_closed(reader)
    assert door.server.connection_count == 0


async def test_a_flood_of_strangers_ends_the_connection(door: Door) -> None:
    reader, writer = await open_raw(door)
    for number in range(30):
        packet = Packet(qn="20261122120000000", st="22", cn="2011", pw="1", mn=f"X{number}", flag=5)
        writer.write(encode(packet))
    await wait_closed(reader)
    assert len(door.records.take().quarantined) <= 30


async def test_a_line_of_ten_megabytes_costs_no_memory_and_ends_the_connection(door: Door) -> None:
    good = await door.connect()
    reader, writer = await open_raw(door)
    line = b"##9999" + b"x" * (10 * 1024 * 1024)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    async def pour() -> None:
        with contextlib.suppress(ConnectionError):
            for at in range(0, len(line), 65536):
                writer.write(line[at : at + 65536])
                await writer.drain()

    pouring = asyncio.create_task(pour())
    good.upload(1.0)
    await good.wait_acknowledged(1)
    await wait_closed(reader)
    await pouring
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 4 * 1024 * 1024
    assert not good.is_closed.is_set()
    await good.close()


@pytest.mark.usefixtures("ticks")
async def test_a_slow_loris_is_closed_and_a_slow_good_station_is_not(door: Door) -> None:
    good = await door.connect()
    good.upload()
    await good.wait_acknowledged(1)
    reader, writer = await open_raw(door)

    async def drip() -> None:
        with contextlib.suppress(ConnectionError):
            for byte in good.make_frame(1.0):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    await wait_closed(reader)
    dripping.cancel()
    assert not good.is_closed.is_set()
    await good.close()


@pytest.mark.usefixtures("ticks")
async def test_a_connection_that_never_speaks_is_closed(door: Door) -> None:
    reader, _writer = await open_raw(door)
    await wait_closed(reader)
    assert door.server.connection_count == 0


@pytest.mark.usefixtures("ticks")
async def test_a_station_that_falls_silent_is_closed_after_the_idle_time(door: Door) -> None:
    station = await door.connect()
    station.upload()
    await station.wait_acknowledged(1)
    await asyncio.wait_for(station.is_closed.wait(), 10)


async def test_one_address_gets_its_share_of_connections_and_no_more(door: Door) -> None:
    station = await door.connect()
    station.upload()
    await station.wait_acknowledged(1)
    for _ in range(300):
        await open_raw(door)
    station.upload()
    await station.wait_acknowledged(2)
    assert door.server.connection_count <= 50
    await station.close()


@pytest.mark.soak
async def test_five_thousand_connections_from_one_address_leave_the_others_unhurt(
    door: Door,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 12_000:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (12_000, hard))
    try:
        station = await door.connect()
        for _ in range(5000):
            with contextlib.suppress(ConnectionError):
                await open_raw(door)
        for count in range(1, 11):
            station.upload()
            await station.wait_acknowledged(count, timeout_s=2.0)
        assert door.server.connection_count <= 50
        await station.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_noise_of_every_kind_never_breaks_a_good_sender(door: Door) -> None:
    dice = random.Random(7)
    good = await door.connect()
    for round_number in range(1, 21):
        _reader, writer = await open_raw(door)
        writer.write(dice.randbytes(dice.randrange(1, 5000)))
        good.upload(float(round_number))
        await good.wait_acknowledged(round_number)
    assert len(door.committer.rows()) == 20 * 8
    await good.close()


async def test_a_sender_that_reads_no_answers_is_not_read_either(door: Door) -> None:
    frame = Packet(qn="20261122120000000", st="22", cn="2011", pw="123456", mn=MN, flag=5)
    data = encode(frame) * 200
    _, writer = await open_raw(door)
    writer.transport.pause_reading()
    with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
        async with asyncio.timeout(3):
            for _ in range(2000):
                writer.write(data)
                await writer.drain()
    [connection] = [c for c in door.server.attendance if c.identities]
    assert connection._transport.get_write_buffer_size() < 4 * 1024 * 1024
