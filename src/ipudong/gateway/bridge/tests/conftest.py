"""A real Mosquitto of the test's own, and a gateway bridged to it."""

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ipudong.city.sensing import services
from ipudong.city.sensing.models import ObservedProperty, Thing
from ipudong.city.sensing.profiles import Channel, DeviceProfile, declare_profiles
from ipudong.gateway.bridge.door import BridgeDoor
from ipudong.gateway.bridge.options import Address
from ipudong.gateway.conftest import District
from ipudong.gateway.snapshot import load_snapshot
from ipudong.store import batches

SENSOR = "sensor-1"
PROFILE = DeviceProfile(
    name="test_bridged",
    protocol="mqtt",
    title="Sensor",
    channels=(
        Channel(field="n", property="test_n"),
        Channel(field="promised", property="test_n"),
    ),
)
WAIT_S = 15.0


def find_mosquitto() -> str:
    """Debian keeps it where only root's path looks."""
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if found is None:
        pytest.skip("the Debian package mosquitto is not installed")
    return found


@dataclass
class Mosquitto:
    """A broker that keeps its state in a file after every change."""

    place: Path
    port: int
    process: subprocess.Popen | None = None

    def start(self) -> None:
        settings = self.place / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.place}/\nautosave_on_changes true\n"
            "autosave_interval 1\nuser root\nmax_queued_messages 0\nmax_inflight_messages 0\n"
        )
        command = [find_mosquitto(), "-c", str(settings)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + WAIT_S
        while not self.is_up():
            assert time.monotonic() < until, "mosquitto did not start"
            time.sleep(0.05)

    def is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = tmp_path / "mosquitto"
    place.mkdir()
    broker = Mosquitto(place, port)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def publisher(mosquitto: Mosquitto) -> Iterator[Client]:
    """paho as a sensor: it keeps and sends again what was not acknowledged."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="sensor", clean_session=False)
    client.reconnect_delay_set(1, 1)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@dataclass
class Bridged:
    """A gateway whose bridge speaks to a broker, and one sensor behind it."""

    district: District
    door: BridgeDoor
    thing: Thing

    def stored(self) -> list[float]:
        ids = {row.pk for row in self.thing.datastreams.all()}
        rows = [
            row
            for entry in self.district.gateway.journal.read(limit=100_000)
            if entry.kind == batches.OBSERVATIONS
            for row in entry.decode().to_pylist()
        ]
        return [row["result"] for row in rows if row["datastream"] in ids]

    async def wait_for(self, count: int) -> list[float]:
        """The readings, as soon as there are so many."""
        async with asyncio.timeout(WAIT_S):
            while len(rows := await asyncio.to_thread(self.stored)) < count:
                await asyncio.sleep(0.05)
        return rows

    async def wait_connected(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while self.door.warning:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.3)  # the subscription follows the connection


def register(identity: str) -> Thing:
    ObservedProperty.objects.create(code="test_n", name_zh="数")
    return services.register_thing(
        name_zh=identity,
        kind="sensor",
        system="environment",
        protocol="mqtt",
        identity=identity,
        profile=PROFILE.name,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        channels=PROFILE.channels[:1],
    )


@pytest.fixture
async def bridged(district: District, mosquitto: Mosquitto) -> Bridged:
    declare_profiles([PROFILE])
    thing = await asyncio.to_thread(register, SENSOR)
    district.gateway.use(await asyncio.to_thread(load_snapshot))
    [door] = [door for door in district.gateway.doors if isinstance(door, BridgeDoor)]
    door.connect(Address("127.0.0.1", mosquitto.port, False))
    bridged = Bridged(district, door, thing)
    await bridged.wait_connected()
    return bridged
