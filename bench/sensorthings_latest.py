"""The newest observation of 10,000 things in one SensorThings request, and in pages of 1,000.

    python bench/sensorthings_latest.py [--things 10000] [--rounds 7]

A gateway of its own, pinned to one core, with a thing, a datastream and a newest reading each; the
request expands both, and the newest observation comes out of the live state. The whole answer is
read and checked. Beside it: the same rows read and written as JSON by a bare loop over Django
objects, which is the least that a server made on its object mapper does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import httpx

from rig.processes import free_port, pin, started_gateway

PREPARE = """
import sys
from datetime import UTC, datetime
import django
from django.core.management import call_command
django.setup()
from ipudong.city.sensing.models import Datastream, Latest, ObservedProperty, Sensor, Thing
from ipudong.city.sensing.revision import bump_revision
call_command("migrate", verbosity=0)
now, count = datetime.now(UTC), int(sys.argv[1])
ObservedProperty.objects.create(code="pm25", name_zh="PM2.5", unit="ug/m3")
sensor = Sensor.objects.create(name="s", encoding_type="text/plain", metadata="s")
things = Thing.objects.bulk_create(
    Thing(name_zh=f"站{n}", name_en=f"Station {n}", kind="station", system="environment",
          protocol="hj212", identity=f"s{n}", registered_at=now) for n in range(count)
)
streams = Datastream.objects.bulk_create(
    Datastream(thing=thing, observed_property_id="pm25", channel="a", sensor=sensor,
               name=f"{thing.name_zh} PM2.5", description="PM2.5") for thing in things
)
us = int(now.timestamp()) * 1_000_000
Latest.objects.bulk_create(
    Latest(datastream=stream, time_us=us - n, first_us=us - n, result=n / 10)
    for n, stream in enumerate(streams)
)
bump_revision()
"""
BARE = """
import sys, time
import django
django.setup()
import orjson
from ipudong.city.sensing.models import Datastream
from ipudong.city.sensing.clock import from_us
times = []
for _ in range(int(sys.argv[1])):
    began = time.perf_counter()
    rows = Datastream.objects.select_related("thing", "observed_property", "latest")
    orjson.dumps([
        {"name": row.thing.name_zh, "properties": row.thing.properties, "stream": row.name,
         "unit": row.observed_property.unit, "time": from_us(row.latest.time_us),
         "result": row.latest.result} for row in rows
    ])
    times.append(time.perf_counter() - began)
print(sorted(times)[len(times) // 2])
"""
LATEST = "$expand=Datastreams($expand=Observations($top=1;$orderby=phenomenonTime%20desc))"
BESIDE = "a bare loop over Django objects"
AIM_MS = 300


def ask(http: httpx.Client, query: str) -> tuple[float, dict]:
    began = time.perf_counter()
    answer = http.get(f"/sensorthings/v1.1/Things?{query}")
    body = answer.content
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took, json.loads(body)


def check(things: list[dict], first: int = 0) -> None:
    """Every thing has its datastream, and this its newest observation."""
    for number, thing in enumerate(things, first):
        [stream] = thing["Datastreams"]
        [observation] = stream["Observations"]
        if observation["result"] != number / 10:
            raise SystemExit(f"{thing['name']}: {observation['result']}")


def ask_often(port: int, things: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds that each request for all things took, and each for a page of a thousand."""
    whole, paged = [], []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        for _ in range(rounds):
            took, body = ask(http, f"{LATEST}&$top={things}")
            check(body["value"])
            if len(body["value"]) != things:
                raise SystemExit(f"{len(body['value'])} things of {things}")
            whole.append(took)
            took, body = ask(http, f"{LATEST}&$top=1000&$skip=5000")
            check(body["value"], 5000)
            paged.append(took)
    return whole, paged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--things", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = (given.directory / "sensorthings_latest").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pin(os.getpid(), 1)
    settings = {"gateway_hj212_port": free_port()}
    with started_gateway(place, settings, PREPARE, str(given.things)) as (port, _):
        whole, paged = ask_often(port, given.things, given.rounds)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(place),
    }
    command = [sys.executable, "-c", BARE, str(given.rounds)]
    bare = float(subprocess.run(command, env=environment, check=True, stdout=-1).stdout)
    shutil.rmtree(place)
    figures = {
        "things": given.things,
        "whole_ms": round(median(whole) * 1000, 1),
        "whole_best_ms": round(min(whole) * 1000, 1),
        "whole_worst_ms": round(max(whole) * 1000, 1),
        "page_of_1000_ms": round(median(paged) * 1000, 1),
        "bare_ms": round(bare * 1000, 1),
        "aim_ms": AIM_MS,
    }
    print(
        f"{given.things} things with their newest observation: median {figures['whole_ms']} ms, "
        f"worst {figures['whole_worst_ms']} ms; a page of 1,000: {figures['page_of_1000_ms']} ms; "
        f"{BESIDE}: {figures['bare_ms']} ms"
    )
    ratio = round(median(whole) / bare, 2)
    print(
        json.dumps(
            {"bench": "sensorthings_latest", "figures": figures, "ratio": ratio, "beside": BESIDE}
        )
    )


if __name__ == "__main__":
    main()
