"""An interpreter with a pipeline that remembers, and devices of every format."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from ipudong.city.sensing.directory import Channel, Device, Directory, build_streams
from ipudong.city.sensing.profiles import Channel as ProfileChannel
from ipudong.city.sensing.profiles import DeviceProfile, declare_profiles
from ipudong.gateway.mqtt.intake import Taken
from ipudong.gateway.payloads.interpreter import PayloadInterpreter
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.gateway.tests.doubles import NOW_US, RecordingCommitter, judge_nothing
from ipudong.store import batches

FORMATS = ("json", "cbor", "senml", "number", "sparkplug", "lorawan", "line")
EUI = "0004A30B001C0530"


def make_profile(payload: str) -> DeviceProfile:
    return DeviceProfile(
        name=f"test_{payload}",
        protocol="mqtt",
        title=payload,
        channels=(ProfileChannel(field="promised", property="test"),),
        payload=payload,
    )


declare_profiles([make_profile(payload) for payload in FORMATS])


@dataclass
class Bench:
    """An interpreter and everything it touches. A device is made with the fields it has."""

    records: Records = field(default_factory=Records)
    published: list[tuple[str, bytes]] = field(default_factory=list)
    devices: dict[tuple[str, str], Device] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.committer = RecordingCommitter()
        self.pipeline = Pipeline(self.committer, judge=judge_nothing, now_us=lambda: NOW_US)
        self.interpreter = PayloadInterpreter(
            self.pipeline,
            self.records,
            lambda: Directory(1, self.devices, build_streams([])),
            lambda topic, payload: self.published.append((topic, payload)),
        )

    def device(self, payload: str, *fields: str, identity: str = "dev", **more: object) -> Device:
        thing = len(self.devices) + 1
        channels = {name: Channel(thing * 100 + at) for at, name in enumerate(fields)}
        if "scale" in more:
            scale = float(more.pop("scale"))  # type: ignore[arg-type]
            channels = {name: replace(row, scale=scale) for name, row in channels.items()}
        self.names |= {row.datastream_id: name for name, row in channels.items()}
        made = Device(thing, "mqtt", identity, channels, profile=f"test_{payload}", **more)  # type: ignore[arg-type]
        self.devices["mqtt", identity] = made
        return made

    def send(
        self, device: Device, payload: bytes, path: str = "telemetry", content_type: str = ""
    ) -> Taken:
        topic = path if "//" in path or path.startswith(("spB", "app", "v3", "own")) else ""
        topic = topic or f"v1/devices/{device.identity}/{path}"
        return self.interpreter.take(device, topic, payload, content_type, NOW_US)

    async def stored(self) -> list[tuple[str, float, int]]:
        """(field, result, time since now in µs) of what became durable."""
        await self.pipeline.wait_future()
        return [
            (
                self.names[row["datastream"]],
                row["result"],
                round(row["time"].timestamp() * 1e6) - NOW_US,
            )
            for row in self.committer.rows()
            if "datastream" in row
        ]

    async def positions(self) -> list[Mapping[str, object]]:
        await self.pipeline.wait_future()
        return [row for row in self.committer.rows() if "thing" in row]

    def counts(self, code: str) -> int:
        notes = self.records._notes
        return sum(count for (_, name), count in notes.counts.items() if name == code)


@pytest.fixture
async def bench() -> Bench:
    await asyncio.sleep(0)
    assert batches.POSITIONS
    return Bench()
