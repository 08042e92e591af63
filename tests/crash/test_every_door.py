"""kill -9 under load at every door: no acknowledged reading or position lost, none doubled."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.crash.door_senders import Sender, make_senders
from tests.running import District, running_district, wait_for

HERE = Path(__file__).parent


def _run_script(district: District, name: str, *arguments: object) -> Any:
    done = subprocess.run(
        [sys.executable, HERE / name, *map(str, arguments)],
        env={**district.environment, "DJANGO_SETTINGS_MODULE": "ipudong.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _wait_for_progress(senders: list[Sender]) -> None:
    """Until every door has acknowledged one more reading."""
    before = {sender: sender.acknowledged for sender in senders}
    for sender in senders:
        wait_for(
            lambda sender=sender: sender.acknowledged > before[sender],
            within_s=60,
            what=f"an acknowledgement to {type(sender).__name__}",
        )


def _kill_at_random(district: District, senders: list[Sender], kills: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        victim = chance.choice(("gateway", "gateway", "worker"))
        if victim == "gateway":
            _wait_for_progress(senders)
        time.sleep(chance.uniform(0.1, 1.0))
        district.kill(victim)
        district.start(victim)
    _wait_for_progress(senders)


def _assert_nothing_lost(
    folder: Path, prepared: Path, *, kills: int, seed: int, least: int
) -> None:
    with running_district(folder, like=prepared, worker_seal_every_s=1) as district:
        devices = _run_script(district, "make_devices.py")
        for part in ("gateway", "worker"):
            district.start(part)
        district.wait_until_ready(district.gateway_url)
        senders = make_senders(
            folder, devices, district.gateway_url, district.mqtt_port, district.jt808_port
        )
        for sender in senders:
            sender.start()
        _kill_at_random(district, senders, kills, seed)
        for sender in senders:
            sender.stop()
        district.stop_all()
        found = _run_script(district, "count_doors.py", *(sender.ledger for sender in senders))
    print(found)  # noqa: T201 - the figures
    for sender in senders:
        told = found[sender.ledger.stem]
        assert told["acknowledged"] == sender.acknowledged >= least, found
        assert (told["lost"], told["changed"], told["sealed_twice"]) == (0, 0, 0), found


@pytest.mark.crash
@pytest.mark.timeout(400)
def test_eight_kills_lose_and_double_nothing_at_any_door(tmp_path: Path, prepared: Path) -> None:
    _assert_nothing_lost(tmp_path, prepared, kills=8, seed=808, least=20)


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_hundred_kills_lose_and_double_nothing_at_any_door(
    tmp_path: Path, prepared: Path
) -> None:
    _assert_nothing_lost(tmp_path, prepared, kills=100, seed=1883, least=500)
