"""The worker process: says what is the matter, goes on by itself, and ends when told."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

MIGRATE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path),
        "IPUDONG_FILE": str(tmp_path / "none.toml"),
        "IPUDONG_WORKER_METRICS_PORT": "0",
        "IPUDONG_OPERATIONS_LOG_FORMAT": "json",
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen]:
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "ipudong", "worker"]
        process = subprocess.Popen(command, env=environment, stderr=log)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def wait_for(tmp_path: Path, event: str, seconds: float = 60) -> dict:
    """The first log line of that event."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for line in (tmp_path / "log").read_text().splitlines():
            if line.startswith("{") and json.loads(line)["event"] == event:
                return json.loads(line)
        time.sleep(0.1)
    pytest.fail(f"no {event} in: {(tmp_path / 'log').read_text()}")


def ask(port: int) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_worker_waits_for_its_database_and_ends_when_told(
    worker: subprocess.Popen, environment: dict[str, str], tmp_path: Path
) -> None:
    port = wait_for(tmp_path, "worker_started")["port"]
    wait_for(tmp_path, "database_away")
    status, said = ask(port)
    assert status == 503
    assert "no such table" in said["clock"]
    subprocess.run([sys.executable, "-c", MIGRATE], env=environment, check=True, timeout=100)
    wait_for(tmp_path, "database_back")
    until = time.monotonic() + 30
    while ask(port)[0] != 200 and time.monotonic() < until:
        time.sleep(0.2)
    assert ask(port) == (200, dict.fromkeys(said, "ok"))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    assert wait_for(tmp_path, "worker_stopped", seconds=1)["unfinished"] == []
