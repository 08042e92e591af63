"""The gateway as the process that operators start and stop."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from ipudong.gateway.conftest import Template
from ipudong.gateway.hj212.tests.station_double import StationDouble
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.store.journal import SqliteJournal


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def wait_ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_stopped_gateway_commits_and_leaves_at_once(
    template: Template, tmp_path: Path, stop: signal.Signals
) -> None:
    (tmp_path / "ipudong.sqlite3").write_bytes(template.path.read_bytes())
    http_port, port = free_port(), free_port()
    environment = os.environ | {
        "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path),
        "IPUDONG_GATEWAY_PORT": str(http_port),
        "IPUDONG_GATEWAY_HJ212_PORT": str(port),
        "IPUDONG_GATEWAY_MQTT_PORT": "0",
        "IPUDONG_GATEWAY_JT808_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ipudong", "gateway", env=environment
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}") as http:
            await wait_ready(http)
        station = StationDouble()
        await station.connect(port)
        station.upload(6.5)
        await station.wait_acknowledged(1)
        began = time.monotonic()
        process.send_signal(stop)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        assert time.monotonic() - began < 10  # two seconds, and room for a busy machine
        await station.is_closed.wait()
    finally:
        if process.returncode is None:
            process.kill()
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    assert journal.stats().rows == len(FACTORS)
    journal.close()
