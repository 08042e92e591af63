"""Lines of line protocol a second on one gateway core, durable before 204, beside a bare handler.

    python bench/push.py [--seconds 3]

Bodies of 5,000 lines with three fields over 4 connections, as a collector sends them, and single
lines over 16 connections, as a simple device does. The gateway runs whole (token check, parsing,
rules, journal with fsync, live state) pinned to one core, the generator to another. Beside it,
pinned to the same core, uvicorn with a handler that only reads the body and answers 204. Every
acknowledged reading must be in the journal.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import uvloop

from ipudong.store.journal import SqliteJournal
from rig.processes import cpu_seconds, free_port, is_listening, pin, started, started_gateway

PREPARE = """
import sys
from datetime import UTC, datetime, timedelta
import django
from django.core.management import call_command
django.setup()
from ipudong.city.identity import roles
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.services import create_account, issue_token
from ipudong.city.sensing.models import Datastream, ObservedProperty, Thing
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
now, count = datetime.now(UTC), int(sys.argv[1])
fields = sys.argv[3].split(",")
ObservedProperty.objects.bulk_create(
    ObservedProperty(code=name, name_zh=name, physical_min=-100, physical_max=1000)
    for name in fields
)
things = Thing.objects.bulk_create(
    Thing(name_zh=f"杆{n}", kind="pole", system="citysense", protocol="http",
          identity=f"pole-{n}", registered_at=now) for n in range(count)
)
Datastream.objects.bulk_create(
    Datastream(thing=thing, observed_property_id=name, channel=f"env.{name}")
    for thing in things for name in fields
)
bump_revision()
account = create_account(username="bench", password="a long enough password of a bench",
                         roles=[roles.INTEGRATOR], by="bench")
_, token = issue_token(account=account, name="bench", scopes=["sensing.post_observations"],
                       expires_at=now + timedelta(hours=1),
                       by=Actor("bench", frozenset({roles.ADMINISTRATOR})))
open(sys.argv[2], "w").write(token)
"""
PEER = """
import sys
import uvicorn
async def app(scope, receive, send):
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off",
            http="httptools", loop="uvloop")
"""
BESIDE = "a bare uvicorn handler that only reads the body"
FIELDS = ("temperature", "humidity", "noise")
POLES, BODY_LINES, BODIES = 500, 5000, 12
KINDS = {"bodies": (BODY_LINES, 4), "single": (1, 16)}  # lines of a body, connections


@dataclass
class Turn:
    """One kind of bodies to one server for some time."""

    requests: list[bytes]
    ends_at: float
    open: int
    answered: int = 0
    latencies: list[float] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Poster(asyncio.Protocol):
    """One connection: posts again when it was answered."""

    def __init__(self, turn: Turn, number: int) -> None:
        self._turn, self._number = turn, number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._number += 1
        self._sent_at = time.perf_counter()
        self._transport.write(self._turn.requests[self._number % len(self._turn.requests)])

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 204"):
            raise SystemExit(data.decode(errors="replace")[:1000])
        turn, now = self._turn, time.perf_counter()
        turn.latencies.append(now - self._sent_at)
        turn.answered += 1
        if now < turn.ends_at:
            self._send()
            return
        self._transport.close()
        turn.open -= 1
        if not turn.open:
            turn.over.set()


def make_requests(lines: int, count: int, token: str) -> list[bytes]:
    """Posts of so many lines each, every reading with an instant of its own."""
    now_ms = time.time_ns() // 1_000_000
    return [_make_request(lines, now_ms - 1 - n * 1000, n, token) for n in range(count)]


def _make_request(lines: int, until_ms: int, number: int, token: str) -> bytes:
    body = "\n".join(
        f"env,device=pole-{(number + n) % POLES} temperature={20 + n % 10}.{n % 7},"
        f"humidity={n % 100}i,noise=55.{n % 9} {until_ms - n}"
        for n in range(lines)
    ).encode()
    head = (
        "POST /api/v2/write?precision=ms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Token {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def post(
    port: int, process: psutil.Process, requests: list[bytes], connections: int, seconds: float
) -> dict[str, float]:
    """One turn: bodies a second, by processor second, and latencies."""
    loop = asyncio.get_running_loop()
    turn = Turn(requests, time.perf_counter() + seconds, connections)
    began, cpu = time.perf_counter(), cpu_seconds(process)
    for number in range(connections):
        await loop.create_connection(
            lambda number=number: Poster(turn, number * 7), "127.0.0.1", port
        )
    await turn.over.wait()
    took = time.perf_counter() - began
    used = max(cpu_seconds(process) - cpu, 0.01)
    p50, p99 = np.percentile(turn.latencies, (50, 99)) * 1000
    return {
        "answered": turn.answered,
        "per_s": turn.answered / took,
        "per_cpu_s": turn.answered / used,
        "p50_ms": p50,
        "p99_ms": p99,
    }


@contextlib.contextmanager
def started_peer() -> Iterator[tuple[int, psutil.Process]]:
    """The yardstick on the gateway's core."""
    port = free_port()
    command = [sys.executable, "-c", PEER, str(port)]
    with started(command, dict(os.environ), lambda: is_listening(port)) as process:
        yield port, process


