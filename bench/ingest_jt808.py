"""JT/T 808 location reports a second on one gateway core, acknowledged durable, beside an echo.

    python bench/ingest_jt808.py [--connections 500] [--rounds 4] [--seconds 1.2]

The gateway runs as its own process, whole (database, rules, journal with fsync, live state), pinned
to one core; so do the echoes. The same generator, pinned to another core, drives all of them: each
vehicle on a connection of its own, authenticated, with its own track, and with mileage, signal
strength and satellites in every report, which become observations. With one unanswered report a
connection, and with eight and thirty-two, as terminals send what they kept in a tunnel. An echo
only moves bytes, and many reports in one read cost it nothing, so the ratio is taken at one. All
take turns in short rounds and the medians count. Prints what was measured and, last, one line of
JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import encode_frame
from ipudong.protocols.jt808.header import make_terminal
from ipudong.store.journal import SqliteJournal
from rig.processes import allow_open_files, free_port, is_listening, pin, started_gateway
from rig.turns import (
    BESIDE,
    LOOPS,
    Load,
    Rounds,
    Station,
    median_ratio,
    opened_echo,
    report_runs,
    take_turns,
)

CODE = "K7P2M4"
ITEMS = ("mileage", "signal_strength", "satellites")
WINDOWS = (1, 8, 32)

PREPARE = """
import sys
from datetime import UTC, datetime
import django
from django.core.management import call_command
django.setup()
from ipudong.city.sensing.models import Datastream, ObservedProperty, Thing
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
items, count, code = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3]
ObservedProperty.objects.bulk_create(ObservedProperty(code=f"b_{i}", name_zh=i) for i in items)
now = datetime.now(UTC)
things = Thing.objects.bulk_create(
    Thing(name_zh=f"v{n}", kind="vehicle", system="bench", protocol="jt808",
          identity=str(13900000000 + n), credential=code, expected_interval_s=30,
          registered_at=now) for n in range(count)
)
Datastream.objects.bulk_create(
    Datastream(thing=thing, observed_property_id=f"b_{i}", channel=i)
    for thing in things for i in items
)
bump_revision()
"""


def edition_of(vehicle: int) -> Edition:
    """Half of the fleet speaks 2013, half 2019."""
    return Edition.V2019 if vehicle % 2 else Edition.V2013


def make_frames(vehicle: int, count: int) -> list[bytes]:
    """Reports of one vehicle, a second apart, the last of them now."""
    edition = edition_of(vehicle)
    terminal = make_terminal(str(13900000000 + vehicle), edition)
    version = 1 if edition is Edition.V2019 else None
    begin = datetime.now(UTC) - timedelta(seconds=count)
    return [
        encode_frame(0x0200, terminal, version, n, _body(vehicle, begin + timedelta(seconds=n), n))
        for n in range(count)
    ]


def _body(vehicle: int, at: datetime, number: int) -> bytes:
    local = at + timedelta(hours=8)
    return (
        bytes(4)
        + (0b11).to_bytes(4, "big")
        + (31_200_000 + vehicle * 40 + number).to_bytes(4, "big")
        + (121_500_000 + vehicle * 40 + number * 3).to_bytes(4, "big")
        + (4).to_bytes(2, "big")
        + (300 + number % 200).to_bytes(2, "big")
        + (number % 360).to_bytes(2, "big")
        + bytes.fromhex(f"{local:%y%m%d%H%M%S}")
        + b"\x01\x04" + (10_000 + number).to_bytes(4, "big")
        + b"\x30\x01" + bytes((number % 31,))
        + b"\x31\x01" + bytes((5 + number % 9,))
    )  # fmt: skip


class Vehicle(Station):
    """An answer, or echo, is a frame: two marks."""

    _marks = 0

    def show(self, code: bytes) -> None:
        """Send the first frame; its answer is none to a report."""
        self._sent_at.append(time.perf_counter())
        self._transport.write(code)

    def data_received(self, data: bytes) -> None:
        marks = self._marks + data.count(b"\x7e")
        self._marks, answers = marks & 1, marks >> 1
        now, latencies = time.perf_counter(), self._load.latencies
        for _ in range(answers):
            latencies.append(now - self._sent_at.popleft())
        if self._load.is_running and answers:
            self.send(answers)


class FleetLoad(Load):
    """Vehicles instead of stations; those of the gateway authenticate first."""

    async def open(self, pool: list[list[bytes]]) -> None:
        loop = asyncio.get_running_loop()
        for number, frames in enumerate(pool):
            _, vehicle = await loop.create_connection(
                lambda frames=frames: Vehicle(self, frames), "127.0.0.1", self.port
            )
            self.stations.append(vehicle)
            if self.name == "gateway":
                vehicle.show(make_authentication(number))
        await self._wait_answers()
        self.latencies.clear()


def make_authentication(vehicle: int) -> bytes:
    """The frame that shows the vehicle's code."""
    edition, code = edition_of(vehicle), CODE.encode()
    terminal = make_terminal(str(13900000000 + vehicle), edition)
    if edition is Edition.V2013:
        return encode_frame(0x0102, terminal, None, 65535, code)
    body = bytes((len(code),)) + code + b"0" * 15 + bytes(20)
    return encode_frame(0x0102, terminal, 1, 65535, body)


