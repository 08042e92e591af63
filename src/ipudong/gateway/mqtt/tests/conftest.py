"""A broker on a free port, with a journal in memory, no database, and two devices."""

import asyncio
import contextlib
from array import array
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.directory import Channel, Device
from ipudong.gateway.mqtt.access import POST, VIEW
from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.broker import Broker, wall_clock_us
from ipudong.gateway.mqtt.intake import Taken
from ipudong.gateway.mqtt.server import Server
from ipudong.gateway.mqtt.tests.certificates import Certificates, make_authority
from ipudong.gateway.mqtt.tests.client_double import ClientDouble
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.gateway.tests.doubles import RecordingCommitter, judge_nothing, make_directory
from ipudong.protocols.mqtt.packets import V5

TELEMETRY = "v1/devices/s1/telemetry"
SECRET = "s1-secret"
BOTH = "both"  # the token that may view and post


class PlainInterpreter:
    """A JSON object of numbers; `list_filters` gives each device one topic of its own."""

    def __init__(self) -> None:
        self.pipeline: Pipeline
        self.awaits = False
        self.taken: list[tuple[str, bytes]] = []

    def take(
        self, device: Device, topic: str, payload: bytes, content_type: str, now_us: int
    ) -> Taken:
        if payload == b"raise":
            raise RuntimeError("a fault of ours")
        if self.awaits:
            return Taken(awaits_channels=True)
        try:
            values = orjson.loads(payload)
        except ValueError:
            return Taken(refusal="not_json")
        if not isinstance(values, dict):
            return Taken(refusal="not_an_object")
        self.taken.append((topic, payload))
        known = [name for name in values if name in device.channels]
        ids = array("i", [device.channels[name].datastream_id for name in known])
        results = [float(values[name]) for name in known]
        times = array("q", [now_us]) * len(known)
        self.pipeline.buffer.append(ids, times, results, bytes(len(known)), True)
        return Taken(len(known))

    def list_filters(self, device: Device) -> Sequence[str]:
        return (f"own/{device.identity}/#",)

    def list_fields(self, topic: str, payload: bytes, content_type: str) -> tuple[str, ...]:
        return tuple(orjson.loads(payload))


class FixedDesk:
    """Tokens and what they allow, without a database."""

    def __init__(self) -> None:
        self.tokens: dict[str, set[str]] = {
            "viewer": {VIEW},
            "poster": {POST},
            "both": {VIEW, POST},
            "nothing": set(),
        }
        self.hold: asyncio.Event | None = None

    async def ask(self, token: str, action: str) -> tuple[Actor | None, bool]:
        await (self.hold.wait() if self.hold else asyncio.sleep(0))
        allowed = self.tokens.get(token)
        if allowed is None:
            return None, False
        return Actor(token, frozenset()), action in allowed


def make_sensor(thing_id: int, identity: str, secret: str = "", first_id: int = 1) -> Device:
    channels = {name: Channel(first_id + at) for at, name in enumerate(("t", "h"))}
    credential = hash_credential(secret) if secret else ""
    return Device(thing_id, "mqtt", identity, channels, credential=credential)


@dataclass
class Door:
    """A listening broker and what stands behind it."""

    broker: Broker
    server: Server
    committer: RecordingCommitter
    records: Records
    interpreter: PlainInterpreter
    desk: FixedDesk
    port: int
    clients: list[ClientDouble] = field(default_factory=list)

    def client(self, version: int = V5) -> ClientDouble:
        double = ClientDouble(self.port, version)
        self.clients.append(double)
        return double

    async def device(self, client_id: str = "s1", version: int = V5, **more: Any) -> ClientDouble:
        """The first device, connected."""
        double = self.client(version)
        more = {"username": "s1", "password": SECRET} | more
        ack = await double.connect(client_id, **more)
        assert ack.reason == 0, ack
        return double

    async def integrator(
        self,
        client_id: str = "app",
        *,
        token: str = BOTH,
        version: int = V5,
        **more: Any,
    ) -> ClientDouble:
        """A program with a token, connected."""
        double = self.client(version)
        ack = await double.connect(client_id, username="token", password=token, **more)
        assert ack.reason == 0, ack
        return double

    def rows(self) -> list[tuple[int, float]]:
        """What is durable: datastream and result."""
        return [(row["datastream"], row["result"]) for row in self.committer.rows()]

    def reload(self, *devices: Device) -> None:
        """Another directory."""
        self.server.use_directory(make_directory(*devices))


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """An authority of this test's own."""
    return make_authority(tmp_path)


@pytest.fixture
def bounds() -> Bounds:
    """Tests with bounds of their own override this."""
    return Bounds()


@pytest.fixture
def accept_unknown() -> bool:
    """Tests that let strangers in override this."""
    return False


@pytest.fixture
async def door(bounds: Bounds, accept_unknown: bool) -> AsyncIterator[Door]:
    committer, records, interpreter = RecordingCommitter(), Records(), PlainInterpreter()
    pipeline = Pipeline(committer, judge=judge_nothing, now_us=wall_clock_us)
    interpreter.pipeline = pipeline
    desk = FixedDesk()
    broker = Broker(pipeline, records, interpreter, bounds=bounds, answer_timeout_s=0.3)
    server = Server(broker, desk, accept_unknown=accept_unknown)
    server.use_directory(make_directory(make_sensor(1, "s1", SECRET), make_sensor(2, "s2", "", 11)))
    port = await server.listen("127.0.0.1", 0)
    made = Door(broker, server, committer, records, interpreter, desk, port)
    yield made
    server.stop_listening()
    server.close_connections()
    for client in made.clients:
        client.abort()
    await pipeline.drain()
    await asyncio.sleep(0.02)


@pytest.fixture
async def ticks(door: Door) -> AsyncIterator[None]:
    """The door's work of each second, twenty times a second."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(0.05)
            door.server.tick()

    task = asyncio.create_task(repeat())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
