"""Starts a system: writes its folder from the template and adds its one line.

python tools/new_system.py parking --task 8 --title "Parking" --title-zh 停车
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = ROOT / "src" / "ipudong" / "systems"
INSTALLED = ROOT / "src" / "ipudong" / "config" / "installed.py"
TEMPLATE = Path(__file__).resolve().parent / "new_system_template"
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")


class RefusedError(Exception):
    """The system cannot be started; the text says why."""


def write_system(
    name: str, *, task: int, title: str, title_zh: str, systems: Path, installed: Path
) -> Path:
    """Write the folder `systems/name` and the line in `installed`; returns the folder."""
    if not NAME.fullmatch(name) or name in sys.stdlib_module_names:
        raise RefusedError(f"{name!r} will not do: lower-case letters, no standard module's name")
    folder = systems / name
    if folder.exists():
        raise RefusedError(f"{folder} is there already")
    words = {
        "@name@": name,
        "@Class@": name.title().replace("_", ""),
        "@task@": str(task),
        "@title@": title,
        "@title_zh@": title_zh,
    }
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file():
            target = folder / fill(source.relative_to(TEMPLATE).as_posix(), words)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.with_suffix(target.suffix.removesuffix(".in")).write_text(
                fill(source.read_text("utf-8"), words), "utf-8"
            )
    add_line(installed, name)
    return folder


def fill(text: str, words: dict[str, str]) -> str:
    """The text with every placeholder replaced."""
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text


def add_line(installed: Path, name: str) -> None:
    """Put the name among the installed systems, one a line, sorted."""
    text = installed.read_text("utf-8")
    match = re.search(r"SYSTEMS(?:: [^=]+)? = \(([^)]*)\)", text)
    if match is None:
        raise RefusedError(f"{installed} has no SYSTEMS")
    names = sorted({*re.findall(r'"(\w+)"', match[1]), name})
    lines = "".join(f'    "{each}",\n' for each in names)
    span = match.span(1)
    installed.write_text(f"{text[: span[0]]}\n{lines}{text[span[1] :]}", "utf-8")


def main() -> int:
    """Read the command line and write the system."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--task", type=int, required=True, help="Number of the plan's task.")
    parser.add_argument("--title", help="English title.")
    parser.add_argument("--title-zh", help="Chinese title.")
    given = parser.parse_args()
    title = given.title or given.name.replace("_", " ").capitalize()
    try:
        folder = write_system(
            given.name,
            task=given.task,
            title=title,
            title_zh=given.title_zh or title,
            systems=SYSTEMS,
            installed=INSTALLED,
        )
    except RefusedError as error:
        print(f"new-system: {error}", file=sys.stderr)
        return 1
    print(f"{folder.relative_to(ROOT)} is written and installed; next: `ipudong setup`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
