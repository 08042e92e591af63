"""A simulated station facing a platform on a real socket."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ipudong.protocols.hj212.commands import make_request
from ipudong.protocols.hj212.events import DataReceived, ExchangeEnded, FrameRejected, HostEvent
from ipudong.protocols.hj212.exchange import State
from ipudong.protocols.hj212.host import HostSession
from ipudong.protocols.hj212.packet import Packet
from ipudong.simulator.connection import StationConnection, Surroundings, UploadSource
from ipudong.simulator.faults import NO_FAULTS, Faults, StationFaults
from ipudong.simulator.instrument import SimulatedInstrument
from ipudong.simulator.ledger import Ledger, read_ledger
from ipudong.simulator.logger import Logger, Upload
from ipudong.simulator.memory import Memory
from ipudong.simulator.replay import Recording, ReplayLogger
from ipudong.simulator.source import Source, collect_sources
from ipudong.simulator.timetable import HOUR, Report

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)


class Platform:
    """The platform's side of the codec on a socket: not our gateway, only its protocol."""

    def __init__(self, *, silent_for: int = 0) -> None:
        self.events: list[HostEvent] = []
        self.sessions: list[tuple[HostSession, asyncio.StreamWriter]] = []
        self._silent_for = silent_for

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = HostSession()
        self.sessions.append((session, writer))
        while data := await reader.read(65536):
            for event in session.receive_data(data, time.monotonic()):
                self.events.append(event)
                answer = getattr(event, "answer", None)
                if answer and self._silent_for <= 0:
                    writer.write(answer)
                self._silent_for -= 1
        writer.close()

    @property
    def data(self) -> list[Packet]:
        return [event.packet for event in self.events if isinstance(event, DataReceived)]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def _facing(
    platform: Platform,
    source: Source,
    ledger: Path,
    *,
    faults: Faults = NO_FAULTS,
    logger: UploadSource | None = None,
) -> AsyncIterator[tuple[asyncio.Server, StationConnection]]:
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    around = Surroundings(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        now=lambda: NOW,
        real_now=lambda: NOW,
        ledger=Ledger(ledger),
        timeout_s=0.4,
    )
    connection = StationConnection(
        source.station,
        logger or Logger(source, Memory(None), born=NOW, history=timedelta(hours=2)),
        SimulatedInstrument(source, lambda: NOW),
        StationFaults(faults, source.station.mn, 1),
        around,
    )
    task = asyncio.create_task(connection.run())
    try:
        yield server, connection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        await server.wait_closed()
        around.ledger.close()


@pytest.fixture(scope="module")
def source() -> Source:
    return collect_sources(["ipudong.systems.environment.simulation"], scale=1000, seed=1)[0]


def _hours(packets: list[Packet]) -> set[str]:
    return {packet.cp[9:23] for packet in packets if packet.cn == "2061"}


async def test_history_and_present_are_uploaded_and_acknowledged(
    source: Source, tmp_path: Path
) -> None:
    platform = Platform()
    ledger = tmp_path / "ledger"
    async with _facing(platform, source, ledger):
        await _until(lambda: len(_hours(platform.data)) == 2)
        await _until(lambda: len(list(read_ledger(ledger))) >= len(platform.data))
    assert {(line["mn"], line["cn"]) for line in read_ledger(ledger)} >= {
        (source.station.mn, "2061")
    }


async def test_an_unanswered_upload_is_sent_again_with_the_same_qn(
    source: Source, tmp_path: Path
) -> None:
    platform = Platform(silent_for=3)
    async with _facing(platform, source, tmp_path / "ledger"):
        await _until(lambda: len(_hours(platform.data)) == 2)
        await _until(lambda: len({p.qn for p in platform.data}) < len(platform.data))


async def test_spoiled_frames_come_through_in_the_end(source: Source, tmp_path: Path) -> None:
    platform = Platform()
    ledger = tmp_path / "ledger"
    async with _facing(platform, source, ledger, faults=Faults(crc=0.5)):
        await _until(lambda: sum(line["cn"] == "2061" for line in read_ledger(ledger)) == 2)
    assert any(isinstance(event, FrameRejected) for event in platform.events)


async def test_a_dead_station_connects_and_says_nothing(source: Source, tmp_path: Path) -> None:
    platform = Platform()
    async with _facing(platform, source, tmp_path / "ledger", faults=Faults(dead=1)):
        await _until(lambda: bool(platform.sessions))
        await asyncio.sleep(0.6)
    assert platform.data == []


async def test_the_platform_reads_history_and_sets_the_interval(
    source: Source, tmp_path: Path
) -> None:
    platform = Platform()
    async with _facing(platform, source, tmp_path / "ledger"):
        await _until(lambda: len(_hours(platform.data)) == 2)
        session, writer = platform.sessions[0]
        before = len(platform.data)
        for number, (cn, cp) in enumerate(
            [
                ("2061", "BeginTime=20261121000000,EndTime=20261121060000"),
                ("1062", "RtdInterval=60"),
            ]
        ):
            request = make_request(
                qn=f"2026112212000000{number}",
                st=source.station.st,
                cn=cn,
                pw=source.station.password,
                mn=source.station.mn,
                cp=cp,
            )
            writer.write(session.send(request, time.monotonic()))
        await _until(lambda: len(_ended(platform)) == 2)
    assert [event.exchange.state for event in _ended(platform)] == [State.FINISHED] * 2
    assert [event.code for event in _ended(platform)] == [1, 1]
    assert len([p for p in platform.data[before:] if p.qn == "20261122120000000"]) == 6


def _ended(platform: Platform) -> list[ExchangeEnded]:
    return [event for event in platform.events if isinstance(event, ExchangeEnded)]


async def test_a_replay_is_over_when_its_last_record_was_acknowledged(
    source: Source, tmp_path: Path
) -> None:
    began = NOW - timedelta(hours=3)
    uploads = tuple(
        Upload(
            report=Report(due=began + timedelta(hours=at), period=HOUR, began=began),
            cn="2061",
            cp=f"DataTime=2026112209{at:02}00;a34004-Avg={at}",
        )
        for at in range(3)
    )
    logger = ReplayLogger(Recording(source.station, None, uploads), Memory(None))
    platform = Platform(silent_for=2)
    async with _facing(platform, source, tmp_path / "ledger", logger=logger) as (_, connection):
        assert not connection.is_over
        await _until(lambda: len(platform.data) >= 3)
        assert not connection.is_over  # two of them were not answered
        await _until(lambda: connection.is_over)
    assert len(list(read_ledger(tmp_path / "ledger"))) == 3
