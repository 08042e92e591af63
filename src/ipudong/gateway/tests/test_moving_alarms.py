"""Positions through the whole gateway: judged, made durable, and written as alarms."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.models import Alarm, Delivery, Fence, Rule
from ipudong.city.sensing.revision import bump_revision
from ipudong.gateway.columns import FIXED, Positions
from ipudong.gateway.conftest import District
from ipudong.gateway.snapshot import load_snapshot


async def until(read: Callable[[], Any], within_s: float = 10.0) -> Any:
    """Ask again and again until the answer is true; the answer."""
    async with asyncio.timeout(within_s):
        while not (found := await asyncio.to_thread(read)):
            await asyncio.sleep(0.05)
        return found


def make_rules() -> None:
    fence = Fence.objects.create(
        name_zh="陆家嘴", shape="circle", lon=121.5, lat=31.24, radius_m=2000.0
    )
    for code, kind, more in (
        ("stays", "outside", {"fence": fence, "hysteresis": 100.0}),
        ("speed", "overspeed", {"limit": 60.0}),
    ):
        Rule.objects.create(code=code, name_zh=code, kind=kind, severity="red", **more)
    bump_revision()


async def send(district: District, second: int, lon: float, speed: float) -> None:
    """One position of the district's thing, acknowledged once it is durable."""
    at = to_us(datetime.now(UTC).replace(microsecond=0)) + (second - 60) * SECOND_US
    pipeline = district.gateway.pipeline
    pipeline.positions.extend(
        Positions(
            np.array([district.station.pk], np.int32),
            np.array([at], np.int64),
            np.array([lon]),
            np.array([31.24]),
            np.array([speed]),
            np.array([90.0]),
            np.array([4.0]),
            np.array([FIXED], np.uint32),
        )
    )
    await pipeline.wait_future()


def states() -> list[tuple[str, str]]:
    return sorted(Alarm.objects.values_list("rule__code", "state"))


async def test_a_vehicle_that_leaves_its_area_too_fast_is_two_alarms_told_and_ended(
    district: District,
) -> None:
    await asyncio.to_thread(make_rules)
    district.gateway.use(await asyncio.to_thread(load_snapshot))
    await send(district, 0, 121.5, 40.0)
    await send(district, 10, 121.55, 80.0)
    both = [("speed", "raised"), ("stays", "raised")]
    await until(lambda: states() == both)
    alarm = await asyncio.to_thread(Alarm.objects.get, rule__code="stays")
    assert (alarm.thing_id, alarm.datastream_id, alarm.value) == (district.station.pk, None, None)
    assert alarm.detail == {"lon": 121.55, "lat": 31.24}
    speed = await asyncio.to_thread(Alarm.objects.get, rule__code="speed")
    assert (speed.value, speed.limit) == (80.0, 60.0)
    assert await asyncio.to_thread(Delivery.objects.count) == 2
    await send(district, 5, 121.5, 10.0)  # late: it ends nothing
    await send(district, 20, 121.55, 70.0)
    await send(district, 30, 121.5, 50.0)
    await until(lambda: states() == [("speed", "cleared"), ("stays", "cleared")])
    speed = await asyncio.to_thread(Alarm.objects.get, rule__code="speed")
    assert speed.peak == 80.0
