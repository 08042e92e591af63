"""A burst of writes costs a few reloads, and whoever waits sees what was written before."""

import asyncio

from ipudong.gateway.conftest import District
from ipudong.gateway.reloads import Reloads
from ipudong.gateway.sensorthings.tests.conformance.bodies import a_thing
from ipudong.gateway.sensorthings.tests.conformance.client import Client


class Source:
    """What is written, and what a reload saw of it."""

    def __init__(self, load_s: float = 0.0) -> None:
        self.written = 0
        self.seen = 0
        self._load_s = load_s
        self.reloads = Reloads(self._load)

    def write(self) -> None:
        self.written += 1
        self.reloads.note_write()

    async def _load(self) -> None:
        found = self.written  # what is committed when the load begins
        await asyncio.sleep(self._load_s)
        self.seen = found


async def test_whoever_waits_sees_what_was_written_before() -> None:
    source = Source(load_s=0.01)
    for _ in range(5):
        source.write()
        assert source.reloads.is_stale
        await source.reloads.catch_up()
        assert source.seen == source.written
        assert not source.reloads.is_stale
    await source.reloads.stop()


async def test_many_who_wait_share_a_reload() -> None:
    source = Source(load_s=0.02)

    async def write_and_wait() -> None:
        source.write()
        mine = source.written
        await source.reloads.catch_up()
        assert source.seen >= mine

    await asyncio.gather(*(write_and_wait() for _ in range(100)))
    assert source.reloads.loads <= 2
    await source.reloads.stop()


async def test_a_write_nobody_waits_for_is_taken_over_soon() -> None:
    source = Source()
    source.write()
    await asyncio.sleep(0.2)
    assert source.seen == 1
    await source.reloads.stop()


async def test_many_things_made_in_a_row_are_few_reloads(district: District) -> None:
    client = Client(district)
    before = district.gateway.reloads.loads
    for _ in range(60):
        await client.create("Things", a_thing())
    assert await client.count("Things") == 61
    assert district.gateway.reloads.loads - before < 30
