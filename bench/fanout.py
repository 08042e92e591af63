"""Live changes to thousands of watchers, beside a bare server that sends one ready message to all.

    python bench/fanout.py [--watchers 2000] [--seconds 8]

The gateway runs whole on one core and takes readings from a few stations; on another core the
watchers hold as many open event streams as there are browsers in front of a map. The yardstick is
an ASGI application under the same uvicorn that puts a message of the same size, made once, on the
same number of streams at the same pace: what remains when nothing is encoded, looked up or kept.
The ratio is processor time for a delivered message, gateway to yardstick. Every watcher must get
every message, in order; the delay is from the first watcher that gets a message to the others.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import uvloop

from ingest_hj212 import FACTORS, PASSWORD, PREPARE, make_frames
from rig.processes import (
    allow_open_files,
    cpu_seconds,
    free_port,
    is_listening,
    pin,
    started,
    started_gateway,
)

STATIONS = 12  # 96 datastreams change in each message
BESIDE = "a bare ASGI server that sends one ready message to all"
TICKET = """
import django
django.setup()
from ipudong.city.sensing.tickets import issue_ticket
print(issue_ticket(["things:environment"]))
"""
YARDSTICK = """
import asyncio, sys, uvicorn, uvloop
port, size = int(sys.argv[1]), int(sys.argv[2])
head = [(b"content-type", b"text/event-stream")]
queues = set()
async def app(scope, receive, send):
    queue = asyncio.Queue()
    queues.add(queue)
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"retry: 1\\n\\n", "more_body": True})
    while True:
        body = await queue.get()
        await send({"type": "http.response.body", "body": body, "more_body": True})
async def publish():
    number = 0
    while True:
        await asyncio.sleep(0.5)
        number += 1
        body = b"id: x-%d\\nevent: readings\\ndata: " % number + b"x" * size + b"\\n\\n"
        for queue in queues:
            queue.put_nowait(body)
async def main():
    config = uvicorn.Config(app, port=port, http="httptools", log_level="critical",
                            lifespan="off", ws="none", limit_concurrency=20000,
                            timeout_graceful_shutdown=1)
    task = asyncio.create_task(publish())
    await uvicorn.Server(config).serve()
uvloop.run(main())
"""


@dataclass
class Crowd:
    """All watchers of one server: who got which message when."""

    arrivals: dict[int, list[float]] = field(default_factory=dict)
    received_bytes: int = 0
    broken: int = 0
    is_over: bool = False


class Watcher(asyncio.Protocol):
    """One open stream; counts the messages by their numbers, which must not skip."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._rest = b""
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        now = asyncio.get_running_loop().time()
        self._crowd.received_bytes += len(data)
        text = self._rest + data
        at = text.find(b"id: ")
        while at >= 0 and (end := text.find(b"\nevent: readings", at)) >= 0:
            self._note(int(text[at:end].rpartition(b"-")[2]), now)
            at = text.find(b"id: ", end)
        self._rest = text[-64:] if at < 0 else text[at:]

    def _note(self, number: int, now: float) -> None:
        self._crowd.broken += self._number > 0 and number != self._number + 1
        self._number = number
        self._crowd.arrivals.setdefault(number, []).append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.broken += not self._crowd.is_over

    def close(self) -> None:
        self._transport.close()


