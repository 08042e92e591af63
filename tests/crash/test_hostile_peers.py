"""Hostile peers at the real port: they are limited, memory is bounded, a good station unhurt."""

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.crash.station_by_hand import StationByHand, choose_station, frame
from tests.running import District, fetch, get_status, running_district, wait_for

MIB = 1024 * 1024
MEMORY_MARGIN_BYTES = 96 * MIB  # what a busy gateway may come to hold beyond a fresh one
LONG_LINE_BYTES = 10 * MIB
HOST = "127.0.0.9"  # the good station's network is not the hostile ones'


class GoodStation:
    """Uploads until told to stop, from an address of its own, and counts what comes of it."""

    def __init__(self, port: int) -> None:
        self._station = StationByHand(port, *choose_station(), source=HOST)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.sent = self.acknowledged = 0
        self.slowest_s = 0.0

    def __enter__(self) -> "GoodStation":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._station.close()

    def _work(self) -> None:
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        while not self._stop.is_set():
            began = time.monotonic()
            self.sent += 1
            self.acknowledged += self._station.upload(
                at=at + timedelta(seconds=self.sent), value=20.0, within_s=30
            )
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            time.sleep(0.02)


@pytest.fixture
def district(tmp_path: Path, prepared: Path) -> Iterator[District]:
    """A gateway alone, which gives up an unfinished frame after three seconds."""
    settings = {"gateway_hj212_frame_timeout_s": 3}
    with running_district(tmp_path, like=prepared, **settings) as running:
        running.start("gateway")
        running.wait_until_ready(running.gateway_url)
        yield running


def _connect(district: District) -> socket.socket:
    return socket.create_connection(("127.0.0.1", district.station_port), timeout=10)


def _send_long_line(district: District) -> None:
    with _connect(district) as peer, contextlib.suppress(OSError):
        peer.sendall(b"##9999" + b"x" * LONG_LINE_BYTES)
        peer.sendall(b"y" * LONG_LINE_BYTES)


def _flood(district: District, data: bytes, times: int) -> bool:
    """Send the same bytes again and again; whether the gateway ended the connection."""
    with _connect(district) as peer:
        peer.settimeout(0.01)
        for _ in range(times):
            try:
                peer.sendall(data)
                with contextlib.suppress(TimeoutError):
                    if not peer.recv(65536):
                        return True
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


def _trickle(district: District, peers: int) -> list[socket.socket]:
    """Connections that each begin a frame and then send a byte a second."""
    trickling = [_connect(district) for _ in range(peers)]
    for _ in range(5):
        for peer in trickling:
            with contextlib.suppress(OSError):
                peer.sendall(b"#")
        time.sleep(1)
    return trickling


def _is_closed(peer: socket.socket) -> bool:
    peer.settimeout(0.01)
    try:
        return peer.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def _segment(mn: str, pw: str) -> str:
    head = f"QN=20261122120000001;ST=22;CN=2011;PW={pw};MN={mn};Flag=5;"
    return f"{head}CP=&&DataTime=20261122120000;a34004-Rtd=1.0,a34004-Flag=N&&"


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_hostile_peers_are_limited_and_a_good_station_is_unhurt(district: District) -> None:
    mn, pw, _ = choose_station(1)
    with GoodStation(district.station_port) as good:
        wait_for(lambda: good.acknowledged > 5, within_s=20)
        before = district.count_memory_bytes("gateway")
        _send_long_line(district)
        assert _flood(district, frame(_segment(mn, pw), spoil=1) * 5, 200), "wrong CRC"
        strangers = b"".join(frame(_segment(f"STRANGER{n:016d}", "123456")) for n in range(50))
        assert _flood(district, strangers, 400), "unknown MN"
        assert _flood(district, frame(_segment(mn, "000000")) * 50, 400), "wrong PW"
        with ExitStack() as stack:
            peers = [stack.enter_context(peer) for peer in _trickle(district, 50)]
            wait_for(lambda: all(map(_is_closed, peers)), within_s=10, what="slow-loris ended")
        held = district.count_memory_bytes("gateway") - before
        rest = good.sent
        wait_for(lambda: good.sent > rest + 5, within_s=20)
    assert good.acknowledged == good.sent
    assert held < MEMORY_MARGIN_BYTES, f"{held / MIB:.0f} MiB more than before"
    assert get_status(f"{district.gateway_url}/readyz") == 200
    print(  # noqa: T201 - the test's figures
        f"good: {good.acknowledged}/{good.sent}, slowest {good.slowest_s:.2f} s; "
        f"memory +{held / MIB:.1f} MiB"
    )


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_five_thousand_connections_from_one_address_do_not_hurt_others(district: District) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 12_000:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (12_000, hard))
    try:
        _crowd(district)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _crowd(district: District) -> None:
    with GoodStation(district.station_port) as good, ExitStack() as stack:
        wait_for(lambda: good.acknowledged > 5, within_s=20)
        before = district.count_memory_bytes("gateway")
        peers = [stack.enter_context(_connect(district)) for _ in range(5000)]
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.sendall(b"##0100QN=")
        wait_for(lambda: sum(map(_is_closed, peers)) >= 5000 - 256, within_s=60, what="refused")
        held = district.count_memory_bytes("gateway") - before
        rest = good.sent
        wait_for(lambda: good.sent > rest + 50, within_s=30)
    assert good.acknowledged == good.sent
    assert held < MEMORY_MARGIN_BYTES
    refused = [
        line
        for line in fetch(f"{district.gateway_url}/metrics")[1].splitlines()
        if "too_many_from_peer" in line
    ]
    print(  # noqa: T201 - the soak's figures
        f"good: {good.acknowledged}/{good.sent}, slowest {good.slowest_s:.2f} s; "
        f"memory +{held / MIB:.1f} MiB; {refused}"
    )
