"""The map of a district while ten thousand vehicles move on it every second, beside an empty map.

    python bench/markers.py [--vehicles 10000] [--rounds 2] [--seconds 5]

Whole and real: a portal, a gateway with its database and journal, as many JT/T 808 terminals as
there are vehicles, each on a connection of its own and reporting once a second, and a Chromium with
the map page open in the hands of somebody who pans and zooms it by keyboard. There is no graphics
card here: WebGL is drawn by the processor, which also bears all else, so frames a second say little
by themselves. The same page is therefore measured in turns with the layer of vehicles switched off,
while the reports go on; the ratio is frames a second with the layer to those without. Counted
besides: the longest time without a frame, tasks over 50 ms, bytes of the live stream, and the delay
from the first report of a second until the map has drawn it. Needs the front end (`make frontend`).
"""

import argparse
import asyncio
import contextlib
import json
import math
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import uvloop
from playwright.sync_api import Page, ViewportSize, sync_playwright

from ingest_jt808 import CODE, edition_of, make_authentication
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import encode_frame
from ipudong.protocols.jt808.header import make_terminal
from rig.processes import allow_open_files, free_port, is_listening, started, started_gateway

BESIDE = "the same map page with the layer of vehicles switched off"
LAYER = "citysense-vehicles"
ROLE = "duty_officer"
SLICES = 10  # of a second, in which a tenth of the fleet reports each
FIRST_PHONE = 13900000000
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Somebody looks around: near, along, back; each key moves the map for 300 ms.
KEYS = ("Equal", "ArrowRight", "ArrowDown", "Equal", "ArrowLeft", "ArrowUp", "Minus", "Minus")
KEY_PAUSE_MS = 250
# Small: what software draws in a frame goes by its pixels, and would hide what the vehicles cost.
VIEWPORT: Final = ViewportSize(width=1024, height=640)
DRAWN_FIRST = 5  # drawings before the first turn: the stream is open, the tiles are there
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
)

PREPARE = """
import sys
from datetime import UTC, datetime
import django
from django.core.management import call_command
django.setup()
from ipudong.city.identity.services import create_account
from ipudong.city.manifest import installed
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.models import LatestPosition, Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
load_places(read_places())
sync_declared(installed())
count, code, role, first = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
password = "a river in the east 9"
create_account(username="watcher", password=password, roles=(role,), by="system:bench")
now = datetime.now(UTC)
things = Thing.objects.bulk_create([
    Thing(name_zh=f"沪A{n:05d}", kind="vehicle", system="citysense", protocol="jt808",
          identity=str(first + n), credential=code, expected_interval_s=30, registered_at=now)
    for n in range(count)
], batch_size=500)
LatestPosition.objects.bulk_create([
    LatestPosition(thing=thing, time_us=int(now.timestamp() * 1e6), lon=121.5, lat=31.1, status=2)
    for thing in things
], batch_size=500)
bump_revision()
"""
SESSION = """
import django
django.setup()
from django.conf import settings
from django.test import Client
from ipudong.city.identity.models import Account
client = Client()
client.force_login(Account.objects.get(username="watcher"))
print(client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
# Before the page's own code: count what the stream brings, and note when what was drawn.
WATCH = """
window.bench = {bytes: 0, drawn: [], tasks: [], frames: []};
const Source = window.EventSource;
window.EventSource = class extends Source {
  addEventListener(type, listener) {
    super.addEventListener(type, (event) => {
      bench.bytes += event.data?.length ?? 0;
      listener(event);
    });
  }
};
new PerformanceObserver((list) => {
  bench.tasks.push(...list.getEntries().map((task) => task.duration));
}).observe({entryTypes: ["longtask"]});
const frame = (at) => { bench.frames.push(at); requestAnimationFrame(frame); };
requestAnimationFrame(frame);
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(([{target}]) =>
    bench.drawn.push([Number(target.dataset.newest), Date.now()])
  ).observe(document.querySelector(".map-canvas"), {attributeFilter: ["data-newest"]});
});
"""
START = "Object.assign(bench, {bytes: 0, drawn: [], tasks: [], frames: []})"


# The fleet.


@dataclass
class Track:
    """A vehicle that drives in a straight line until it has had enough, and turns."""

    lon: float
    lat: float
    heading: float
    speed: float

    def go(self, chance: random.Random) -> None:
        """One second on."""
        if chance.random() < 0.05 or not (121.5 < self.lon < 121.95 and 30.88 < self.lat < 31.36):
            self.heading = math.degrees(math.atan2(121.7 - self.lon, 31.12 - self.lat)) % 360
            self.heading = (self.heading + chance.uniform(-80, 80)) % 360
            self.speed = chance.uniform(0, 90)
        way = self.speed / 3.6 / 111_195
        self.lat += way * math.cos(math.radians(self.heading))
        self.lon += way * math.sin(math.radians(self.heading)) / 0.856


class Terminal(asyncio.Protocol):
    """One vehicle's connection; answers are counted, a closed one ends the benchmark."""

    answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, frame: bytes) -> None:
        self._transport.write(frame)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        Terminal.answers += data.count(b"\x7e") // 2


