"""A whole district in processes of its own, on free ports, for tests that kill or look at it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

START_S = 60.0
READING_OPTIONS = ("--history-days", "400", "--resend-after", "1")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class District:
    """Processes of one district; `start(name)` starts one, `kill(name)` sends it SIGKILL.

    `folder` is its data folder; what the parts print goes to `logs`, the same one if not given.
    """

    def __init__(self, folder: Path, *, logs: Path | None = None, **settings: object) -> None:
        self.folder = folder
        self.logs = logs or folder
        portal, gateway, stations, mqtt, jt808, worker, simulator = free_ports(7)
        self.portal_url = f"http://127.0.0.1:{portal}"
        self.gateway_url = f"http://127.0.0.1:{gateway}"
        self.worker_url = f"http://127.0.0.1:{worker}"
        self.simulator_url = f"http://127.0.0.1:{simulator}"
        self.station_port = stations
        self.mqtt_port = mqtt
        self.jt808_port = jt808
        values: Mapping[str, object] = {
            "district_data_dir": folder,
            "file": folder / "none.toml",
            "portal_port": portal,
            "gateway_port": gateway,
            "gateway_public_url": self.gateway_url,
            "gateway_portal_origins": self.portal_url,
            "gateway_hj212_port": stations,
            "gateway_mqtt_port": mqtt,
            "gateway_jt808_port": jt808,
            "worker_metrics_port": worker,
            "simulator_metrics_port": simulator,
            "operations_log_format": "json",
            **settings,
        }
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("IPUDONG_")},
            **{f"IPUDONG_{key.upper()}": str(value) for key, value in values.items()},
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ledgers: list[Path] = []

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a subcommand to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "ipudong", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def start(self, name: str, *arguments: str) -> None:
        """Start a part, its output going to a log beside its data."""
        with (self.logs / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "ipudong", *(arguments or (name,))],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_simulator(self, *options: str) -> Path:
        """Start stations that send old hours as fast as they are taken; the new ledger they write.

        Every start has a ledger of its own: a killed one ends in the middle of a line.
        """
        ledger = self.logs / f"acknowledged-{len(self.ledgers)}.jsonl"
        self.ledgers.append(ledger)
        self.start(
            "simulator", "simulate", "--forget", "--ledger", str(ledger),
            *(options or READING_OPTIONS),
        )  # fmt: skip
        return ledger

    def kill(self, name: str) -> None:
        """End a part and its children the hard way; of a supervisor, its parts too."""
        process = self.processes[name]
        for each in (*list_children(process.pid), process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it was just about to start
        process.wait()

    def list_running(self) -> list[str]:
        """Names of the parts that were started and have not ended."""
        return [name for name, process in self.processes.items() if process.poll() is None]

    def count_memory_bytes(self, name: str) -> int:
        """Resident memory of a part and its children."""
        root = psutil.Process(self.processes[name].pid)
        return sum(each.memory_info().rss for each in (root, *root.children(recursive=True)))

    def count_acknowledged(self) -> int:
        """How many uploads the stations know to be acknowledged."""
        return sum(path.read_bytes().count(b"\n") for path in self.ledgers if path.is_file())

    def wait_for_acknowledgements(self, within_s: float = 60.0) -> None:
        """Wait until one more upload is acknowledged than now."""
        before = self.count_acknowledged()
        wait_for(
            lambda: self.count_acknowledged() > before, within_s=within_s, what="acknowledgements"
        )

    def stop(self, name: str, within_s: float = 15.0) -> int:
        """Ask a part to end; its exit status."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(within_s)

    def stop_all(self) -> None:
        """End everything that still runs."""
        for name, process in list(self.processes.items()):
            if process.poll() is None:
                self.kill(name)
        self.processes.clear()

    def log(self, name: str) -> str:
        """What a part printed."""
        return (self.logs / f"{name}.log").read_text("utf-8", "replace")

    def wait_until_ready(self, url: str) -> None:
        """Wait for a part's readiness."""
        wait_for(lambda: get_status(f"{url}/readyz") == 200, within_s=START_S, what=url)


def list_children(pid: int) -> list[int]:
    """Process ids of all that a process started and that they started."""
    try:
        return [each.pid for each in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def fetch(
    url: str, *, language: str = "en", form: bytes | None = None, within_s: float = 5
) -> tuple[int, str]:
    """Status and text of a URL; (0, "") where nobody answers. `form` is posted."""
    request = urllib.request.Request(url, form, {"Accept-Language": language})
    try:
        with urllib.request.urlopen(request, timeout=within_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def get_status(url: str) -> int:
    """The HTTP status of a URL, 0 where nobody answers."""
    return fetch(url)[0]


def fetch_readiness(url: str, *, within_s: float = 30) -> tuple[int, dict[str, str]]:
    """What a part says of its readiness, check by check."""
    status, text = fetch(f"{url}/readyz", within_s=within_s)
    return status, json.loads(text) if text else {}


def wait_for(condition: Callable[[], bool], *, within_s: float, what: str = "") -> None:
    """Wait until a condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not in {within_s} s: {what}"
        time.sleep(0.05)


@contextmanager
def running_district(
    folder: Path, *, like: Path | None = None, logs: Path | None = None, **settings: object
) -> Iterator[District]:
    """A district that was set up, or is a copy of one (`like`); nothing runs after the test."""
    district = District(folder, logs=logs, **settings)
    try:
        if like is None:
            district.run("setup")
        else:
            shutil.copytree(like, folder, dirs_exist_ok=True)
        yield district
    finally:
        district.stop_all()