async def take_turns(
    servers: dict[str, tuple[int, psutil.Process]], token: str, seconds: float
) -> dict[tuple[str, str], dict[str, float]]:
    """Each kind to each server."""
    found = {}
    for kind, (lines, connections) in KINDS.items():
        requests = make_requests(lines, BODIES if lines > 1 else 500, token)
        for name, (port, process) in servers.items():
            warm = await post(port, process, requests, connections, 1.0)
            turn = await post(port, process, requests, connections, seconds)
            turn["all_answered"] = warm["answered"] + turn["answered"]
            found[kind, name] = turn
    return found


def check_journal(place: Path, readings: float) -> None:
    """Every acknowledged reading must be in the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = journal.stats().rows
    journal.close()
    if rows < readings:
        raise SystemExit(f"{readings} readings acknowledged, {rows} in the journal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each turn")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = (given.directory / "push").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pin(os.getpid(), 1)
    settings = {"gateway_posts_per_minute": 10_000_000}
    arguments = (str(POLES), str(place / "token"), ",".join(FIELDS))
    with (
        started_peer() as peer,
        started_gateway(place, settings, PREPARE, *arguments) as gateway,
    ):
        token = (place / "token").read_text()
        servers = {"peer": peer, "gateway": gateway}
        found = uvloop.run(take_turns(servers, token, given.seconds))
    acknowledged = sum(
        found[kind, "gateway"]["all_answered"] * lines for kind, (lines, _) in KINDS.items()
    )
    check_journal(place, acknowledged * len(FIELDS))
    shutil.rmtree(place)
    report(found)


def report(found: dict[tuple[str, str], dict[str, float]]) -> None:
    """Print the figures."""
    figures: dict[str, float] = {}
    for (kind, name), turn in found.items():
        lines = KINDS[kind][0]
        print(
            f"{kind:7} {name:8} {turn['per_s'] * lines:11,.0f} lines/s  "
            f"{turn['per_cpu_s'] * lines:11,.0f} per CPU second  "
            f"p50 {turn['p50_ms']:6.1f} ms  p99 {turn['p99_ms']:6.1f} ms"
        )
        figures[f"{name}_{kind}_lines_per_s"] = round(turn["per_s"] * lines)
        if name == "gateway":
            figures[f"{kind}_p99_ms"] = round(turn["p99_ms"], 1)
    figures["readings_per_s"] = figures["gateway_bodies_lines_per_s"] * len(FIELDS)
    ours, theirs = found["bodies", "gateway"], found["bodies", "peer"]
    ratio = round(ours["per_s"] / theirs["per_s"], 3)
    single = found["single", "gateway"]["per_s"] / found["single", "peer"]["per_s"]
    figures["single_ratio"] = round(single, 3)
    print(f"ratio {ratio} of {BESIDE} for bodies, {figures['single_ratio']} for single lines")
    print(json.dumps({"bench": "push", "figures": figures, "ratio": ratio, "beside": BESIDE}))


if __name__ == "__main__":
    main()
