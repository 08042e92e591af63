"""A gateway with vehicles that are known, and a terminal to talk to it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ipudong.city.sensing import profiles, services
from ipudong.city.sensing.models import (
    FrameCounter,
    ObservedProperty,
    QuarantinedDevice,
    RejectedFrame,
    Thing,
)
from ipudong.gateway.assembly import Gateway, open_gateway
from ipudong.gateway.jt808.bounds import Bounds
from ipudong.gateway.jt808.tests.terminal_double import TerminalDouble
from ipudong.gateway.snapshot import load_snapshot
from ipudong.store.journal import SqliteJournal

PHONE, CODE = "13912345678", "K7P2M4"
OPEN_PHONE = "123456789"  # a vehicle without a code
CHANNELS = ("mileage", "fuel", "satellites", "signal_strength", "alarm/0", "alarm/1")


def register_vehicle(
    phone: str, credential: str = "", channels: tuple[str, ...] = CHANNELS
) -> Thing:
    """A vehicle with a datastream for each channel."""
    for name in channels:
        code = "test_" + name.replace("/", "_")
        ObservedProperty.objects.get_or_create(code=code, defaults={"name_zh": name})
    return services.register_thing(
        name_zh=f"车{phone}",
        name_en=f"Vehicle {phone}",
        kind="vehicle",
        system="citysense",
        protocol="jt808",
        identity=phone,
        credential=credential,
        expected_interval_s=30,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        channels=[
            profiles.Channel(field=name, property="test_" + name.replace("/", "_"))
            for name in channels
        ],
    )


@dataclass
class Road:
    """A running gateway with two vehicles: one with a code, one without."""

    gateway: Gateway
    port: int
    vehicle: Thing
    open_vehicle: Thing
    terminals: list[TerminalDouble] = field(default_factory=list)

    async def connect(self, phone: str = PHONE, **more) -> TerminalDouble:
        terminal = TerminalDouble(phone, **more)
        await terminal.connect(self.port)
        self.terminals.append(terminal)
        return terminal

    async def authenticated(self, phone: str = PHONE, code: str = CODE, **more) -> TerminalDouble:
        terminal = await self.connect(phone, **more)
        assert await terminal.authenticate(code) == 0
        return terminal

    async def quarantined(self, phone: str) -> QuarantinedDevice:
        """The quarantined device of this phone number, once it is written."""
        return await find_row(QuarantinedDevice.objects.filter(identity=phone))

    async def rejected(self, code: str) -> RejectedFrame:
        """The one frame kept with this code."""
        return await find_row(RejectedFrame.objects.filter(code=code))

    async def counted(self, code: str, count: int) -> None:
        """Until the vehicle's counter stands there."""
        await find_row(FrameCounter.objects.filter(thing=self.vehicle, code=code, count=count))

    def positions(self):
        """All positions in the journal, oldest first, as (thing, lon, lat, speed, status)."""
        rows = []
        for entry in self.gateway.journal.read(after=0, limit=10_000):
            if entry.kind == "positions":
                rows += entry.decode().to_pylist()
        return rows


async def find_row(rows, timeout: float = 5.0):
    """The one row of a query, once it is there."""
    async with asyncio.timeout(timeout):
        while not (found := await asyncio.to_thread(list, rows.all())):
            await asyncio.sleep(0.05)
    (row,) = found
    return row


@pytest.fixture
def bounds() -> Bounds:
    """What a test may change of the server's bounds."""
    return Bounds()


@pytest.fixture
async def road(database: Path, tmp_path: Path, bounds: Bounds) -> AsyncIterator[Road]:
    """A gateway at work with a port for terminals."""
    vehicle = await asyncio.to_thread(register_vehicle, PHONE, CODE)
    open_vehicle = await asyncio.to_thread(register_vehicle, OPEN_PHONE)
    gateway = await open_gateway(SqliteJournal(tmp_path / "journal.sqlite3"), jt808_bounds=bounds)
    port = await gateway.jt808.listen("127.0.0.1", 0)
    gateway.start()
    road = Road(gateway, port, vehicle, open_vehicle)
    yield road
    for terminal in road.terminals:
        await terminal.close()
    await gateway.stop()


async def wait_until(condition, timeout: float = 5.0) -> None:
    """Until it is true."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.02)


async def use_now(gateway: Gateway) -> None:
    """Have the gateway know what was registered since, without waiting for its second."""
    gateway.use(await asyncio.to_thread(load_snapshot))
