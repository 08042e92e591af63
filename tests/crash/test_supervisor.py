"""`ipudong serve` as a whole: the dead come back, Ctrl-C leaves nothing, taken ports are named."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.running import District, get_status, list_children, running_district, wait_for

STOP_WITHIN_S = 10.0
COMMANDS = {"portal": "portal", "gateway": "gateway", "worker": "worker", "simulator": "simulate"}


@pytest.fixture
def district(tmp_path: Path, prepared: Path) -> Iterator[District]:
    """A district under its supervisor."""
    with running_district(tmp_path, like=prepared) as running:
        running.start("serve")
        _wait_until_up(running)
        yield running


def _wait_until_up(district: District) -> None:
    wait_for(lambda: "iPudong is up" in district.log("serve"), within_s=60, what="is up")
    for url in (district.portal_url, district.gateway_url, district.worker_url):
        district.wait_until_ready(url)
    wait_for(lambda: get_status(f"{district.simulator_url}/healthz") == 200, within_s=60)


def _find_part(district: District, name: str) -> psutil.Process:
    """The process that the supervisor started for a part."""
    supervisor = psutil.Process(district.processes["serve"].pid)
    return next(
        child for child in supervisor.children() if child.cmdline()[-1:] == [COMMANDS[name]]
    )


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_every_killed_part_is_named_and_comes_back_and_an_interrupt_leaves_nothing(
    district: District,
) -> None:
    killed = {name: _find_part(district, name).pid for name in COMMANDS}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    for name in COMMANDS:
        wait_for(
            lambda name=name: f"{name} ended with signal SIGKILL" in district.log("serve"),
            within_s=20,
            what=f"{name} is named",
        )
    _wait_until_up(district)
    assert all(_find_part(district, name).pid != pid for name, pid in killed.items())

    everything = [district.processes["serve"].pid, *list_children(district.processes["serve"].pid)]
    began = time.monotonic()
    district.processes["serve"].send_signal(signal.SIGINT)
    assert district.processes["serve"].wait(STOP_WITHIN_S) == 0, district.log("serve")
    print(f"stopped in {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure
    assert [pid for pid in everything if psutil.pid_exists(pid)] == []
    assert _list_our_processes(district) == []
    assert "did not stop in time" not in district.log("serve")


def _list_our_processes(district: District) -> list[list[str]]:
    """Command lines of whatever still works on this district's data, orphans too."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            folder = process.environ().get("IPUDONG_DISTRICT_DATA_DIR")
        except psutil.Error:
            continue
        if folder == str(district.folder):
            found.append(process.info["cmdline"])
    return found


@pytest.mark.crash
@pytest.mark.timeout(120)
def test_a_closed_terminal_leaves_nothing_behind(district: District) -> None:
    district.processes["serve"].send_signal(signal.SIGHUP)
    assert district.processes["serve"].wait(STOP_WITHIN_S) == 0, district.log("serve")
    assert _list_our_processes(district) == []


@pytest.mark.crash
def test_a_taken_port_is_one_plain_line_and_nothing_starts(tmp_path: Path, prepared: Path) -> None:
    with (
        running_district(tmp_path, like=prepared) as district,
        closing(socket.socket()) as other,
    ):
        other.bind(("127.0.0.1", district.station_port))
        other.listen()
        district.start("serve")
        assert district.processes["serve"].wait(30) == 2
        lines = district.log("serve").splitlines()
        assert lines == [
            f"ipudong: 127.0.0.1:{district.station_port} is taken by another program; end it, "
            "or set gateway.hj212_port to a free port"
        ]
