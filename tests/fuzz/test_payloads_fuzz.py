"""Every payload decoder survives coverage-guided fuzzing."""

import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).parent / "payloads_fuzz.py"


def fuzz(*arguments: str, timeout_s: int) -> None:
    done = subprocess.run(
        [sys.executable, str(TARGET), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "Done" in done.stderr  # libFuzzer's own word for having used up its runs


@pytest.mark.timeout(300)
def test_twenty_thousand_payloads_break_nothing(tmp_path: Path) -> None:
    fuzz("-runs=20000", "-seed=8428", f"-artifact_prefix={tmp_path}/", timeout_s=290)


@pytest.mark.soak
@pytest.mark.timeout(1000)
def test_a_quarter_of_an_hour_breaks_nothing(tmp_path: Path) -> None:
    fuzz("-max_total_time=900", f"-artifact_prefix={tmp_path}/", timeout_s=990)