def report(vehicle: int, track: Track, second: int) -> bytes:
    """A location report of this second."""
    edition = edition_of(vehicle)
    local = datetime.fromtimestamp(second, SHANGHAI)
    body = (
        bytes(4)
        + (0b11).to_bytes(4, "big")
        + round(track.lat * 1e6).to_bytes(4, "big")
        + round(track.lon * 1e6).to_bytes(4, "big")
        + (4).to_bytes(2, "big")
        + round(track.speed * 10).to_bytes(2, "big")
        + (round(track.heading) % 360).to_bytes(2, "big")
        + bytes.fromhex(f"{local:%y%m%d%H%M%S}")
    )
    terminal = make_terminal(str(FIRST_PHONE + vehicle), edition)
    version = 1 if edition is Edition.V2019 else None
    return encode_frame(0x0200, terminal, version, second % 65535, body)


async def drive(
    port: int, vehicles: int, sent: "multiprocessing.sharedctypes.Synchronized"
) -> None:
    """Report every vehicle once a second until the process is ended."""
    loop, chance = asyncio.get_running_loop(), random.Random(7)
    tracks = [
        Track(chance.uniform(121.52, 121.93), chance.uniform(30.9, 31.34), 0, 60)
        for _ in range(vehicles)
    ]
    terminals = []
    for vehicle in range(vehicles):
        _, terminal = await loop.create_connection(Terminal, "127.0.0.1", port)
        terminal.send(make_authentication(vehicle))
        terminals.append(terminal)
        if vehicle % 200 == 0:
            await asyncio.sleep(0.02)
    while True:
        second = int(time.time()) + 1
        for part in range(SLICES):
            await asyncio.sleep(max(0.0, second + part / SLICES - time.time()))
            for vehicle in range(part, vehicles, SLICES):
                tracks[vehicle].go(chance)
                terminals[vehicle].send(report(vehicle, tracks[vehicle], second))
        sent.value = Terminal.answers - vehicles


def drive_fleet(
    port: int, vehicles: int, sent: "multiprocessing.sharedctypes.Synchronized"
) -> None:
    """The process of the fleet."""
    allow_open_files()
    uvloop.run(drive(port, vehicles, sent))


@contextlib.contextmanager
def driven(port: int, vehicles: int) -> Iterator["multiprocessing.sharedctypes.Synchronized"]:
    """The fleet on its way, once it reports; the number of acknowledged reports."""
    context = multiprocessing.get_context("spawn")
    acknowledged = context.Value("q", 0)
    process = context.Process(target=drive_fleet, args=(port, vehicles, acknowledged), daemon=True)
    process.start()
    try:
        deadline = time.monotonic() + 60
        while acknowledged.value < vehicles:
            if not process.is_alive() or time.monotonic() > deadline:
                raise SystemExit("the fleet does not report")
            time.sleep(0.2)
        yield acknowledged
    finally:
        process.terminate()
        process.join()


# The reader.


@dataclass(frozen=True)
class Turn:
    """What one turn at the map was like."""

    frames_per_s: float
    longest_pause_ms: float
    long_tasks: list[float]
    bytes_per_s: float
    delays_ms: list[float]


def look_around(page: Page, seconds: float) -> Turn:
    """Pan and zoom for so long."""
    page.locator(".maplibregl-canvas").focus()
    page.evaluate(START)
    began, number = time.monotonic(), 0
    while (took := time.monotonic() - began) < seconds:
        page.keyboard.press(KEYS[number % len(KEYS)])
        page.wait_for_timeout(KEY_PAUSE_MS)
        number += 1
    seen = page.evaluate("bench")
    frames = seen["frames"]
    gaps = [after - before for before, after in pairwise(frames)]
    return Turn(
        len(frames) / took,
        max(gaps, default=took * 1000),
        seen["tasks"],
        seen["bytes"] / took,
        first_delays(seen["drawn"]),
    )


def first_delays(drawn: list[tuple[float, float]]) -> list[float]:
    """From the first report of each second to the first drawing that has it."""
    first: dict[float, float] = {}
    for newest, at in drawn:
        first.setdefault(newest, at)
    later = list(first.items())[1:]  # the first was perhaps drawn before the turn began
    return [at - newest for newest, at in later]


