"""What broke others: one sender's flood, and a quarter of a million late points for one stream.

    python bench/breakers.py

A flood: one MQTT client publishes 187,000 readings, as fast as they are acknowledged (others met
them within five minutes and lost some), while stations report over HJ 212; every one must be in the
journal, and the ratio is how long the stations wait for their answers, during it to before it.
Late points: 250,000 readings of the last month for one stream, in data arrays of SensorThings, with
the worker sealing and rolling up; the figures are how long reads of another stream take before and
during it. Gateway and worker share one core, the senders have another.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake
import numpy as np
import psutil
import uvloop

from ingest_hj212 import FACTORS, PASSWORD, PREPARE, make_frames
from ipudong.store.journal import SqliteJournal
from rig.processes import free_port, is_listening, pin, started, started_gateway

STATIONS = 20
FLOOD = 187_000
WINDOW = 500
LATE = 250_000
LATE_A_POST = 5_000
BESIDE = "the stations' wait for an answer before the flood"
TOKEN = "a token of a benchmark"  # noqa: S105 - of a device that exists for seconds
DEVICES = """
import json
from datetime import timedelta
from ipudong.city.identity import roles
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.services import create_account, issue_token
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.profiles import Channel
from ipudong.city.sensing.services import register_thing
streams = []
for protocol, identity in (("mqtt", "flood"), ("sensorthings", "late")):
    thing = register_thing(name_zh=identity, kind="sensor", system="bench", protocol=protocol,
        identity=identity, credential=hash_credential(sys.argv[5]), at=now,
        channels=[Channel(field="t", property=factors[0])])
    streams.append(thing.datastreams.get().pk)
account = create_account(username="bench", password="a river in the east 9",
    roles=[roles.INTEGRATOR], by="bench")
_, token = issue_token(account=account, name="bench", expires_at=now + timedelta(days=1),
    scopes=["sensing.post_observations", "sensing.view_things"],
    by=Actor("bench", frozenset({roles.ADMINISTRATOR})))
with open(sys.argv[4], "w") as out:
    json.dump({"streams": streams, "token": token}, out)
bump_revision()
"""


@dataclass(frozen=True)
class District:
    """A gateway and a worker at work."""

    place: Path
    url: str
    hj212_port: int
    mqtt_port: int
    token: str
    flooded: int
    late: int


@contextlib.contextmanager
def opened_district(place: Path) -> Iterator[District]:
    """A new district with stations, one device that floods and one that is late."""
    hj212, mqtt, metrics = free_port(), free_port(), free_port()
    ports = {"gateway_hj212_port": hj212, "gateway_mqtt_port": mqtt, "gateway_jt808_port": 0}
    told = place / "devices.json"
    arguments = (",".join(FACTORS), str(STATIONS), PASSWORD, str(told), TOKEN)
    environment = os.environ | {
        "IPUDONG_DISTRICT_DATA_DIR": str(place),
        "IPUDONG_WORKER_METRICS_PORT": str(metrics),
    }
    worker = [sys.executable, "-m", "ipudong", "worker"]
    with (
        started_gateway(place, ports, PREPARE + DEVICES, *arguments) as (http, _),
        started(worker, environment, lambda: is_listening(metrics)),
    ):
        devices = json.loads(told.read_text())
        url = f"http://127.0.0.1:{http}/sensorthings/v1.1"
        yield District(place, url, hj212, mqtt, devices["token"], *devices["streams"])


@dataclass
class Stations:
    """Stations that report one frame after the other, and how long each waited."""

    waits: list[float] = field(default_factory=list)

    async def report(self, port: int, number: int) -> None:
        """Report ten times a second for ever."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for frame in make_frames(number, 2000):
            began = time.perf_counter()
            writer.write(frame)
            await reader.readuntil(b"\n")
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)


class Flood(asyncio.Protocol):
    """One MQTT 3.1.1 client with many unanswered publications of quality of service 1."""

    def __init__(self, identity: str, token: str, count: int) -> None:
        self._left = count
        self.acknowledged = 0
        self._next = 0
        self._identity, self._token = identity.encode(), token.encode()
        self._topic = _text(f"v1/devices/{identity}/telemetry/t".encode())
        self.is_done = asyncio.Event()
        self._rest = b""
        self._count = count

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        head = _text(b"MQTT") + b"\x04\xc2\x00\x3c"
        body = head + b"".join(map(_text, (self._identity, self._identity, self._token)))
        self._transport.write(b"\x10" + _length(len(body)) + body)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        while len(data) >= 4:
            if data[0] == 0x20:
                if data[3]:
                    raise SystemExit(f"connection refused: {data[3]}")
                self._publish(WINDOW)
            elif data[0] == 0x40:
                self.acknowledged += 1
                self._publish(1)
            data = data[4:]
        self._rest = data
        if self.acknowledged == self._count:
            self.is_done.set()

    def _publish(self, count: int) -> None:
        packets = []
        for _ in range(min(count, self._left)):
            self._next += 1
            packet = (self._next % 65_535 + 1).to_bytes(2)
            body = self._topic + packet + b"%d.%d" % (self._next % 90, self._next % 10)
            packets.append(b"\x32" + _length(len(body)) + body)
            self._left -= 1
        self._transport.write(b"".join(packets))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_done.set()


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(2) + value


