"""A whole district in processes of its own, on free ports, for tests that kill or look at it."""

import os
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

START_S = 60.0


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
    """Processes of one district; `part(name)` starts one, `kill(name)` sends it SIGKILL."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        portal, gateway, stations, worker, simulator = free_ports(5)
        self.portal_url = f"http://127.0.0.1:{portal}"
        self.gateway_url = f"http://127.0.0.1:{gateway}"
        self.worker_url = f"http://127.0.0.1:{worker}"
        self.station_port = stations
        values: Mapping[str, object] = {
            "district_data_dir": folder,
            "file": folder / "none.toml",
            "portal_port": portal,
            "gateway_port": gateway,
            "gateway_public_url": self.gateway_url,
            "gateway_portal_origins": self.portal_url,
            "gateway_hj212_port": stations,
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

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a subcommand to its end and return what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "ipudong", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )

    def start(self, name: str, *arguments: str) -> None:
        """Start a part, its output going to a log beside its data."""
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "ipudong", *(arguments or (name,))],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End a part and its children the hard way."""
        process = self.processes[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

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
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def wait_until_ready(self, url: str) -> None:
        """Wait for a part's readiness."""
        wait_for(lambda: get_status(f"{url}/readyz") == 200, within_s=START_S, what=url)


def get_status(url: str) -> int:
    """The HTTP status of a URL, 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_for(condition: Callable[[], bool], *, within_s: float, what: str = "") -> None:
    """Wait until a condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not in {within_s} s: {what}"
        time.sleep(0.05)


@contextmanager
def running_district(folder: Path, **settings: object) -> Iterator[District]:
    """A district that was set up; nothing of it is left when the test is over."""
    district = District(folder, **settings)
    try:
        district.run("setup")
        yield district
    finally:
        district.stop_all()
