"""All quick checks, two at a time: `make check`. Prints what each took and why it failed."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
SOURCES = ("src", "tests", "bench", "tools", "conftest.py")


@dataclass(frozen=True)
class Check:
    """A named command; it passes when it ends with status 0."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


CHECKS = (
    Check("types", (f"{BIN}/mypy",)),
    Check("lint", (f"{BIN}/ruff", "check", *SOURCES)),
    Check("format", (f"{BIN}/ruff", "format", "--check", *SOURCES)),
    Check("imports", (f"{BIN}/lint-imports",)),
    Check("translations", (f"{BIN}/python", "tools/messages.py", "check")),
    Check("migrations", (f"{BIN}/ipudong", "django", "makemigrations", "--check", "--dry-run")),
    Check("reference", (f"{BIN}/python", "tools/reference.py", "check")),
    Check("browser code", ("npm", "run", "--silent", "check"), ROOT / "frontend"),
    Check("browser tests", ("npm", "run", "--silent", "test"), ROOT / "frontend"),
)


def run_check(check: Check) -> tuple[Check, int, float, str]:
    """The check's status, seconds and output."""
    started = time.monotonic()
    done = subprocess.run(  # commands are the constants above
        check.command,
        cwd=check.folder,
        env={**os.environ, "PATH": _path(), "IPUDONG_DISTRICT_DATA_DIR": str(ROOT / "var/check")},
        capture_output=True,
        text=True,
        check=False,
    )
    return check, done.returncode, time.monotonic() - started, done.stdout + done.stderr


def _path() -> str:
    node = subprocess.run(
        [ROOT / "tools/prepare-node"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return f"{node}:{os.environ['PATH']}"


def main() -> int:
    """Run the checks named on the command line, or all; 1 if any failed."""
    wanted = [check for check in CHECKS if check.name in sys.argv[1:] or not sys.argv[1:]]
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for check, status, seconds, output in pool.map(run_check, wanted):
            print(f"{'ok   ' if status == 0 else 'FAILS'} {check.name:<14} {seconds:5.1f} s")
            if status:
                failed += 1
                print(output.rstrip()[-12000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
