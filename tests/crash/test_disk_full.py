"""A full disk: nothing is acknowledged, everyone says so, and room is all that heals it."""

import errno
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.counting import assert_nothing_lost, count_stored
from tests.running import District, fetch, fetch_readiness, running_district, wait_for

SIZE = "256m"  # what the ballast leaves must hold all the simulator still sends


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to be filled at once."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "ipudong-test", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(disk: Path) -> Path:
    """Leave no byte free; the file whose removal makes room again."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as stream:
        for size in (1 << 20, 1 << 12, 1):
            while _is_written(stream.fileno(), bytes(size)):
                pass
    return ballast


def _is_written(descriptor: int, data: bytes) -> bool:
    try:
        return os.write(descriptor, data) > 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False


def _is_refused(district: District) -> bool:
    """Whether the gateway says why it acknowledges nothing, while stations ask each second.

    What closing the journal or a seal frees meanwhile is filled first, so that it stays full.
    """
    _fill(district.folder)
    before = district.count_acknowledged()
    time.sleep(4)
    status, checks = fetch_readiness(district.gateway_url)
    is_named = status == 503 and "journal.full" in checks.get("journal", "")
    return is_named and district.count_acknowledged() == before


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_a_full_disk_stops_acknowledging_and_heals_by_room_alone(
    small_disk: Path, tmp_path: Path, prepared: Path
) -> None:
    with running_district(
        small_disk, like=prepared, logs=tmp_path, worker_seal_every_s=1
    ) as district:
        for part in ("gateway", "worker", "portal"):
            district.start(part)
        district.wait_until_ready(district.gateway_url)
        district.wait_until_ready(district.portal_url)
        district.start_simulator()
        district.wait_for_acknowledgements()

        wait_for(lambda: _is_refused(district), within_s=60, what="journal.full on /readyz")
        status, page = fetch(f"{district.portal_url}/", language="en")
        assert status in (200, 503), page
        assert sorted(district.list_running()) == ["gateway", "portal", "simulator", "worker"]

        (small_disk / "ballast").unlink()
        district.wait_for_acknowledgements()
        for url in (district.gateway_url, district.worker_url, district.portal_url):
            district.wait_until_ready(url)
        assert sorted(district.list_running()) == ["gateway", "portal", "simulator", "worker"]
        assert district.stop("simulator") == 0
        assert [district.stop(name) for name in ("gateway", "worker")] == [0, 0]
        district.stop_all()
        assert_nothing_lost(count_stored(district))
