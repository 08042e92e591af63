"""Devices that push, in a district of the test's own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from ipudong.city.sensing import services
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.models import ObservedProperty, Thing
from ipudong.city.sensing.profiles import Channel, DeviceProfile, declare_profiles
from ipudong.gateway.conftest import District
from ipudong.gateway.snapshot import load_snapshot
from ipudong.store import batches

TOKEN = "a-token-of-pole-1-for-tests-only"
PROFILE = DeviceProfile(
    name="test_pole",
    protocol="http",
    title="Pole",
    channels=(
        Channel(field="env.temperature", property="test_temperature"),
        Channel(field="env.humidity", property="test_humidity", scale=0.1),
        Channel(field="temperature", property="test_temperature"),
        Channel(field="humidity", property="test_humidity"),
        Channel(field="cpu,cpu=cpu0.load", property="test_load"),
        Channel(field="cpu.load", property="test_load"),
    ),
    payload="json",
)


@dataclass
class Push:
    """A district with two poles that push, `pole-1` with a token."""

    district: District
    things: Mapping[str, Thing]

    def token(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Token {self.district.tokens[role]}"}

    @property
    def own(self) -> dict[str, str]:
        return {"Authorization": f"Token {TOKEN}"}

    async def write(self, lines: str | bytes, query: str = "", **more):
        headers = more.pop("headers", self.token("integrator"))
        return await self.district.http.post(
            f"/api/v2/write?{query}", content=lines, headers=headers, **more
        )

    def stored(self) -> list[tuple[str, float, int]]:
        """(channel, result, time) of everything durable, in order."""
        names = {
            stream.pk: f"{stream.thing.identity}:{stream.channel}"
            for thing in self.things.values()
            for stream in thing.datastreams.select_related("thing")
        }
        journal = self.district.gateway.journal
        rows = []
        for entry in journal.read():
            if entry.kind == batches.OBSERVATIONS:
                rows += entry.decode().to_pylist()
        return [
            (names[row["datastream"]], row["result"], round(row["time"].timestamp() * 1e6))
            for row in rows
            if row["datastream"] in names
        ]


def register(identity: str, credential: str = "", protocol: str = "http") -> Thing:
    return services.register_thing(
        name_zh=identity,
        kind="pole",
        system="environment",
        protocol=protocol,
        identity=identity,
        credential=credential,
        profile=PROFILE.name,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        channels=PROFILE.channels[:1],
    )


@pytest.fixture
async def push(district: District) -> Push:
    declare_profiles([PROFILE])

    def make() -> dict[str, Thing]:
        for code in ("test_temperature", "test_humidity", "test_load"):
            ObservedProperty.objects.create(code=code, name_zh=code)
        return {
            "pole-1": register("pole-1", hash_credential(TOKEN)),
            "pole-2": register("pole-2"),
        }

    things = await asyncio.to_thread(make)
    district.gateway.use(await asyncio.to_thread(load_snapshot))
    return Push(district, things)
