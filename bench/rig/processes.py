"""Processes of a benchmark: started, pinned to a core, measured, ended."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import psutil

PROBE_PATH = "/readyz"

ECHO = """
import asyncio, sys, uvloop
class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.transport.write(data)
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()
(uvloop if sys.argv[2] == "uvloop" else asyncio).run(main())
"""


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def pin(pid: int, core: int) -> None:
    """Give a process and its threads one core, where there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    for thread in psutil.Process(pid).threads():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, {cores[core % len(cores)]})


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(
    command: list[str], environment: dict[str, str], is_up: Callable[[], bool]
) -> Iterator[psutil.Process]:
    """A child process on its core, ended by SIGTERM."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(process.communicate()[1].decode())
            time.sleep(0.1)
        pin(process.pid, 0)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def is_listening(port: int) -> bool:
    """Whether somebody answers."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port: int) -> bool:
    """Whether the gateway says it is ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{PROBE_PATH}", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def allow_open_files() -> None:
    """The generator holds the connections to all servers at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def started_echo(loop: str) -> Iterator[tuple[int, psutil.Process]]:
    """A yardstick: what is sent comes back as it was; `loop` is asyncio or uvloop."""
    port = free_port()
    command = [sys.executable, "-c", ECHO, str(port), loop]
    with started(command, dict(os.environ), lambda: is_listening(port)) as process:
        yield port, process


@contextlib.contextmanager
def started_gateway(
    place: Path, settings: Mapping[str, object], prepare: str, *arguments: str
) -> Iterator[tuple[int, psutil.Process]]:
    """The gateway of a new district in `place`: its HTTP port and its process.

    `prepare` is a Python program that fills the database, given the arguments; `settings` are
    IPUDONG_ settings by key (`gateway_hj212_port`).
    """
    http_port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(place),
        "IPUDONG_GATEWAY_PORT": str(http_port),
        # Only the doors a benchmark names are open: a district may run on this machine.
        "IPUDONG_GATEWAY_HJ212_PORT": str(free_port()),
        "IPUDONG_GATEWAY_MQTT_PORT": "0",
        "IPUDONG_GATEWAY_JT808_PORT": "0",
        **{f"IPUDONG_{key.upper()}": str(value) for key, value in settings.items()},
    }
    subprocess.run([sys.executable, "-c", prepare, *arguments], env=environment, check=True)
    command = [sys.executable, "-m", "ipudong", "gateway"]
    with started(command, environment, lambda: is_ready(http_port)) as process:
        yield http_port, process
