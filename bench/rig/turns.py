"""Turns of one load on several servers: stations that keep some frames unanswered, and what came.

A gateway and the echoes beside it are driven by the same generator in short rounds, so that a
neighbor's load on the machine meets all alike.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import psutil

from rig.processes import cpu_seconds, started_echo

LOOPS = ("asyncio", "uvloop")
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


async def take_turns(
    loads: list[Load],
    pool: list[list[bytes]],
    *,
    windows: Sequence[int],
    rounds: int,
    seconds: float,
) -> Rounds:
    """Every server in turn, with every window, several times."""
    found: Rounds = {(load.name, window): [] for load in loads for window in windows}
    for load in loads:
        await load.open(pool)
    for _ in range(rounds):
        for window in windows:
            for load in loads:
                found[load.name, window].append(await load.run(window, seconds))
    for load in loads:
        load.close()
    return found


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