def switch(page: Page, shown: bool) -> None:
    """Show or hide the vehicles, and let the map come to rest."""
    page.locator("section.layer", has_text="Vehicles").locator("input").set_checked(shown)
    page.wait_for_timeout(1000)


def take_turns(page: Page, rounds: int, seconds: float) -> dict[bool, list[Turn]]:
    """With the layer and without, by turns."""
    found: dict[bool, list[Turn]] = {True: [], False: []}
    for _ in range(rounds):
        for shown in (True, False):
            switch(page, shown)
            found[shown].append(look_around(page, seconds))
    return found


@contextlib.contextmanager
def opened_map(address: str, session: str) -> Iterator[Page]:
    """The map page in a browser, once the vehicles are drawn."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = browser.new_context(viewport=VIEWPORT, base_url=address)
        context.add_cookies(
            [
                {"name": "django_language", "value": "en", "url": address},
                {"name": "sessionid", "value": session, "url": address},
            ]
        )
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"/map/?layer={LAYER}")
        page.wait_for_selector(".map-canvas[data-newest]", timeout=60_000)
        while page.evaluate("bench.drawn.length") < DRAWN_FIRST:
            page.wait_for_timeout(200)
        yield page
        browser.close()


@contextlib.contextmanager
def opened_district(place: Path, vehicles: int) -> Iterator[tuple[int, str, str]]:
    """Portal and gateway: the terminals' port, the portal's address, and a session there."""
    port, portal_port = free_port(), free_port()
    address = f"http://127.0.0.1:{portal_port}"
    settings = {
        "gateway_jt808_port": port,
        "gateway_hj212_port": free_port(),
        "gateway_jt808_max_connections_per_peer": vehicles + 100,
        "gateway_portal_origins": address,
        "portal_port": portal_port,
    }
    arguments = (str(vehicles), CODE, ROLE, str(FIRST_PHONE))
    with started_gateway(place, settings, PREPARE, *arguments) as (http_port, _):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
            "IPUDONG_DISTRICT_DATA_DIR": str(place),
            "IPUDONG_GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{http_port}",
            **{f"IPUDONG_{key.upper()}": str(value) for key, value in settings.items()},
        }
        command = [sys.executable, "-c", SESSION]
        session = subprocess.run(command, env=environment, check=True, capture_output=True)
        portal = [sys.executable, "-m", "ipudong", "portal"]
        with started(portal, environment, lambda: is_listening(portal_port)):
            yield port, address, session.stdout.decode().split()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vehicles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each turn")
    parser.add_argument("--picture", type=Path, help="where to put a picture of the map")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    allow_open_files()
    place = (given.directory / "markers").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with (
        opened_district(place, given.vehicles) as (port, address, session),
        driven(port, given.vehicles) as acknowledged,
        opened_map(address, session) as page,
    ):
        before, began = acknowledged.value, time.monotonic()
        found = take_turns(page, given.rounds, given.seconds)
        pace = (acknowledged.value - before) / (time.monotonic() - began)
        if given.picture:
            switch(page, shown=True)
            page.screenshot(path=given.picture)
    shutil.rmtree(place)
    tell(found, given.vehicles, pace)


def tell(found: dict[bool, list[Turn]], vehicles: int, pace: float) -> None:
    """Print the figures."""
    figures: dict[str, float] = {"vehicles": vehicles, "reports_per_s": round(pace)}
    for shown, name in ((True, "vehicles"), (False, "empty")):
        turns = found[shown]
        tasks = [task for turn in turns for task in turn.long_tasks]
        figures |= {
            f"{name}_frames_per_s": statistics.median(turn.frames_per_s for turn in turns),
            f"{name}_longest_pause_ms": max(turn.longest_pause_ms for turn in turns),
            f"{name}_long_tasks": len(tasks),
            f"{name}_longest_task_ms": max(tasks, default=0.0),
        }
    delays = [delay for turn in found[True] for delay in turn.delays_ms]
    figures["delay_median_ms"] = statistics.median(delays)
    figures["delay_longest_ms"] = max(delays)
    figures["stream_bytes_per_s"] = statistics.median(turn.bytes_per_s for turn in found[True])
    figures = {name: round(value, 1) for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:28} {value:>12,}")
    ratio = round(figures["vehicles_frames_per_s"] / figures["empty_frames_per_s"], 2)
    print(json.dumps({"bench": "markers", "figures": figures, "ratio": ratio, "beside": BESIDE}))


if __name__ == "__main__":
    main()
