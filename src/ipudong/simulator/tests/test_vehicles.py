"""Simulated vehicles register, authenticate, report, come back and do as they are told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.protocols.jt808 import events as said
from ipudong.protocols.jt808.messages import decode_body
from ipudong.protocols.jt808.platform_session import PlatformSession
from ipudong.simulator.clock import real_now
from ipudong.simulator.connection import Surroundings
from ipudong.simulator.faults import NO_FAULTS, Faults
from ipudong.simulator.ledger import Ledger
from ipudong.simulator.vehicles.codes import Codes
from ipudong.simulator.vehicles.connection import VehicleConnection
from ipudong.simulator.vehicles.faults import VehicleFaults
from ipudong.simulator.vehicles.source import VehicleSource, collect_vehicles

MODULE = "ipudong.systems.citysense.simulation"
CODE = "given"


@dataclass
class Platform:
    """The least a platform does: gives a code, takes it, acknowledges reports when it wants to."""

    port: int = 0
    answers: bool = True
    registered: list[str] = field(default_factory=list)
    locations: list[dict] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    bad: int = 0
    ended: list[said.CommandEnded] = field(default_factory=list)
    sessions: list[tuple[PlatformSession, asyncio.StreamWriter]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = PlatformSession()
        self.sessions.append((session, writer))
        while data := await reader.read(65536):
            for event in session.receive_data(data, 0.0):
                answer = self.handle(session, event)
                if answer:
                    writer.write(answer)
        writer.close()

    def handle(self, session: PlatformSession, event) -> bytes:
        if isinstance(event, said.RegistrationRequested):
            self.registered.append(event.message.values["plate"])
            return session.answer_registration(event, 0, CODE)
        if isinstance(event, said.AuthenticationRequested):
            return session.answer_authentication(event, event.code == CODE)
        if isinstance(event, said.LocationReceived | said.HeartbeatReceived):
            if isinstance(event, said.LocationReceived):
                message = decode_body(0x0200, event.frame.body, event.frame.edition)
                assert message.defects == ()
                self.locations.append(message.values["location"])
            return session.answer(event.frame) if self.answers else b""
        if isinstance(event, said.BatchReceived):
            self.batches.append(len(event.reports))
            return session.answer(event.frame)
        if isinstance(event, said.CommandEnded):
            self.ended.append(event)
        self.bad += isinstance(event, said.FrameRejected)
        return b""

    def drop(self) -> None:
        for _, writer in self.sessions:
            writer.transport.abort()
        self.sessions.clear()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    platform.port = server.sockets[0].getsockname()[1]
    yield platform
    server.close()
    platform.drop()


def drawn(edition: int) -> VehicleSource:
    sources = collect_vehicles([MODULE], scale=1000, seed=1)
    return next(source for source in sources if source.vehicle.edition == edition)


async def until(condition, timeout: float = 8.0) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
async def drive(platform: Platform):
    """Starts vehicles and ends them with the test."""
    tasks = []

    def start(source: VehicleSource, faults: Faults = NO_FAULTS, codes: Codes | None = None):
        around = Surroundings(
            host="127.0.0.1",
            port=platform.port,
            now=real_now,
            real_now=real_now,
            ledger=Ledger(None),
            timeout_s=1.0,
        )
        vehicle_faults = VehicleFaults(faults, source.vehicle.phone, 1)
        connection = VehicleConnection(source, vehicle_faults, codes or Codes(None), around)
        connection.terminal.parameters[0x0029] = 1
        tasks.append(asyncio.create_task(connection.run()))
        return connection

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("edition", [2013, 2019])
async def test_a_vehicle_registers_authenticates_and_reports(platform, drive, edition):
    source = drawn(edition)
    drive(source)
    await until(lambda: len(platform.locations) >= 2)
    assert platform.registered == [source.vehicle.plate]
    at = datetime.fromisoformat(platform.locations[-1]["time"] + "+08:00")
    assert abs(at - datetime.now(UTC)) < timedelta(seconds=10)
    motion = source.read_motion(at)
    assert platform.locations[-1]["longitude"] == pytest.approx(motion.lon, abs=2e-3)
    assert platform.locations[-1]["latitude"] == pytest.approx(motion.lat, abs=2e-3)


async def test_a_code_from_before_is_shown_without_registering(platform, drive, tmp_path):
    source = drawn(2019)
    codes = Codes(tmp_path / "codes.json")
    codes.put(source.vehicle.phone, CODE)
    codes.save()
    drive(source, codes=Codes(tmp_path / "codes.json"))
    await until(lambda: platform.locations)
    assert platform.registered == []


async def test_what_was_not_acknowledged_comes_as_a_batch_after_the_line_broke(platform, drive):
    platform.answers = False
    drive(drawn(2013))
    await until(lambda: len(platform.locations) >= 2)
    platform.answers = True
    platform.drop()
    await until(lambda: platform.batches)
    assert platform.batches[0] >= 2


async def test_the_platform_asks_where_it_is_and_sets_its_interval(platform, drive):
    connection = drive(drawn(2013))
    await until(lambda: platform.locations)
    session, writer = platform.sessions[-1]
    (phone,) = session.list_phones()
    query, _ = session.send(phone, 0x8201, {}, 0.0)
    setting, _ = session.send(phone, 0x8103, {"parameters": [{"id": 0x0029, "value": 5}]}, 0.0)
    writer.write(query + setting)
    await until(lambda: len(platform.ended) == 2)
    assert platform.ended[0].message.name == "location_answer"
    assert platform.ended[1].result == 0
    assert connection.terminal.report_every_s == 5


async def test_faults_lose_frames_and_spoil_checksums(platform, drive):
    drive(drawn(2013), Faults(crc=1.0))
    await until(lambda: platform.bad)
    assert platform.locations == []


async def test_a_clock_that_is_off_dates_reports_wrongly(platform, drive):
    drive(drawn(2013), Faults(clock=1.0))
    await until(lambda: platform.locations)
    at = datetime.fromisoformat(platform.locations[-1]["time"] + "+08:00")
    assert at - datetime.now(UTC) > timedelta(days=2)
