"""kill -9 of any part under load: what was acknowledged is stored, and stored once."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.running import District, running_district, wait_for

PARTS = ("gateway", "worker", "portal")
COUNT_SCRIPT = Path(__file__).with_name("count_stored.py")


def _kill_at_random(district: District, kills: int, seed: int) -> Counter[str]:
    """Kill and restart parts while stations send; how often each was killed."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 1.5))
        part = chance.choices(PARTS, weights=(6, 3, 1))[0]
        district.kill(part)
        killed[part] += 1
        district.start(part)
    return killed


def _compare(district: District, ledger: Path) -> dict[str, int]:
    """Count what the ledger says was acknowledged against journal and lake."""
    done = subprocess.run(
        [sys.executable, COUNT_SCRIPT, ledger],
        env={**district.environment, "DJANGO_SETTINGS_MODULE": "ipudong.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _run(folder: Path, *, kills: int, seed: int) -> tuple[Counter[str], dict[str, int]]:
    ledger = folder / "acknowledged.jsonl"
    with running_district(folder, worker_seal_every_s=1) as district:
        for part in PARTS:
            district.start(part)
        district.wait_until_ready(district.gateway_url)
        district.start(
            "simulator", "simulate", "--forget", "--ledger", str(ledger), "--resend-after", "1",
            "--history-days", "400", "--seed", "1",
        )  # fmt: skip
        wait_for(lambda: ledger.is_file() and ledger.stat().st_size > 0, within_s=60)
        killed = _kill_at_random(district, kills, seed)
        wait_for(lambda: _grows(ledger), within_s=60, what="acknowledgements after the last kill")
        district.stop("simulator")
        district.wait_until_ready(district.worker_url)
        time.sleep(3)
        district.stop_all()
        return killed, _compare(district, ledger)


def _grows(path: Path) -> bool:
    before = path.stat().st_size
    time.sleep(0.5)
    return path.stat().st_size > before


def _judge(killed: Counter[str], kills: int, found: dict[str, int]) -> None:
    assert killed.total() == kills
    assert found["acknowledged"] > 1000, found
    assert found["lost"] == 0, found
    assert found["changed"] == 0, found
    assert found["counted_twice"] == 0, found
    assert found["sealed"] > 0, found


@pytest.mark.crash
@pytest.mark.timeout(400)
def test_a_dozen_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    killed, found = _run(tmp_path, kills=12, seed=20261122)
    _judge(killed, 12, found)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    killed, found = _run(tmp_path, kills=100, seed=100)
    _judge(killed, 100, found)
    print(killed, found)  # noqa: T201 - the soak's figure
