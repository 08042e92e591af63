"""HJ 212 frames a second on one gateway core, acknowledged durable, beside a bare asyncio echo.

    python bench/ingest_hj212.py [--connections 500] [--rounds 6] [--seconds 1.2]

The gateway runs as its own process, whole (database, rules, journal with fsync, live state), pinned
to one core; so do the echoes. The same generator, pinned to another core, drives all of them with
the same frames of eight factors, with one unanswered frame a connection, as the standard has it (an
upload waits for its 9014), and with four. An echo only moves bytes, so with four frames in one read
it does a quarter of the work, the gateway does not; the ratio is taken at one. All take turns in
short rounds and the medians count, so that a neighbor's load on the machine meets all alike. Prints
what was measured and, last, one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import uvloop

from ipudong.protocols.hj212.packet import Packet, encode
from ipudong.protocols.hj212.times import format_qn, format_time
from ipudong.store.journal import SqliteJournal
from rig.processes import (
    allow_open_files,
    cpu_seconds,
    free_port,
    pin,
    started_echo,
    started_gateway,
)

FACTORS = ("a34004", "a34002", "a21026", "a21004", "a05024", "a21005", "a01001", "a01002")
PASSWORD = "123456"  # noqa: S105 - of stations that exist for seconds

PREPARE = """
import sys
from datetime import UTC, datetime
import django
from django.core.management import call_command
django.setup()
from ipudong.city.sensing.models import Datastream, ObservedProperty, Thing
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
factors, count, password = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3]
ObservedProperty.objects.bulk_create(
    ObservedProperty(code=code, name_zh=code, physical_min=0, physical_max=1000) for code in factors
)
now = datetime.now(UTC)
things = Thing.objects.bulk_create(
    Thing(name_zh=f"站{n}", kind="station", system="environment", protocol="hj212",
          identity=f"3101150{n:09d}", credential=password, expected_interval_s=60,
          registered_at=now) for n in range(count)
)
Datastream.objects.bulk_create(
    Datastream(thing=thing, observed_property_id=code, channel=f"2011/{code}-Rtd")
    for thing in things for code in factors
)
bump_revision()
"""

LOOPS = ("asyncio", "uvloop")
WINDOWS = (1, 4)
BESIDE = "a bare asyncio echo"
WARM_S = 0.4  # the first batches of a turn warm the caches on both sides
ANSWERS_S = 10.0


@dataclass(frozen=True)
class Run:
    """What one turn brought."""

    frames: int
    seconds: float
    cpu_seconds: float
    latencies_ms: np.ndarray

    @property
    def per_second(self) -> float:
        return self.frames / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.frames / max(self.cpu_seconds, 0.01)


Rounds = dict[tuple[str, int], list[Run]]  # by name and window


def make_frames(station: int, count: int) -> list[bytes]:
    """Frames of one station, each with its own QN, time and values, the last of them now."""
    begin = datetime.now(UTC) - timedelta(seconds=count // 10)
    return [_make_frame(station, begin + timedelta(milliseconds=100 * n), n) for n in range(count)]


def _make_frame(station: int, at: datetime, number: int) -> bytes:
    # DataTime has whole seconds: a SampleTime in milliseconds would be another frame layout.
    values = ";".join(
        f"{factor}-Rtd={(number * 7 + place * 13 + station) % 500 / 10:.1f},{factor}-Flag=N"
        for place, factor in enumerate(FACTORS)
    )
    packet = Packet(
        qn=format_qn(at),
        st="22",
        cn="2011",
        pw=PASSWORD,
        mn=f"3101150{station:09d}",
        flag=5,
        cp=f"DataTime={format_time(at)};{values}",
    )
    return encode(packet)


class Station(asyncio.Protocol):
    """Keeps some frames unanswered; every answer, or echo, ends with one line feed."""

    def __init__(self, load: "Load", frames: list[bytes]) -> None:
        self._load = load
        self._frames = frames
        self._at = 0
        self._sent_at: deque[float] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @property
    def unanswered(self) -> int:
        return len(self._sent_at)

    def send(self, count: int) -> None:
        now = time.perf_counter()
        frames, at = self._frames, self._at
        self._at = (at + count) % len(frames)
        batch = frames[at : at + count]
        if len(batch) < count:
            batch += frames[: count - len(batch)]
        self._sent_at.extend([now] * count)
        self._transport.write(b"".join(batch))

    def data_received(self, data: bytes) -> None:
        answers = data.count(b"\n")
        now = time.perf_counter()
        for _ in range(answers):
            self._load.latencies.append(now - self._sent_at.popleft())
        if self._load.is_running and answers:
            self.send(answers)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost += not self._load.is_over

    def close(self) -> None:
        self._transport.close()


@dataclass
class Load:
    """All stations of one server, and its process."""

    name: str
    port: int
    process: psutil.Process
    stations: list[Station] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    answered: int = 0
    is_running: bool = False
    is_over: bool = False
    lost: int = 0

    async def open(self, pool: list[list[bytes]]) -> None:
        loop = asyncio.get_running_loop()
        for frames in pool:
            _, station = await loop.create_connection(
                lambda frames=frames: Station(self, frames), "127.0.0.1", self.port
            )
            self.stations.append(station)

    async def run(self, window: int, seconds: float) -> Run:
        """One turn; all its frames are answered when it returns."""
        self.latencies, self.is_running = [], True
        for station in self.stations:
            station.send(window)
        await asyncio.sleep(WARM_S)
        skipped, began, cpu = len(self.latencies), time.perf_counter(), cpu_seconds(self.process)
        await asyncio.sleep(seconds)
        frames, took = len(self.latencies) - skipped, time.perf_counter() - began
        used = cpu_seconds(self.process) - cpu
        self.is_running = False
        await self._wait_answers()
        self.answered += len(self.latencies)
        latencies_ms = np.array(self.latencies[skipped : skipped + frames]) * 1000
        return Run(frames, took, used, latencies_ms)

    async def _wait_answers(self) -> None:
        deadline = time.monotonic() + ANSWERS_S
        while any(station.unanswered for station in self.stations):
            if self.lost or time.monotonic() > deadline:
                raise SystemExit(f"{self.name}: {self.lost} connections lost, or no answers")
            await asyncio.sleep(0.02)

    def close(self) -> None:
        self.is_over = True
        for station in self.stations:
            station.close()


@contextlib.contextmanager
def opened_echo(loop: str) -> Iterator[Load]:
    """The yardstick: the same frames, sent back as they came."""
    with started_echo(loop) as (port, process):
        yield Load(loop, port, process)


@contextlib.contextmanager
def opened_gateway(place: Path, stations: int) -> Iterator[Load]:
    """The gateway of a new district; its journal must hold what it acknowledged."""
    port = free_port()
    settings = {"gateway_hj212_port": port, "gateway_hj212_max_connections_per_peer": 10_000}
    arguments = (",".join(FACTORS), str(stations), PASSWORD)
    with started_gateway(place, settings, PREPARE, *arguments) as (_, process):
        load = Load("gateway", port, process)
        yield load
    check_journal(place, load.answered)


def check_journal(place: Path, acknowledged: int) -> None:
    """Every acknowledged frame must be in the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = journal.stats().rows
    journal.close()
    if rows < acknowledged * len(FACTORS):
        raise SystemExit(f"{acknowledged} frames acknowledged, {rows} readings in the journal")