def _length(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value % 128 | 128, value // 128])


async def flood(district: District) -> dict[str, float]:
    """Stations alone, then beside the flood."""
    stations = Stations()
    tasks = [
        asyncio.create_task(stations.report(district.hj212_port, number))
        for number in range(STATIONS)
    ]
    await asyncio.sleep(1)
    stations.waits.clear()
    await asyncio.sleep(5)
    before, stations.waits = stations.waits, []
    began = time.perf_counter()
    _, client = await asyncio.get_running_loop().create_connection(
        lambda: Flood("flood", TOKEN, FLOOD), "127.0.0.1", district.mqtt_port
    )
    await asyncio.wait_for(client.is_done.wait(), 300)
    took = time.perf_counter() - began
    during = stations.waits
    for task in tasks:
        task.cancel()
    if client.acknowledged != FLOOD:
        raise SystemExit(f"hung up after {client.acknowledged} of {FLOOD}")
    return {
        "flood_readings": FLOOD,
        "flood_acknowledged_per_s": round(FLOOD / took),
        **percentiles("answer_before", before),
        **percentiles("answer_during", during),
    }


def percentiles(name: str, waits: list[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    p50, p99 = np.percentile(np.array(waits) * 1000, (50, 99))
    return {f"{name}_p50_ms": round(float(p50), 1), f"{name}_p99_ms": round(float(p99), 1)}


def ask(district: District, path: str, body: bytes | None = None) -> bytes:
    """An answer of the SensorThings interface."""
    headers = {"Authorization": f"Bearer {district.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{district.url}/{path}", body, headers)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
        return bytes(answer.read())


def read_until(district: District, is_over: threading.Event) -> list[float]:
    """Read the last readings of a stream over and over; how long each read took."""
    waits = []
    while not is_over.is_set():
        began = time.perf_counter()
        ask(district, "Datastreams(1)/Observations?$top=100&$orderby=phenomenonTime%20desc")
        waits.append(time.perf_counter() - began)
        time.sleep(0.02)
    return waits


def post_late(district: District) -> float:
    """Send the late points, newest day last; how long it took."""
    first = datetime.now(UTC) - timedelta(days=30)
    step = timedelta(days=29) / LATE
    began = time.perf_counter()
    for start in range(0, LATE, LATE_A_POST):
        rows = [
            [(first + at * step).isoformat(), at % 400 / 10]
            for at in range(start, start + LATE_A_POST)
        ]
        document = {
            "Datastream": {"@iot.id": district.late},
            "components": ["phenomenonTime", "result"],
            "dataArray": rows,
        }
        ask(district, "CreateObservations", json.dumps([document]).encode())
    return time.perf_counter() - began


def be_late(district: District) -> dict[str, float]:
    """Reads alone, then beside the late points."""
    with ThreadPoolExecutor(2) as threads:
        quiet = threading.Event()
        reading = threads.submit(read_until, district, quiet)
        time.sleep(5)
        quiet.set()
        before = reading.result()
        over = threading.Event()
        reading = threads.submit(read_until, district, over)
        took = post_late(district)
        time.sleep(5)  # the worker seals and rolls up what came
        over.set()
        during = reading.result()
    return {
        "late_points": LATE,
        "late_took_s": round(took, 1),
        **percentiles("read_before", before),
        **percentiles("read_during", during),
    }


def check_stored(place: Path, least: int) -> None:
    """Nothing acknowledged may be missing; what the worker sealed has left the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    waiting = journal.stats().rows
    journal.close()
    lake = deltalake.DeltaTable(str(place / "lake" / "observations"))
    sealed = lake.to_pyarrow_dataset().count_rows()
    if waiting + sealed < least:
        raise SystemExit(f"{least} acknowledged, {waiting} in the journal and {sealed} sealed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = (given.directory / "breakers").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pin(os.getpid(), 1)
    with opened_district(place) as district:
        figures = uvloop.run(flood(district)) | be_late(district)
        memory = sum(each.memory_info().rss for each in psutil.Process().children(recursive=True))
        figures["memory_mib"] = round(memory / 2**20)
    check_stored(place, FLOOD + LATE)
    shutil.rmtree(place)
    for name, value in figures.items():
        print(f"{name:28} {value:12,.1f}")
    ratio = round(figures["answer_during_p99_ms"] / figures["answer_before_p99_ms"], 1)
    print(json.dumps({"bench": "breakers", "figures": figures, "ratio": ratio, "beside": BESIDE}))


if __name__ == "__main__":
    main()
