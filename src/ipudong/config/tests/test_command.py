"""What a person can put right ends a command with one plain line, never with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`ipudong WORDS` on a data folder, as a shell would run it."""
    return subprocess.run(
        [sys.executable, "-m", "ipudong", *words],
        env={**os.environ, "IPUDONG_DISTRICT_DATA_DIR": str(folder), "IPUDONG_FILE": "none.toml"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("createaccount", "somebody", "--role", "clerk", "--password", "a river in the east 9"),
        ("import", "places", "{places}"),
    ],
    ids=lambda words: words[0],
)
def test_before_setup_a_command_says_to_run_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    places = tmp_path / "places.geojson"
    places.write_text('{"type": "FeatureCollection", "features": []}')
    done = run(tmp_path / "var", *(word.format(places=places) for word in words))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith("run `ipudong setup`")


def test_before_setup_the_doctor_finishes_its_round(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "run `ipudong setup`" in done.stdout
    assert "fails audit" in done.stdout
    assert "Traceback" not in done.stderr


def test_setup_names_a_database_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "ipudong.sqlite3").mkdir()
    done = run(tmp_path, "setup", "--no-demo")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("ipudong: the database cannot be used")
    assert str(tmp_path) in done.stderr


def test_setup_names_a_folder_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("not a folder")
    done = run(tmp_path / "var" / "district", "setup", "--no-demo")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "var" in done.stderr.splitlines()[-1]
