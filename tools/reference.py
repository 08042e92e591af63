"""Reference pages made from the code: `write` them, or `check` that they are current."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
os.environ.setdefault("IPUDONG_DISTRICT_DATA_DIR", str(ROOT / "var" / "check"))

import click  # noqa: E402 - the settings must be named before Django is imported
import django  # noqa: E402

django.setup()

from django.utils import translation  # noqa: E402

from ipudong.city.identity.permits import declared_permits  # noqa: E402
from ipudong.city.identity.roles import ROLES  # noqa: E402
from ipudong.config.command import entry  # noqa: E402
from ipudong.config.declared import import_declaring_modules  # noqa: E402
from ipudong.config.options_page import render_options  # noqa: E402

MADE = "Made by `make docs` from the code; do not edit.\n"


def settings_page() -> str:
    """All settings."""
    import_declaring_modules()
    return render_options()


def commands_page() -> str:
    """The `ipudong` command and its subcommands, as they describe themselves."""
    parts = ["# The `ipudong` command\n", MADE]
    context = click.Context(entry, info_name="ipudong")
    for name in entry.list_commands(context):
        command = entry.get_command(context, name)
        if command is None or name == "django":
            continue
        usage = command.get_help(click.Context(command, info_name=name, parent=context))
        parts.append(f"\n## ipudong {name}\n\n```text\n{usage}\n```\n")
    return "".join(parts)


def permissions_page() -> str:
    """Which role may do what."""
    codes = [role.code for role in ROLES]
    parts = ["# Permissions\n\n", MADE]
    parts.append("\nWhat no row allows is denied. An administrator may change rows at run time.\n")
    parts.append(f"\n| action | {' | '.join(codes)} |\n|---|{'---|' * len(codes)}\n")
    for action, permit in sorted(declared_permits().items()):
        marks = " | ".join("yes" if code in permit.roles else "" for code in codes)
        parts.append(f"| `{action}` {permit.title} | {marks} |\n")
    return "".join(parts)


RENDERED: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "permissions.md": permissions_page,
}


def main() -> int:
    """Write all pages, or say which are out of date."""
    stale = []
    with translation.override("en"):
        for name, render in RENDERED.items():
            path, text = PAGES / name, render()
            if sys.argv[1] == "write":
                path.write_text(text, "utf-8")
            elif not path.is_file() or path.read_text("utf-8") != text:
                stale.append(name)
    for name in stale:
        print(f"docs/reference/{name} is out of date: run `make docs`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
