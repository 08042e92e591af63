"""A child asked to die with its parent does."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import time
from ipudong.operations.lifeline import die_with_parent
die_with_parent()
open({ready!r}, "w").close()
time.sleep(60)
"""


def test_a_killed_parent_takes_its_child_along(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD.format(ready=str(ready))],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 20
        while not ready.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        parent.kill()
        parent.wait()
        gone, alive = psutil.wait_procs([child], timeout=10)
    assert alive == []
    assert gone
