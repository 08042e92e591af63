"""SensorThings posts a second on one gateway core, durable before 201, beside a server from PyPI.

    python bench/sensorthings.py [--seconds 4] [--no-peer]

The gateway runs whole (token check, limit, rules, journal with fsync, live state) pinned to one
core, the generator to another. Single posts with 16 and with 256 connections that each wait for
their answer, then data arrays of 5,000 observations over 4 connections. The limit
`gateway.posts_per_minute` (6,000 a token by default) is set out of the way: it would be met at 100
posts a second. Beside it, pinned to the same core, django-ogc-sensorthings under uvicorn with
SQLite, its own quick start, with fewer posts of the same bodies; it is installed into
`var/bench` when it is not there, and left out, which is said, where that cannot be done. Every
acknowledged reading must be in the journal.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import uvloop

from ipudong.store.journal import SqliteJournal
from rig.processes import (
    allow_open_files,
    cpu_seconds,
    free_port,
    is_listening,
    pin,
    started,
    started_gateway,
)

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
ObservedProperty.objects.create(code="pm25", name_zh="PM2.5", physical_min=0, physical_max=1000)
things = Thing.objects.bulk_create(
    Thing(name_zh=f"站{n}", kind="station", system="environment", protocol="sensorthings",
          identity=f"s{n}", registered_at=now) for n in range(count)
)
Datastream.objects.bulk_create(
    Datastream(id=n + 1, thing=thing, observed_property_id="pm25", channel="a")
    for n, thing in enumerate(things)
)
bump_revision()
account = create_account(username="bench", password="a long enough password of a bench",
                         roles=[roles.INTEGRATOR], by="bench")
_, token = issue_token(account=account, name="bench", scopes=["sensing.post_observations"],
                       expires_at=now + timedelta(hours=1),
                       by=Actor("bench", frozenset({roles.ADMINISTRATOR})))
open(sys.argv[2], "w").write(token)
"""

PEER_PACKAGES = (
    "django-ogc-sensorthings==1.2.0",
    "django-ninja",
    "pydantic!=2.12.0,!=2.12.1,!=2.12.2",
    "odata-query",
    "uuid_utils",
    "uvicorn",
)
PEER = """
import os, sys
from uuid import UUID
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="peer_urls", USE_TZ=True, DEBUG=False,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2],
        "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL"}}},
    INSTALLED_APPS=["sensorthings.versions.v1_1", "sensorthings.versions.v1_1.backends.django",
                    "sensorthings.versions.v1_1.extensions.dataarray"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SENSORTHINGS_V1_1_SERVICE_URL=f"http://127.0.0.1:{sys.argv[1]}",
    SENSORTHINGS_V1_1_BACKEND_ADAPTER=(
        "sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter"),
    SENSORTHINGS_V1_1_ID_TYPE=UUID,
    SENSORTHINGS_V1_1_ID_DELIMITER="'",
)
import types
urls = types.ModuleType("peer_urls")
sys.modules["peer_urls"] = urls
django.setup()
from django.urls import include, path
urls.urlpatterns = [path("", include("sensorthings.versions.v1_1.urls"))]
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.core.asgi import get_asgi_application
import uvicorn
uvicorn.run(get_asgi_application(), port=int(sys.argv[1]), log_level="error", access_log=False)
"""
BESIDE = "django-ogc-sensorthings"
STREAMS = 200
ARRAY_ROWS = 5000


@dataclass
class Result:
    """What one turn brought."""

    observations: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.observations / max(self.seconds, 1e-9)

    def percentile(self, share: int) -> float:
        return round(float(np.percentile(self.latencies or [0], share)) * 1000, 1)


