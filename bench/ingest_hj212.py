"""HJ 212 frames a second on one gateway core, acknowledged durable, beside a bare asyncio echo.

    python bench/ingest_hj212.py [--connections 500] [--seconds 5]

The gateway runs as its own process, whole (database, rules, journal with fsync, live state), pinned
to one core; so do the echoes. The same generator, pinned to another core, drives all of them with
the same frames of eight factors, twice: with one unanswered frame a connection, as the standard has
it (an upload waits for its 9014), and with four. An echo only moves bytes, so with four frames in
one read it does a quarter of the work, the gateway does not; the ratio is taken at one. Prints what
was measured and, last, one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import psutil
import uvloop

from ipudong.protocols.hj212.packet import Packet, encode
from ipudong.protocols.hj212.times import format_qn, format_time
from ipudong.store.journal import SqliteJournal

FACTORS = ("a34004", "a34002", "a21026", "a21004", "a05024", "a21005", "a01001", "a01002")
PASSWORD = "123456"  # noqa: S105 - of stations that exist for seconds
PROBE_PATH = "/readyz"

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

ECHO = """
import asyncio, sys, uvloop
class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.transport.write(data)
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()
(uvloop if sys.argv[2] == "uvloop" else asyncio).run(main())
"""
LOOPS = ("asyncio", "uvloop")
WINDOWS = (1, 4)


@dataclass(frozen=True)
class Run:
    """What one run brought."""

    frames: int
    seconds: float
    cpu_seconds: float
    latencies_ms: np.ndarray

    @property
    def per_second(self) -> float:
        return self.frames / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.frames / self.cpu_seconds

    def percentile(self, percent: float) -> float:
        return float(np.percentile(self.latencies_ms, percent))


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
    """Keeps `window` frames unanswered; every answer, or echo, ends with one line feed."""

    def __init__(self, load: "Load", frames: list[bytes]) -> None:
        self._load = load
        self._frames = frames
        self._at = 0
        self._sent_at: deque[float] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

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


class Load:
    """All stations of one run."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.is_running = True
        self.is_over = False
        self.lost = 0

    async def run(
        self,
        port: int,
        pool: list[list[bytes]],
        seconds: float,
        window: int,
        process: psutil.Process,
    ) -> Run:
        loop = asyncio.get_running_loop()
        stations = []
        for frames in pool:
            _, station = await loop.create_connection(
                lambda frames=frames: Station(self, frames), "127.0.0.1", port
            )
            stations.append(station)
        for station in stations:
            station.send(window)
        await asyncio.sleep(1.0)  # the first batches warm caches on both sides
        skipped, began, cpu = len(self.latencies), time.perf_counter(), _cpu_seconds(process)
        await asyncio.sleep(seconds)
        frames, took = len(self.latencies) - skipped, time.perf_counter() - began
        used = _cpu_seconds(process) - cpu
        self.is_running = False
        await self._wait_answers(len(pool) * window)
        self.is_over = True
        for station in stations:
            station._transport.close()
        if self.lost:
            raise SystemExit(f"{self.lost} connections were lost")
        latencies_ms = np.array(self.latencies[skipped : skipped + frames]) * 1000
        return Run(frames, took, used, latencies_ms)

    async def _wait_answers(self, underway: int) -> None:
        for _ in range(100):
            seen = len(self.latencies)
            await asyncio.sleep(0.1)
            if len(self.latencies) == seen:
                return


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def pin(pid: int, core: int) -> None:
    """Give a process and its threads one core, where there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    for thread in psutil.Process(pid).threads():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, {cores[core % len(cores)]})


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str], is_up):
    """A child process on its core, ended by SIGTERM."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(process.communicate()[1].decode())
            time.sleep(0.1)
        pin(process.pid, 0)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def is_listening(port: int) -> bool:
    """Whether somebody answers."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port: int) -> bool:
    """Whether the gateway says it is ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{PROBE_PATH}", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def measure_echo(
    loop: str, pool: list[list[bytes]], seconds: float, windows: tuple[int, ...]
) -> list[Run]:
    """The yardstick: the same frames, sent back as they came; a run for each window."""
    port = free_port()
    command = [sys.executable, "-c", ECHO, str(port), loop]
    with started(command, dict(os.environ), lambda: is_listening(port)) as process:
        watched = psutil.Process(process.pid)
        return [uvloop.run(Load().run(port, pool, seconds, window, watched)) for window in windows]