@contextlib.contextmanager
def opened_gateway(place: Path, vehicles: int) -> Iterator[Load]:
    """The gateway with its vehicles known, in a district of its own; its journal must hold what it
    acknowledged."""
    port = free_port()
    others = ("gateway_hj212_port", "gateway_mqtt_port")
    settings = {"gateway_jt808_port": port, **{name: free_port() for name in others}}
    settings["gateway_jt808_ask_attributes"] = 0  # our vehicles count every frame as an answer
    arguments = (",".join(ITEMS), str(vehicles), CODE)
    with started_gateway(place, settings, PREPARE, *arguments) as (_, process):
        while not is_listening(port):  # HTTP may be ready a moment before the other doors
            time.sleep(0.05)
        load = FleetLoad("gateway", port, process)
        yield load
    check_journal(place, load.answered)


@contextlib.contextmanager
def opened_fleet_echo(loop: str) -> Iterator[Load]:
    """The yardstick: the same reports, sent back as they came."""
    with opened_echo(loop) as load:
        yield FleetLoad(loop, load.port, load.process)


def check_journal(place: Path, reports: int) -> None:
    """Every acknowledged report must be in the journal, as a position and its observations."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = {"positions": 0, "observations": 0}
    after = 0
    while entries := journal.read(after=after, limit=500):
        for entry in entries:
            rows[entry.kind] += entry.rows
        after = entries[-1].id
    journal.close()
    if rows["positions"] < reports or rows["observations"] < reports * len(ITEMS):
        raise SystemExit(f"acknowledged {reports} reports, the journal holds {rows}")
    print(f"journal holds {rows['positions']:,} positions of {reports:,} acknowledged reports")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each turn")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    allow_open_files()
    place = (given.directory / "ingest_jt808").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pool = [make_frames(vehicle, 300) for vehicle in range(given.connections)]
    pin(os.getpid(), 1)
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(opened_fleet_echo(loop)) for loop in LOOPS]
        loads.append(stack.enter_context(opened_gateway(place, given.connections)))
        found = uvloop.run(
            take_turns(loads, pool, windows=WINDOWS, rounds=given.rounds, seconds=given.seconds)
        )
    shutil.rmtree(place)
    report(found, given.connections)


def report(found: Rounds, connections: int) -> None:
    """Print the figures."""
    print(f"{connections} vehicles, {len(ITEMS)} items a report, one core each side")
    figures: dict[str, float] = {"connections": connections}
    for window in WINDOWS:
        print(f"{window} unanswered a connection")
        for name in (*LOOPS, "gateway"):
            figures |= report_runs(name, window, found[name, window])
    best = max(figures[f"gateway_frames_per_s_{window}"] for window in WINDOWS)
    figures["reports_per_s"] = best
    ratio = median_ratio(found, "asyncio", lambda run: run.per_second)
    figures["ratio_uvloop"] = median_ratio(found, "uvloop", lambda run: run.per_second)
    figures["cpu_ratio"] = median_ratio(found, "asyncio", lambda run: run.per_cpu_second)
    print(f"ratio {ratio} of the asyncio echo at one unanswered report; best {best:,.0f} reports/s")
    line = {"bench": "ingest_jt808", "figures": figures, "ratio": ratio, "beside": BESIDE}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
