"""kill -9 of clerks in the middle of a step: no step is lost, none is done twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "casework_steps.py"
TURNS, CASES, KILLS = 3, 8, 8


@pytest.mark.crash
@pytest.mark.timeout(200)
def test_a_killed_step_is_neither_lost_nor_done_twice(tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("IPUDONG_")}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path),
        "IPUDONG_FILE": str(tmp_path / "none.toml"),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(KILLS), "20261122"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["killed"] >= KILLS // 2
    assert found["ended"] == [0, 0]
    assert found["cases"] == [["closed", "approved"]] * CASES
    assert found["visits"] == [TURNS] * (CASES * 2)
    for name, each in (("task_completed", TURNS * 2), ("service_done", TURNS), ("closed", 1)):
        assert found["events"][name] == [each] * CASES, name
    assert found["papers"] == CASES * TURNS
    assert set(found["gaps"]) == {0}
    assert found["reported_twice"] == 0
