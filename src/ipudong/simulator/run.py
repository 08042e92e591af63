"""Runs a simulated district: every station a connection of its own."""

import asyncio
import contextlib
import signal
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog

from ipudong.operations.probes import ProbeServer
from ipudong.options import Option, data_path
from ipudong.simulator.clock import Clock, real_now
from ipudong.simulator.connection import StationConnection, Surroundings
from ipudong.simulator.faults import NO_FAULTS, Faults, StationFaults
from ipudong.simulator.instrument import SimulatedInstrument
from ipudong.simulator.ledger import Ledger
from ipudong.simulator.logger import Logger
from ipudong.simulator.memory import Memory
from ipudong.simulator.replay import ReplayLogger, read_recordings
from ipudong.simulator.sensors.mqtt import MqttSender
from ipudong.simulator.sensors.push import HttpSender
from ipudong.simulator.sensors.reporting import Sender, SensorReporting
from ipudong.simulator.sensors.source import SensorSource, collect_sensors
from ipudong.simulator.source import collect_sources
from ipudong.simulator.vehicles.codes import Codes
from ipudong.simulator.vehicles.connection import VehicleConnection
from ipudong.simulator.vehicles.faults import VehicleFaults
from ipudong.simulator.vehicles.source import collect_vehicles

METRICS_PORT = Option(
    "simulator.metrics_port", default=8803, doc="Port of the simulator's probes and figures."
)
SAVE_EVERY_S = 5.0
CANCEL_AGAIN_S = 0.5
LOOK_EVERY_S = 0.5
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the simulator."""

    modules: Sequence[str]
    host: str
    port: int
    scale: int = 1000
    seed: int = 1
    speed: float = 1.0
    history: timedelta = timedelta(days=30)
    faults: Faults = NO_FAULTS
    replay: Path | None = None
    ledger: Path | None = None
    forget: bool = False
    timeout_s: float = 10.0
    for_s: float | None = None
    jt808_port: int | None = None
    mqtt_port: int | None = None
    http_port: int | None = None


def simulate(run: Run) -> None:
    """Talk to the doors until a signal comes, the run's time is over, or a replay is."""
    asyncio.run(_simulate(run))


async def _simulate(run: Run) -> None:
    memory = Memory(None if run.forget or run.replay else data_path("simulator", "memory.json"))
    ledger = Ledger(run.ledger)
    connections, clock = (
        _replaying(run, memory, ledger) if run.replay else _living(run, memory, ledger)
    )
    codes = Codes(None if run.forget else data_path("simulator", "codes.json"))
    fleet = [] if run.replay else _driving(run, codes, ledger, clock)
    sensors = [] if run.replay else _sensing(run, ledger, clock)
    probes = ProbeServer(METRICS_PORT.get(), {})
    probes.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    log.info(
        "simulating",
        stations=len(connections),
        vehicles=len(fleet),
        sensors=len(sensors),
        since=clock.start.isoformat(),
    )
    tasks = [asyncio.create_task(connection.run()) for connection in connections]
    tasks += [asyncio.create_task(vehicle.run()) for vehicle in fleet]
    tasks += [asyncio.create_task(sensor.run()) for sensor in sensors]
    tasks.append(asyncio.create_task(_save_often(memory, codes)))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(run.for_s):
            await _wait_for_end(stopped, connections if run.replay else ())
    await cancel_until_ended(tasks)
    memory.save()
    codes.save()
    ledger.close()
    probes.stop()


async def _wait_for_end(stopped: asyncio.Event, replays: Sequence[StationConnection]) -> None:
    """Until a signal comes, or all of these replays were taken in whole."""
    while not stopped.is_set():
        if replays and all(connection.is_over for connection in replays):
            log.info("replay_is_over", stations=len(replays))
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_EVERY_S)


async def cancel_until_ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: a line that breaks in the same moment swallows a cancel, because
    a task group of Python 3.11 and 3.12 then raises its own errors only."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)


def _living(run: Run, memory: Memory, ledger: Ledger) -> tuple[list[StationConnection], Clock]:
    now = real_now()
    hurried = run.speed > 1  # such a district lives through its history instead of looking back
    clock = Clock(start=now - run.history if hurried else now, speed=run.speed)
    history = timedelta(0) if hurried else run.history
    around = _surroundings(run, clock, ledger)
    sources = collect_sources(run.modules, scale=run.scale, seed=run.seed)
    return [
        StationConnection(
            source.station,
            Logger(source, memory, born=clock.start, history=history),
            SimulatedInstrument(source, clock.now),
            faults,
            around,
        )
        for source in sources
        for faults in [StationFaults(run.faults, source.station.mn, run.seed)]
    ], clock


def _driving(run: Run, codes: Codes, ledger: Ledger, clock: Clock) -> list[VehicleConnection]:
    if run.jt808_port is None:
        return []
    around = replace(_surroundings(run, clock, ledger), port=run.jt808_port)
    return [
        VehicleConnection(
            source, VehicleFaults(run.faults, source.vehicle.phone, run.seed), codes, around
        )
        for source in collect_vehicles(run.modules, scale=run.scale, seed=run.seed)
    ]


def _sensing(run: Run, ledger: Ledger, clock: Clock) -> list[SensorReporting]:
    """Sensors whose door is open; they live in real time only, as their devices have no memory."""
    ports = {"mqtt": run.mqtt_port, "http": run.http_port}
    return [
        SensorReporting(source, _make_sender(source, run.host, port), clock.now, ledger)
        for source in collect_sensors(run.modules, scale=run.scale, seed=run.seed)
        for port in [ports.get(source.sensor.protocol)]
        if port and run.speed == 1
    ]


def _make_sender(source: SensorSource, host: str, port: int) -> Sender:
    sensor = source.sensor
    kind = MqttSender if sensor.protocol == "mqtt" else HttpSender
    return kind(sensor.identity, sensor.token, host, port)


def _replaying(run: Run, memory: Memory, ledger: Ledger) -> tuple[list[StationConnection], Clock]:
    recordings = read_recordings(run.modules, run.replay or Path())
    first = min(recording.uploads[0].report.due for recording in recordings)
    clock = Clock(start=first, speed=run.speed)
    around = _surroundings(run, clock, ledger)
    return [
        StationConnection(
            recording.station,
            ReplayLogger(recording, memory),
            SimulatedInstrument(recording.source, clock.now),
            StationFaults(run.faults, recording.station.mn, run.seed),
            around,
        )
        for recording in recordings
    ], clock


def _surroundings(run: Run, clock: Clock, ledger: Ledger) -> Surroundings:
    return Surroundings(
        host=run.host,
        port=run.port,
        now=clock.now,
        real_now=real_now,
        ledger=ledger,
        timeout_s=run.timeout_s,
    )


async def _save_often(memory: Memory, codes: Codes) -> None:
    while True:
        await asyncio.sleep(SAVE_EVERY_S)
        memory.save()
        codes.save()
