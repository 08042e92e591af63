"""Every codec survives coverage-guided fuzzing: each `*_fuzz.py` of this folder is a target."""

import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = sorted(Path(__file__).parent.glob("*_fuzz.py"))
SEED = 20261122

of_every_codec = pytest.mark.parametrize(
    "target", TARGETS, ids=lambda path: path.stem.removesuffix("_fuzz")
)


def fuzz(target: Path, *arguments: str, timeout_s: int) -> None:
    done = subprocess.run(
        [sys.executable, str(target), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "Done" in done.stderr  # libFuzzer's own word for having used up its runs


@of_every_codec
@pytest.mark.timeout(300)
def test_twenty_thousand_inputs_break_nothing(target: Path, tmp_path: Path) -> None:
    fuzz(target, "-runs=20000", f"-seed={SEED}", f"-artifact_prefix={tmp_path}/", timeout_s=290)


@of_every_codec
@pytest.mark.soak
@pytest.mark.timeout(1000)
def test_a_quarter_of_an_hour_breaks_nothing(target: Path, tmp_path: Path) -> None:
    fuzz(target, "-max_total_time=900", f"-artifact_prefix={tmp_path}/", timeout_s=990)
