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
import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from ipudong.protocols.hj212.packet import Packet, encode
from ipudong.protocols.hj212.times import format_qn, format_time
from ipudong.store.journal import SqliteJournal
from rig.processes import allow_open_files, free_port, pin, started_gateway
from rig.turns import (
    BESIDE,
    LOOPS,
    Load,
    Rounds,
    median_ratio,
    opened_echo,
    report_runs,
    take_turns,
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

WINDOWS = (1, 4)


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
        found = uvloop.run(
            take_turns(loads, pool, windows=WINDOWS, rounds=given.rounds, seconds=given.seconds)
        )
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


if __name__ == "__main__":
    main()
