"""Searches of the registry by number, name and phone, beside the bare database query.

    python bench/registry.py [--scale 20] [--district FOLDER] [--searches 200]

Draws 5,700,000 persons and 400,000 organizations at 1:SCALE, loads them into a district of its own
and searches as a clerk does: asked by role, bounded, masked, written to the audit. The bare query
is the same statement on the same rows by the database's own driver and nothing around it. With
--district an existing SQLite district is searched, such as one loaded whole. Prints what was
measured and, last, one line of JSON.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

PERSONS, HOUSEHOLDS, ORGANIZATIONS = 5_700_000, 2_000_000, 400_000
TARGET_MS = 50.0
BESIDE = "the bare query by the database's own driver"
BARE = {
    "number": "SELECT * FROM registry_person WHERE number_key = ? AND merged_into_id IS NULL",
    "phone": "SELECT * FROM registry_person WHERE phone = ? AND merged_into_id IS NULL LIMIT 51",
    "name": "SELECT * FROM registry_person WHERE name >= ? AND name < ? "
    "AND merged_into_id IS NULL LIMIT 51",
    "organization": "SELECT * FROM registry_organization WHERE trade_name >= ? AND trade_name < ? "
    "AND merged_into_id IS NULL LIMIT 51",
}


def open_district(folder: Path) -> None:
    """Point this process at a district's folder."""
    os.environ["IPUDONG_DISTRICT_DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
    import django

    django.setup()


def fill(scale: int) -> dict[str, float]:
    """Tables, places and a population at 1:`scale`; seconds each step took."""
    from datetime import UTC, date, datetime

    from django.core.management import call_command

    from ipudong.city.registry.queries import list_places
    from ipudong.city.registry.rows import read_places
    from ipudong.city.registry.services import load_places
    from ipudong.city.registry.services.loading import (
        load_organizations,
        load_persons,
    )
    from ipudong.simulator.population.organizations import draw_organizations
    from ipudong.simulator.population.people import Area, draw_people

    call_command("migrate", verbosity=0)
    load_places(read_places())
    areas = [Area(p.code, p.name_zh, min(p.area_km2, 40.0)) for p in list_places()]
    facts: dict[str, Any] = {"source": "bench", "by": "bench", "at": datetime.now(UTC)}
    facts["progress"] = lambda done: None
    drawn = {"today": date(2026, 11, 22), "seed": 1}
    began = time.perf_counter()
    people = list(draw_people(PERSONS // scale, HOUSEHOLDS // scale, areas, **drawn))  # type: ignore[arg-type]
    companies = list(draw_organizations(ORGANIZATIONS // scale, areas, **drawn))  # type: ignore[arg-type]
    drawn_s = time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time()
    load_persons((part.to_pydict() for b in people for part in _parts(b)), **facts)
    load_organizations((batch.to_pydict() for batch in companies), **facts)
    loaded_s = time.perf_counter() - began
    return {"drawn_s": drawn_s, "loaded_s": loaded_s, "loaded_cpu_s": time.process_time() - cpu}


def _parts(batch: Any) -> list[Any]:
    return [batch.slice(start, 20_000) for start in range(0, batch.num_rows, 20_000)]


def sample(count: int) -> list[Any]:
    """Persons from all over the table, the same each time."""
    from ipudong.city.registry.models import Person

    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    drawn = random.Random(1).sample(range(1, last + 1), min(count, last))
    return list(Person.objects.filter(pk__in=drawn[:500]))


def searches(people: list[Any]) -> dict[str, tuple[Callable[[Any], object], Callable[[Any], Any]]]:
    """For each kind of search: the desk's own, and the parameters of the bare query."""
    from ipudong.city.identity.actors import Actor
    from ipudong.city.registry.models import Organization
    from ipudong.city.registry.queries import (
        search_organizations,
        search_persons,
    )

    clerk = Actor("bench", frozenset({"clerk"}), frozenset({"police"}))
    words = list(Organization.objects.values_list("trade_name", flat=True)[: len(people)])
    words *= -(-len(people) // max(len(words), 1))
    of = {person.pk: words[place] for place, person in enumerate(people)}
    return {
        "number": (
            lambda person: search_persons(clerk, person.document_number),
            lambda person: (person.number_key,),
        ),
        "phone": (
            lambda person: search_persons(clerk, person.phone),
            lambda person: (person.phone,),
        ),
        "name": (
            lambda person: search_persons(clerk, person.name[:2]),
            lambda person: _range(person.name[:2]),
        ),
        "organization": (
            lambda person: search_organizations(of[person.pk][:3]),
            lambda person: _range(of[person.pk][:3]),
        ),
    }


def _range(text: str) -> tuple[str, str]:
    return text, text[:-1] + chr(ord(text[-1]) + 1)


def measure(folder: Path, count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind of search, the desk's and the bare one, turn by turn."""
    people = sample(count)
    bare = sqlite3.connect(folder / "ipudong.sqlite3")
    found = {}
    for kind, (search, parameters) in searches(people).items():
        ours, theirs = [], []
        for person in people[:count]:
            began = time.perf_counter()
            search(person)
            ours.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            bare.execute(BARE[kind], parameters(person)).fetchall()
            theirs.append((time.perf_counter() - began) * 1000)
        found[kind] = {
            "p50_ms": median(ours),
            "p95_ms": quantiles(ours, n=20)[-1],
            "bare_p50_ms": median(theirs),
        }
    bare.close()
    return found


def main() -> None:
    """Fill, search, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=20)
    parser.add_argument("--district", type=Path, help="an existing SQLite district")
    parser.add_argument("--searches", type=int, default=200)
    given = parser.parse_args()
    folder = given.district or Path(tempfile.mkdtemp(prefix="ipudong-registry-"))
    try:
        open_district(folder)
        figures: dict[str, Any] = {} if given.district else fill(given.scale)
        figures |= measure(folder, given.searches)
    finally:
        if not given.district:
            shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(name, value)
    kinds = [value for value in figures.values() if isinstance(value, dict)]
    worst = max(value["p95_ms"] for value in kinds)
    ratio = median(value["bare_p50_ms"] / value["p50_ms"] for value in kinds)
    figures |= {"worst_p95_ms": worst, "within_target": worst < TARGET_MS}
    print(json.dumps({"bench": "registry", "figures": figures, "ratio": ratio, "beside": BESIDE}))


if __name__ == "__main__":
    main()
