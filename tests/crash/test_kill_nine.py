"""kill -9 of any part under load: what was acknowledged is stored, and stored once."""

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.crash.counting import assert_nothing_lost, count_stored
from tests.running import District, running_district

PARTS = ("gateway", "worker", "portal")
# Who is killed in a dozen kills: most often whoever holds what was not yet made durable.
DOZEN = ("gateway",) * 6 + ("worker",) * 4 + ("portal", "simulator")
RARE_JOBS = ("store.roll_up", "store.compact")


def _draw_victims(kills: int, chance: random.Random) -> list[str]:
    victims = [DOZEN[number % len(DOZEN)] for number in range(kills)]
    chance.shuffle(victims)
    return victims


def _make_due(district: District, jobs: tuple[str, ...]) -> None:
    """Have the worker run jobs now that it runs every few minutes."""
    with closing(sqlite3.connect(district.folder / "ipudong.sqlite3", timeout=20)) as database:
        for job in jobs:
            database.execute(
                "UPDATE worker_lease SET due_at = '2026-01-01 00:00:00', "
                "held_until = '2026-01-01 00:00:00' WHERE name = ?",
                (job,),
            )
        database.commit()


def _kill_at_random(district: District, kills: int, seed: int) -> Counter[str]:
    """Kill and restart parts while stations send; how often each was killed."""
    chance = random.Random(seed)
    victims = _draw_victims(kills, chance)
    for part in victims:
        if part == "gateway":
            district.wait_for_acknowledgements()
        if part == "worker":
            _make_due(district, RARE_JOBS)
        time.sleep(chance.uniform(0.1, 1.5))
        district.kill(part)
        if part == "simulator":
            district.start_simulator()
        else:
            district.start(part)
    return Counter(victims)


def _run(folder: Path, prepared: Path, *, kills: int, seed: int) -> dict[str, Any]:
    with running_district(folder, like=prepared, worker_seal_every_s=1) as district:
        for part in PARTS:
            district.start(part)
        district.wait_until_ready(district.gateway_url)
        district.start_simulator()
        district.wait_for_acknowledgements()
        killed = _kill_at_random(district, kills, seed)
        district.wait_for_acknowledgements()
        for url in (district.gateway_url, district.worker_url, district.portal_url):
            district.wait_until_ready(url)
        assert district.stop("simulator") == 0
        district.stop_all()
        return {"killed": dict(killed), **count_stored(district)}


@pytest.mark.crash
@pytest.mark.timeout(400)
def test_a_dozen_kills_lose_and_double_nothing(tmp_path: Path, prepared: Path) -> None:
    found = _run(tmp_path, prepared, kills=12, seed=20261122)
    assert sum(found["killed"].values()) == 12
    assert_nothing_lost(found)


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_hundred_kills_lose_and_double_nothing(tmp_path: Path, prepared: Path) -> None:
    found = _run(tmp_path, prepared, kills=100, seed=100)
    assert sum(found["killed"].values()) == 100
    assert_nothing_lost(found, at_least=10_000)
    print(found)  # noqa: T201 - the soak's figure
