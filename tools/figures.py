"""Runs the benchmarks and writes the page of figures from what they print.

    python tools/figures.py            run all, write docs/reference/figures.md
    python tools/figures.py journal    run one, keep the others' last figures

Each benchmark ends with one JSON line: {"bench": …, "figures": {…}, "ratio": …, "beside": …}.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "reference" / "figures.json"
PAGE = ROOT / "docs" / "reference" / "figures.md"
BENCHES = sorted(path.stem for path in (ROOT / "bench").glob("*.py"))
HEAD = """# Figures

Made by `make bench` from what the benchmarks print; do not edit. Machines are noisy: read the
ratio, which compares with something else in the same run, before the absolute figure.
"""


def run_bench(name: str) -> dict[str, Any]:
    """The last JSON line that a benchmark printed, with when and where it ran."""
    print(f"running {name} …", flush=True)
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / f"{name}.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(f"bench/{name}.py failed:\n{done.stdout}{done.stderr}")
    line = next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{"))
    print(line)
    return {
        **json.loads(line),
        "ran_on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}",
    }


def render(results: dict[str, dict[str, Any]]) -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for name, result in sorted(results.items()):
        parts.append(f"\n## {name}\n\n`python bench/{name}.py`, {result['ran_on']}, ")
        parts.append(f"{result['machine']}.\n\n| figure | value |\n|---|---|\n")
        parts += [f"| {key} | {_plain(value)} |\n" for key, value in result["figures"].items()]
        parts.append(f"| **ratio** {result.get('beside', '')} | **{_plain(result['ratio'])}** |\n")
    return "".join(parts)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    """Run what is asked for and write results and page."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    for name in sys.argv[1:] or BENCHES:
        results[name] = run_bench(name)
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(render(results), "utf-8")


if __name__ == "__main__":
    main()