class Poster(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole."""

    def __init__(self, turn: "Turn", number: int) -> None:
        self._turn, self._number, self._left = turn, number, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._turn.next_request(self._number))

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, mark, body = self._left.partition(b"\r\n\r\n")
        if not mark:
            return
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        is_whole = len(body) >= int(length) if length else body.endswith(b"0\r\n\r\n")
        if not is_whole:
            return
        self._left = b""
        ok = head.startswith(b"HTTP/1.1 201") and b'"error"' not in body
        if self._turn.take(ok, time.perf_counter() - self._sent_at):
            self._send()
        else:
            self._transport.close()


class Turn:
    """Posts over some connections for some time."""

    def __init__(self, make: "Maker", rows: int, seconds: float) -> None:
        self._make, self._rows = make, rows
        self._ends_at = time.perf_counter() + seconds
        self._number = 0
        self.open = 0
        self.result = Result()
        self.over = asyncio.Event()

    def next_request(self, connection: int) -> bytes:
        self._number += 1
        return self._make(connection, self._number)

    def take(self, ok: bool, took: float) -> bool:
        """Count an answer; whether to go on."""
        self.result.latencies.append(took)
        if ok:
            self.result.observations += self._rows
        else:
            self.result.refused += 1
        if time.perf_counter() < self._ends_at:
            return True
        self.open -= 1
        if not self.open:
            self.over.set()
        return False


@dataclass(frozen=True)
class Maker:
    """Requests to one server; every observation has an instant of its own."""

    root: str
    headers: str
    streams: list[object]
    rows: int = 1

    def __call__(self, connection: int, number: int) -> bytes:
        began = datetime.now(UTC).replace(microsecond=0)
        stream = self.streams[(connection * 7 + number) % len(self.streams)]
        link = {"@iot.id": stream}
        if self.rows == 1:
            at = began + timedelta(microseconds=number % 1_000_000)
            time_text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
            path = f"{self.root}/Observations"
            document: object = {
                "phenomenonTime": time_text,
                "result": number % 1000 / 10,
                "Datastream": link,
            }
        else:
            first = began - timedelta(seconds=self.rows * (number % 500 + 1))
            path = f"{self.root}/CreateObservations"
            rows = [
                [f"{(first + timedelta(seconds=n)).isoformat()[:19]}Z", n % 1000 / 10]
                for n in range(self.rows)
            ]
            document = [
                {
                    "Datastream": link,
                    "components": ["phenomenonTime", "result"],
                    "dataArray@iot.count": self.rows,
                    "dataArray": rows,
                }
            ]
        body = json.dumps(document).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Prepared:
    """Requests made before the clock starts: making arrays costs more than taking them."""

    def __init__(self, make: Maker, count: int) -> None:
        self._requests = [make(0, n) for n in range(count)]

    def __call__(self, connection: int, number: int) -> bytes:
        return self._requests[number % len(self._requests)]


async def post(
    port: int, process: psutil.Process, make: object, connections: int, rows: int, seconds: float
) -> Result:
    """One turn."""
    loop = asyncio.get_running_loop()
    turn = Turn(make, rows, seconds)  # type: ignore[arg-type]
    turn.open = connections
    began, cpu = time.perf_counter(), cpu_seconds(process)
    for number in range(connections):
        await loop.create_connection(lambda number=number: Poster(turn, number), "127.0.0.1", port)
    await turn.over.wait()
    turn.result.seconds = time.perf_counter() - began
    turn.result.cpu_seconds = cpu_seconds(process) - cpu
    return turn.result


async def run_ours(port: int, process: psutil.Process, token: str, seconds: float) -> dict:
    streams: list[object] = list(range(1, STREAMS + 1))
    headers = f"Authorization: Bearer {token}\r\n"
    single = Maker("/sensorthings/v1.1", headers, streams)
    arrays = Prepared(Maker("/sensorthings/v1.1", headers, streams, ARRAY_ROWS), 100)
    await post(port, process, single, 16, 1, 1.0)  # warm
    return {
        "single_16": await post(port, process, single, 16, 1, seconds),
        "single_256": await post(port, process, single, 256, 1, seconds),
        "arrays": await post(port, process, arrays, 4, ARRAY_ROWS, seconds),
    }


async def run_peer(port: int, process: psutil.Process, seconds: float) -> dict:
    stream = await make_peer_stream(port)
    single = Maker("/v1.1", "", [stream])
    arrays = Prepared(Maker("/v1.1", "", [stream], 500), 20)
    return {
        "single_16": await post(port, process, single, 16, 1, seconds),
        "arrays": await post(port, process, arrays, 1, 500, seconds),
    }


async def make_peer_stream(port: int) -> object:
    """A datastream with all it needs, by deep insert."""
    import httpx

    document = {
        "name": "thing",
        "description": "thing",
        "Locations": [
            {
                "name": "place",
                "description": "place",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [121.5, 31.2]},
            }
        ],
        "Datastreams": [
            {
                "name": "stream",
                "description": "stream",
                "observationType": (
                    "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
                ),
                "unitOfMeasurement": {"name": "ug/m3", "symbol": "ug/m3", "definition": "x"},
                "ObservedProperty": {"name": "p", "definition": "http://p", "description": "p"},
                "Sensor": {
                    "name": "s",
                    "description": "s",
                    "encodingType": "application/pdf",
                    "metadata": "s",
                },
            }
        ],
    }
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1.1", timeout=30) as http:
        answer = await http.post("/Things", json=document)
        if answer.status_code != 201:
            raise RuntimeError(f"peer: {answer.status_code} {answer.text[:300]}")
        streams = (await http.get("/Datastreams")).json()["value"]
    return streams[0]["@iot.id"]


@contextlib.contextmanager
def started_peer(place: Path) -> Iterator[tuple[int, psutil.Process] | None]:
    """The peer with a database of its own, or None where it cannot be installed."""
    packages = place.parent / "peer"
    if not packages.exists():
        command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--target", str(packages)]
        if subprocess.run([*command, *PEER_PACKAGES], check=False).returncode:
            shutil.rmtree(packages, ignore_errors=True)
            yield None
            return
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment["PYTHONPATH"] = str(packages)
    command = [sys.executable, "-c", PEER, str(port), str(place / "peer.sqlite3")]
    with started(command, environment, lambda: is_listening(port)) as process:
        yield port, process


def check_journal(place: Path, acknowledged: int) -> None:
    """Every acknowledged observation must be in the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = journal.stats().rows
    journal.close()
    if rows < acknowledged:
        raise SystemExit(f"{acknowledged} observations acknowledged, {rows} in the journal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each turn")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    allow_open_files()
    place = (given.directory / "sensorthings").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pin(os.getpid(), 1)
    settings = {
        "gateway_posts_per_minute": 100_000_000,
        "gateway_hj212_port": free_port(),
    }
    token_file = place / "token"
    with started_gateway(place, settings, PREPARE, str(STREAMS), str(token_file)) as found:
        token = token_file.read_text()
        ours = uvloop.run(run_ours(*found, token, given.seconds))
    check_journal(place, sum(result.observations for result in ours.values()))
    theirs: dict[str, Result] = {}
    if not given.no_peer:
        with started_peer(place) as peer:
            if peer is not None:
                theirs = uvloop.run(run_peer(*peer, given.seconds))
    shutil.rmtree(place)
    report(ours, theirs)


def report(ours: dict[str, Result], theirs: dict[str, Result]) -> None:
    """Print the figures."""
    figures: dict[str, float] = {}
    for owner, results in (("gateway", ours), ("peer", theirs)):
        for name, result in results.items():
            print(
                f"{owner:8} {name:11} {result.per_second:10,.0f} observations/s  "
                f"p50 {result.percentile(50):7} ms  p99 {result.percentile(99):7} ms  "
                f"{result.refused} refused  "
                f"{result.observations / max(result.cpu_seconds, 0.01):10,.0f} a CPU second"
            )
            prefix = name if owner == "gateway" else f"peer_{name}"
            figures |= {
                f"{prefix}_per_s": round(result.per_second),
                f"{prefix}_p99_ms": result.percentile(99),
                f"{prefix}_refused": result.refused,
            }
    if not theirs:
        print("without the peer: it could not be installed, or was not wanted")
    ratio = (
        round(ours["single_16"].per_second / max(theirs["single_16"].per_second, 0.01), 1)
        if theirs
        else None
    )
    line = {"bench": "sensorthings", "figures": figures, "ratio": ratio, "beside": BESIDE}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