async def take_turns(
    loads: list[Load], pool: list[list[bytes]], rounds: int, seconds: float
) -> Rounds:
    """Every server in turn, with every window, several times."""
    found: Rounds = {(load.name, window): [] for load in loads for window in WINDOWS}
    for load in loads:
        await load.open(pool)
    for _ in range(rounds):
        for window in WINDOWS:
            for load in loads:
                found[load.name, window].append(await load.run(window, seconds))
    for load in loads:
        load.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=1.2, help="for each turn")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    allow_open_files()
    place = (given.directory / "ingest_hj212").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pool = [make_frames(station, 300) for station in range(given.connections)]
    pin(os.getpid(), 1)
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(opened_echo(loop)) for loop in LOOPS]
        loads.append(stack.enter_context(opened_gateway(place, given.connections)))
        found = uvloop.run(take_turns(loads, pool, given.rounds, given.seconds))
    shutil.rmtree(place)
    report(found, given.connections)


def report(found: Rounds, connections: int) -> None:
    """Print the figures."""
    print(f"{connections} connections, {len(FACTORS)} factors a frame, one core each side")
    figures: dict[str, float] = {"connections": connections}
    for window in WINDOWS:
        print(f"{window} unanswered a connection")
        for name in (*LOOPS, "gateway"):
            figures |= report_runs(name, window, found[name, window])
    rate = figures["gateway_frames_per_s_1"]
    figures["readings_per_s_1"] = round(rate * len(FACTORS))
    figures["best_frames_per_s_1"] = round(max(run.per_second for run in found["gateway", 1]))
    ratio = median_ratio(found, "asyncio", lambda run: run.per_second)
    figures["ratio_uvloop"] = median_ratio(found, "uvloop", lambda run: run.per_second)
    # Of processor time, which a neighbor's load on the machine disturbs less.
    figures["cpu_ratio"] = median_ratio(found, "asyncio", lambda run: run.per_cpu_second)
    print(
        f"ratio {ratio} of the asyncio echo ({figures['cpu_ratio']} by processor time), "
        f"{figures['ratio_uvloop']} of uvloop's"
    )
    line = {"bench": "ingest_hj212", "figures": figures, "ratio": ratio, "beside": BESIDE}
    print(json.dumps(line))


def report_runs(name: str, window: int, runs: list[Run]) -> dict[str, float]:
    """One line of figures, and the same as a dictionary."""
    rate = median(run.per_second for run in runs)
    of_cpu = median(run.per_cpu_second for run in runs)
    p50, p99 = np.percentile(np.concatenate([run.latencies_ms for run in runs]), (50, 99))
    title = name if name == "gateway" else f"{name} echo"
    print(
        f"  {title:13} {rate:9,.0f} frames/s  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  "
        f"{of_cpu:9,.0f} frames per CPU second"
    )
    figures = {
        f"{name}_frames_per_s_{window}": round(rate),
        f"{name}_frames_per_cpu_s_{window}": round(of_cpu),
    }
    if name == "gateway":
        latencies = {f"ack_p50_ms_{window}": p50, f"ack_p99_ms_{window}": p99}
        figures |= {key: round(float(value), 1) for key, value in latencies.items()}
    return figures


def median_ratio(found: Rounds, beside: str, figure: Callable[[Run], float]) -> float:
    """The gateway's figure over an echo's of the same round, the median of all rounds."""
    pairs = zip(found["gateway", 1], found[beside, 1], strict=True)
    return round(median(figure(ours) / figure(theirs) for ours, theirs in pairs), 3)


if __name__ == "__main__":
    main()