def measure_gateway(place: Path, pool: list[list[bytes]], seconds: float) -> list[Run]:
    """The gateway, a run for each window; ends the bench if an acknowledged reading is missing."""
    http_port, port = free_port(), free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(place),
        "IPUDONG_GATEWAY_PORT": str(http_port),
        "IPUDONG_GATEWAY_HJ212_PORT": str(port),
        "IPUDONG_GATEWAY_HJ212_MAX_CONNECTIONS_PER_PEER": "10000",
    }
    prepare = [sys.executable, "-c", PREPARE, ",".join(FACTORS), str(len(pool)), PASSWORD]
    subprocess.run(prepare, env=environment, check=True)
    loads = [Load() for _ in WINDOWS]
    command = [sys.executable, "-m", "ipudong", "gateway"]
    with started(command, environment, lambda: is_ready(http_port)) as process:
        watched = psutil.Process(process.pid)
        runs = [
            uvloop.run(load.run(port, pool, seconds, window, watched))
            for load, window in zip(loads, WINDOWS, strict=True)
        ]
    check_journal(place, sum(len(load.latencies) for load in loads))
    return runs


def check_journal(place: Path, acknowledged: int) -> None:
    """Every acknowledged frame must be in the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = journal.stats().rows
    journal.close()
    if rows < acknowledged * len(FACTORS):
        raise SystemExit(f"{acknowledged} frames acknowledged, {rows} readings in the journal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each run")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = (given.directory / "ingest_hj212").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pool = [make_frames(station, 300) for station in range(given.connections)]
    pin(os.getpid(), 1)
    runs = {loop: measure_echo(loop, pool, given.seconds, WINDOWS) for loop in LOOPS}
    runs["gateway"] = measure_gateway(place, pool, given.seconds)
    shutil.rmtree(place)
    report(runs, given.connections)


def report(runs: dict[str, list[Run]], connections: int) -> None:
    """Print the figures."""
    print(f"{connections} connections, {len(FACTORS)} factors a frame, one core each side")
    figures: dict[str, float] = {"connections": connections}
    for at, window in enumerate(WINDOWS):
        print(f"{window} unanswered a connection")
        for name, found in runs.items():
            print_run("gateway" if name == "gateway" else f"{name} echo", found[at])
            figures[f"{name}_frames_per_s_{window}"] = round(found[at].per_second)
        gateway = found[at]
        figures |= {
            f"readings_per_s_{window}": round(gateway.per_second * len(FACTORS)),
            f"ack_p50_ms_{window}": round(gateway.percentile(50), 1),
            f"ack_p99_ms_{window}": round(gateway.percentile(99), 1),
            f"frames_per_cpu_s_{window}": round(gateway.per_cpu_second),
        }
    ratios = {loop: runs["gateway"][0].per_second / runs[loop][0].per_second for loop in LOOPS}
    figures["ratio_uvloop"] = round(ratios["uvloop"], 3)
    # Of processor time, which a neighbor's load on the machine disturbs less.
    cpu = runs["gateway"][0].per_cpu_second / runs["asyncio"][0].per_cpu_second
    figures["cpu_ratio"] = round(cpu, 3)
    print(f"ratio {ratios['asyncio']:.2f} of the asyncio echo, {ratios['uvloop']:.2f} of uvloop's")
    ratio = round(ratios["asyncio"], 3)
    print(json.dumps({"bench": "ingest_hj212", "figures": figures, "ratio": ratio}))


def print_run(name: str, run: Run) -> None:
    """One line of figures."""
    print(
        f"  {name:13} {run.per_second:9,.0f} frames/s  p50 {run.percentile(50):6.1f} ms  "
        f"p99 {run.percentile(99):6.1f} ms  {run.per_cpu_second:9,.0f} frames per CPU second"
    )


if __name__ == "__main__":
    main()