class Feeder(asyncio.Protocol):
    """One station that reports three times a second."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames

    async def run(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
        for frame in self._frames:
            transport.write(frame)  # type: ignore[attr-defined]
            await asyncio.sleep(0.3)


@dataclass(frozen=True)
class Found:
    """What the watchers of one server saw."""

    messages: int
    bytes_per_message: float
    delays_ms: np.ndarray
    cpu_seconds: float

    @property
    def cpu_us_per_delivery(self) -> float:
        return self.cpu_seconds / self.messages * 1e6


async def watch(
    port: int, path: str, watchers: int, seconds: float, process: psutil.Process, feed: int = 0
) -> Found:
    """Open all streams, then look on for some seconds."""
    crowd, loop = Crowd(), asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
    feeders = [Feeder(make_frames(n, 300)) for n in range(STATIONS)] if feed else []
    tasks = [asyncio.create_task(feeder.run(feed)) for feeder in feeders]
    streams = []
    for at in range(watchers):
        _, stream = await loop.create_connection(lambda: Watcher(crowd, request), "127.0.0.1", port)
        streams.append(stream)
        if at % 100 == 99:
            await asyncio.sleep(0.02)
    await asyncio.sleep(1.5)
    crowd.arrivals.clear()
    crowd.received_bytes, cpu = 0, cpu_seconds(process)
    await asyncio.sleep(seconds)
    used, total = cpu_seconds(process) - cpu, crowd.received_bytes
    messages = sum(len(times) for times in crowd.arrivals.values())
    await asyncio.sleep(1)  # what is under way
    if crowd.broken:
        raise SystemExit(f"{crowd.broken} streams broke or missed a message")
    whole = [times for times in crowd.arrivals.values() if len(times) == watchers]
    crowd.is_over = True
    for task in tasks:
        task.cancel()
    for stream in streams:
        stream.close()
    delays = np.concatenate([np.array(times) - min(times) for times in whole]) * 1000
    return Found(messages, total / messages, delays, used)


@contextlib.contextmanager
def opened_gateway(place: Path) -> Iterator[tuple[int, int, str, psutil.Process]]:
    """A gateway with few stations and room for all watchers: ports, ticket, process."""
    feed = free_port()
    settings = {
        "gateway_hj212_port": feed,
        "gateway_live_max_watchers_per_peer": 100_000,
        "gateway_live_max_watchers": 100_000,
    }
    arguments = (",".join(FACTORS), str(STATIONS), PASSWORD)
    # The program that fills the database also signs the ticket, so that the secret stays there.
    prepare = PREPARE + TICKET.replace("print(", "open(sys.argv[4], 'w').write(")
    with started_gateway(place, settings, prepare, *arguments, str(place / "ticket")) as (
        port,
        process,
    ):
        yield port, feed, (place / "ticket").read_text(), process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--watchers", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    allow_open_files()
    place = (given.directory / "fanout").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pin(os.getpid(), 1)
    with opened_gateway(place) as (port, feed, ticket, process):
        path = f"/live?ticket={ticket}"
        ours = uvloop.run(watch(port, path, given.watchers, given.seconds, process, feed))
    shutil.rmtree(place)
    size = round(ours.bytes_per_message)
    port = free_port()
    command = [sys.executable, "-c", YARDSTICK, str(port), str(size)]
    with started(command, dict(os.environ), lambda: is_listening(port)) as process:
        bare = uvloop.run(watch(port, "/", given.watchers, given.seconds, process))
    report(given.watchers, given.seconds, ours, bare)


def report(watchers: int, seconds: float, ours: Found, bare: Found) -> None:
    """Print the figures."""
    figures: dict[str, float] = {"watchers": watchers, "bytes_per_message": size_of(ours)}
    for name, found in (("gateway", ours), ("bare", bare)):
        p50, p99 = np.percentile(found.delays_ms, (50, 99))
        figures |= {
            f"{name}_deliveries_per_s": round(found.messages / seconds),
            f"{name}_cpu_us_per_delivery": round(found.cpu_us_per_delivery, 1),
            f"{name}_delay_p50_ms": round(float(p50), 1),
            f"{name}_delay_p99_ms": round(float(p99), 1),
        }
        print(
            f"{name:8} {found.messages / seconds:9,.0f} messages/s to {watchers} watchers, "
            f"{found.cpu_us_per_delivery:5.1f} us each, p99 {p99:.0f} ms after the first"
        )
    ratio = round(ours.cpu_us_per_delivery / bare.cpu_us_per_delivery, 2)
    print(f"ratio {ratio} of the processor time of {BESIDE}")
    print(json.dumps({"bench": "fanout", "figures": figures, "ratio": ratio, "beside": BESIDE}))


def size_of(found: Found) -> int:
    """Bytes of one message, rounded."""
    return round(found.bytes_per_message)


if __name__ == "__main__":
    main()
