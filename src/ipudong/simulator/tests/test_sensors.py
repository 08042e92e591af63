"""Simulated poles measure, send by MQTT or HTTP, and keep what was not acknowledged."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ipudong.protocols.lineprotocol.lines import parse_lines
from ipudong.simulator.clock import real_now
from ipudong.simulator.ledger import Ledger
from ipudong.simulator.sensors.mqtt import MqttSender
from ipudong.simulator.sensors.push import HttpSender, write_lines
from ipudong.simulator.sensors.reporting import Reading, SensorReporting
from ipudong.simulator.sensors.source import SensorSource, collect_sensors

MODULE = "ipudong.systems.citysense.simulation"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def sources(scale: int = 1000) -> list[SensorSource]:
    return collect_sensors([MODULE, "ipudong.systems.environment.simulation"], scale=scale, seed=1)


def test_poles_are_drawn_by_scale_and_seed_and_one_of_them_pushes() -> None:
    drawn = [source.sensor for source in sources()]
    assert [sensor.protocol for sensor in drawn] == ["mqtt"] * 11 + ["http"]
    assert len({sensor.token for sensor in drawn}) == len(drawn)
    assert drawn == [source.sensor for source in sources()]
    assert len(sources(scale=1)) == 60


def test_a_pole_is_warmer_and_louder_in_the_afternoon() -> None:
    [source, *_] = sources()
    noon, night = source.read(NOON.replace(hour=7)), source.read(NOON.replace(hour=19))
    assert noon["temperature"] > night["temperature"] + 5
    assert noon["noise"] > night["noise"]
    assert 0 <= noon["humidity"] <= 100


@dataclass
class Collector:
    """An HTTP server that answers as it is told."""

    status: int = 204
    bodies: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length")
        )
        self.heads.append(head)
        self.bodies.append((await reader.readexactly(length)).decode())
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % self.status)
        writer.close()


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    server = await asyncio.start_server(collector.serve, "127.0.0.1", 0)
    collector.port = server.sockets[0].getsockname()[1]
    yield collector
    server.close()


async def test_a_push_is_line_protocol_with_the_poles_own_token(collector: Collector) -> None:
    sender = HttpSender("pole-1", "secret", "127.0.0.1", collector.port)
    await sender.send([(1_795_000_000_000, {"temperature": 21.5, "noise": 55.0})])
    assert "Authorization: Token secret" in collector.heads[0]
    columns = parse_lines(collector.bodies[0])
    assert columns.series_table[0].find_tag("device") == "pole-1"
    assert columns.value.tolist() == [21.5, 55.0]
    assert columns.time.tolist() == [1_795_000_000_000] * 2
    assert write_lines("p", [(1, {"a": 1.0}), (2, {"a": 2.0})]).count("\n") == 1


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_refused_push_is_an_error(collector: Collector, status: int) -> None:
    collector.status = status
    with pytest.raises(OSError, match=str(status)):
        await HttpSender("p", "s", "127.0.0.1", collector.port).send([(1, {"a": 1.0})])


@dataclass
class Flaky:
    """A way that fails a few times, then takes all."""

    failures: int
    taken: list[Reading] = field(default_factory=list)
    closed: bool = False

    async def send(self, readings: list[Reading]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("away")
        self.taken += readings

    async def close(self) -> None:
        self.closed = True


async def test_what_was_not_acknowledged_is_sent_again_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipudong.simulator.sensors.reporting.TRY_AGAIN_S", 0.01)
    [source, *_] = sources()
    quick = SensorSource(_Quick(source.sensor.identity), source.simulation)
    way, ledger = Flaky(2), Ledger(tmp_path / "ledger.jsonl")
    task = asyncio.create_task(SensorReporting(quick, way, real_now, ledger).run())
    async with asyncio.timeout(10):
        while len(way.taken) < 4:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ledger.close()
    times = [time_ms for time_ms, _ in way.taken]
    assert times == sorted(set(times))
    assert way.closed
    entries = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [int(entry["cp"].split(";")[0]) for entry in entries] == times


@dataclass(frozen=True)
class _Quick:
    identity: str
    token: str = "t"
    protocol: str = "mqtt"
    interval_s: float = 0.05


async def test_a_broker_that_is_away_is_an_error_and_no_hanging(monkeypatch) -> None:
    monkeypatch.setattr("ipudong.simulator.sensors.mqtt.ANSWER_S", 0.2)
    sender = MqttSender("pole-1", "secret", "127.0.0.1", 1)
    with pytest.raises(OSError, match="no acknowledgement"):
        await sender.send([(1, {"a": 1.0})])
    await sender.close()
