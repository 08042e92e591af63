"""From a terminal's report to the table, the map's stream and the next start of the gateway."""

import asyncio

import orjson

from ipudong.city.sensing.models import FrameCounter, LatestPosition
from ipudong.gateway.assembly import open_gateway
from ipudong.gateway.jt808.tests.conftest import wait_until
from ipudong.gateway.live.topics import parse_topic
from ipudong.store.journal import SqliteJournal


async def test_a_report_reaches_the_table_and_the_streams(road):
    watcher = road.gateway.hub.watch([parse_topic("positions:citysense")], peer="test")
    terminal = await road.authenticated()
    await terminal.report(lon=121.51, lat=31.24)
    await wait_until(lambda: watcher.queue)
    event = watcher.queue[0].decode()
    assert "event: positions" in event
    data = orjson.loads(event.split("data: ")[1])
    assert (data["thing"], data["lon"], data["lat"]) == ([road.vehicle.pk], [121.51], [31.24])

    def stored():
        return list(LatestPosition.objects.values_list("thing_id", "lon", "lat"))

    rows = [(road.vehicle.pk, 121.51, 31.24)]
    async with asyncio.timeout(5):
        while await asyncio.to_thread(stored) != rows:
            await asyncio.sleep(0.05)


async def test_a_restart_remembers_from_table_and_journal(road, tmp_path):
    terminal = await road.authenticated()
    await terminal.report(lon=121.52)
    another = await open_gateway(SqliteJournal(tmp_path / "journal.sqlite3"))
    try:
        assert another.positions.take_all().lon.tolist() == [121.52]
    finally:
        await another.stop()


async def test_a_position_without_a_fix_is_kept_and_on_no_map(road):
    terminal = await road.authenticated()
    assert await terminal.report(status=0) == 0
    (row,) = road.positions()
    assert not row["status"] & 2
    assert len(road.gateway.positions.take_all()) == 0

    def count():
        return dict(FrameCounter.objects.values_list("code", "count"))

    async with asyncio.timeout(5):
        while (await asyncio.to_thread(count)).get("no_fix") != 1:
            await asyncio.sleep(0.05)
