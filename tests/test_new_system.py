"""`make new-system` leaves a copy of the repository whose checks stay green."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = shutil.ignore_patterns(
    ".git", "var", "node_modules", "__pycache__", "*.egg-info", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis",
)  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as it stands, elsewhere, with the same environment."""
    target = tmp_path_factory.mktemp("house") / "main"
    shutil.copytree(ROOT, target, ignore=lambda d, n: {*SKIPPED(d, n), ".venv"} & set(n))
    (target / ".venv").symlink_to(ROOT / ".venv")
    (target / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
    return target


def _run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env={
            **os.environ,
            "PYTHONPATH": str(copy / "src"),
            "MYPYPATH": str(copy / "src"),
            "IPUDONG_DISTRICT_DATA_DIR": str(copy / "var"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(400)
@pytest.mark.xdist_group("heavy")
def test_a_new_system_is_written_and_all_checks_stay_green(copy: Path) -> None:
    written = _run(
        copy, "tools/new_system.py", "parking", "--task", "8", "--title", "Parking guidance",
        "--title-zh", "停车诱导",
    )  # fmt: skip
    assert written.returncode == 0, written.stderr
    assert '"parking"' in (copy / "src/ipudong/config/installed.py").read_text("utf-8")
    docs = _run(copy, "tools/reference.py", "write")
    assert docs.returncode == 0, docs.stderr
    checked = _run(copy, "tools/check.py")
    assert checked.returncode == 0, checked.stdout
    pages = _run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "src/ipudong/systems/parking"
    )
    assert pages.returncode == 0, pages.stdout + pages.stderr


def test_a_second_system_of_the_same_name_and_a_bad_name_are_refused(copy: Path) -> None:
    for name in ("environment", "json", "Parking", "../x"):
        refused = _run(copy, "tools/new_system.py", name, "--task", "1")
        assert refused.returncode == 1
        assert "new-system:" in refused.stderr
