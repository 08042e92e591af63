"""MQTT QoS 1 messages a second, acknowledged durable, beside mosquitto.

    python bench/mqtt.py [--clients 4] [--window 500] [--rounds 4] [--seconds 1.5]

The gateway runs as its own process, whole (database, rules, journal with fsync, live state), with
the bounds every district has. Four clients, each a process of its own and a device of its own, keep
a window of QoS 1 messages unanswered, in MQTT 3.1.1 and in 5: a JSON object of two readings. Then
the same clients do the same to mosquitto where it is installed, which acknowledges from memory.
Nothing is pinned: both servers may use what the clients leave of the machine. All take turns in
short rounds and the medians count. Every message the gateway acknowledged must be in the journal.
Prints what was measured and, last, one line of JSON.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from ipudong.protocols.mqtt.packets import V5, V311
from ipudong.store.journal import SqliteJournal
from rig.mqtt_sender import TOKEN
from rig.processes import cpu_seconds, free_port, is_listening, started, started_gateway

FIELDS = ("t", "h")
VERSIONS = {V311: "3.1.1", V5: "5"}
SENDER = Path(__file__).parent / "rig" / "mqtt_sender.py"

PREPARE = """
import sys
from datetime import UTC, datetime
import django
from django.core.management import call_command
django.setup()
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.models import Datastream, ObservedProperty, Thing
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
fields, count, token = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3]
ObservedProperty.objects.bulk_create(
    ObservedProperty(code=f"b_{f}", name_zh=f, physical_min=-100, physical_max=1000) for f in fields
)
now = datetime.now(UTC)
things = Thing.objects.bulk_create(
    Thing(name_zh=f"s{n}", kind="sensor", system="bench", protocol="mqtt", identity=f"bench-{n}",
          credential=hash_credential(token), expected_interval_s=60, registered_at=now)
    for n in range(count)
)
Datastream.objects.bulk_create(
    Datastream(thing=thing, observed_property_id=f"b_{f}", channel=f)
    for thing in things for f in fields
)
bump_revision()
"""


@dataclass
class Broker:
    """A server and what it was found to do, by version: messages a second, and of a CPU second."""

    name: str
    port: int
    process: psutil.Process
    rates: dict[int, list[float]]
    cpu: dict[int, list[float]]
    answered: int = 0

    def run(self, clients: int, version: int, window: int, seconds: float) -> None:
        """One turn of all clients at once."""
        with contextlib.ExitStack() as stack:
            children = [
                stack.enter_context(started_client(number, self.port, version, window, seconds))
                for number in range(clients)
            ]
            for child in children:
                child.stdout.readline()
            used = cpu_seconds(self.process)
            for child in children:
                child.stdin.write("go\n")
                child.stdin.flush()
            found = [json.loads(child.stdout.readline()) for child in children]
            used = cpu_seconds(self.process) - used
        self.answered += sum(answered for _, answered in found)
        self.rates[version].append(sum(rate for rate, _ in found))
        self.cpu[version].append(sum(answered for _, answered in found) / max(used, 0.01))


@contextlib.contextmanager
def started_client(*given: object) -> Iterator[subprocess.Popen]:
    command = [sys.executable, SENDER, *map(str, given)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.communicate(timeout=30)


def make_broker(name: str, port: int, process: psutil.Process) -> Broker:
    return Broker(name, port, process, {v: [] for v in VERSIONS}, {v: [] for v in VERSIONS})


@contextlib.contextmanager
def opened_gateway(place: Path, clients: int) -> Iterator[Broker]:
    """The gateway of a new district, on any core; its journal must hold what it acknowledged."""
    port = free_port()
    settings = {
        "gateway_mqtt_port": port,
        "gateway_hj212_port": free_port(),
        "gateway_jt808_port": free_port(),
    }
    arguments = (",".join(FIELDS), str(clients), TOKEN)
    with started_gateway(place, settings, PREPARE, *arguments) as (_, process):
        unpin(process)
        broker = make_broker("gateway", port, process)
        yield broker
    check_journal(place, broker.answered)


@contextlib.contextmanager
def opened_mosquitto(place: Path) -> Iterator[Broker | None]:
    """The yardstick: acknowledges from memory, to nobody subscribed."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        yield None
        return
    port = free_port()
    config = place / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n")
    # MQTT 5 clients are told no Receive Maximum below their window.
    config.write_text(config.read_text() + "max_inflight_messages 0\n")
    command = [program, "-c", str(config)]
    with started(command, dict(os.environ), lambda: is_listening(port)) as process:
        unpin(process)
        yield make_broker("mosquitto", port, process)


def unpin(process: psutil.Process) -> None:
    """Let it use every core again."""
    cores = os.sched_getaffinity(0)
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)


def check_journal(place: Path, acknowledged: int) -> None:
    """Every acknowledged message must be in the journal."""
    journal = SqliteJournal(place / "journal.sqlite3")
    rows = journal.stats().rows
    journal.close()
    if rows < acknowledged * len(FIELDS):
        raise SystemExit(f"{acknowledged} messages acknowledged, {rows} readings in the journal")
    print(f"the journal holds {rows:,} readings of {acknowledged:,} acknowledged messages")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each turn")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = (given.directory / "mqtt").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        gateway = stack.enter_context(opened_gateway(place, given.clients))
        beside = stack.enter_context(opened_mosquitto(place))
        brokers = [gateway] if beside is None else [gateway, beside]
        for _ in range(given.rounds):
            for version in VERSIONS:
                for broker in brokers:
                    broker.run(given.clients, version, given.window, given.seconds)
    shutil.rmtree(place)
    report(brokers, given.clients, given.window)


def report(brokers: list[Broker], clients: int, window: int) -> None:
    """Print the figures."""
    print(f"{clients} clients, {window} unanswered each, {len(FIELDS)} readings a message")
    figures: dict[str, float] = {"clients": clients, "window": window}
    for version, name in VERSIONS.items():
        for broker in brokers:
            rate, of_cpu = median(broker.rates[version]), median(broker.cpu[version])
            print(
                f"  MQTT {name:5} {broker.name:10} {rate:9,.0f} messages/s  "
                f"{of_cpu:9,.0f} per CPU second"
            )
            key = f"{broker.name}_v{name.replace('.', '')}"
            figures |= {f"{key}_per_s": round(rate), f"{key}_per_cpu_s": round(of_cpu)}
    ratio = None
    if len(brokers) > 1:
        pairs = zip(*(broker.rates[V311] + broker.rates[V5] for broker in brokers), strict=True)
        ratio = round(median(ours / theirs for ours, theirs in pairs), 3)
        print(f"ratio {ratio} of mosquitto, which keeps nothing on disk")
    beside = "mosquitto" if ratio is not None else "mosquitto is not installed"
    print(json.dumps({"bench": "mqtt", "figures": figures, "ratio": ratio, "beside": beside}))


if __name__ == "__main__":
    main()
