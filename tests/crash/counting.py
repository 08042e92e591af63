"""What a district kept of what it acknowledged, counted by a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running import District

COUNT_SCRIPT = Path(__file__).with_name("count_stored.py")


def count_stored(district: District) -> dict[str, Any]:
    """The figures of `count_stored.py` for all ledgers; nothing of the district may run."""
    done = subprocess.run(
        [sys.executable, COUNT_SCRIPT, *district.ledgers],
        env={**district.environment, "DJANGO_SETTINGS_MODULE": "ipudong.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def assert_nothing_lost(found: dict[str, Any], at_least: int = 200) -> None:
    """No acknowledged reading lost, changed or counted twice, and the summaries agree."""
    assert found["acknowledged"] >= at_least, found
    assert found["lost"] == 0, found
    assert found["changed"] == 0, found
    assert found["acknowledged_digest"] == found["stored_digest"], found
    assert found["sealed_twice"] == 0, found
    assert found["history_differs"] == 0, found
    assert found["observations_hour_differs"] == 0, found
    assert found["observations_day_differs"] == 0, found
