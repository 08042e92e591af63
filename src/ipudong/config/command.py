"""The `ipudong` command: each subcommand is a module of `config/commands`, loaded when used."""

import errno
import importlib
import os
import sys
from typing import Final, NoReturn

import click
from django.db import DatabaseError, OperationalError, ProgrammingError

from ipudong.config.startup import REFUSED_STATUS, start
from ipudong.options import OptionError, data_path
from ipudong.store.errors import StoreError

COMMANDS: Final = {
    "serve": "Start portal, gateway, worker and simulator together.",
    "portal": "Start the door of people alone.",
    "gateway": "Start the door of machines alone.",
    "worker": "Start the clock alone.",
    "simulate": "Send a simulated district, or real records, through the doors.",
    "setup": "Bring the database up to date, load the plan and the demonstration district.",
    "plan": "Show the plan board in the terminal.",
    "import": "Bring in places or records from a file.",
    "population": "Draw a synthetic population to import.",
    "verify": "Say whether a paper of the district is genuine.",
    "doctor": "Check the installation and say what to do.",
    "createaccount": "Open an account.",
    "options": "Print the reference of all settings.",
    "django": "Run a Django management command.",
}

UNUSABLE_FOLDER: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOTDIR}
WITHOUT_DJANGO: Final = {"serve", "portal", "simulate", "django", "population"}


class Subcommands(click.Group):
    """Loads only the subcommand that is asked for, so that starting stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in WITHOUT_DJANGO:
            start(cmd_name)
        module = importlib.import_module(f"ipudong.config.commands.{cmd_name}_command")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - a promise between our modules
        command.help = command.help or COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Subcommands)
@click.version_option(package_name="ipudong")
def entry() -> None:
    """iPudong runs a district."""


def main() -> None:
    """Run the command line; what a person can put right ends it with one clear line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
    try:
        entry()
    except OptionError as error:
        _refuse(f"setting {error}")
    except (OperationalError, ProgrammingError) as error:
        _refuse(explain_database(error))
    except StoreError as error:
        _refuse(f"{error}. `ipudong doctor` says what to do.")
    except OSError as error:
        if error.errno not in UNUSABLE_FOLDER:
            raise
        _refuse(f"{error.filename} cannot be used: {error.strerror}")


def explain_database(error: DatabaseError) -> str:
    """What a person can do about a database that cannot be used."""
    text = str(error)
    if "no such table" in text or "no such column" in text or "does not exist" in text:
        return "the district is not set up, or by an older version; run `ipudong setup`"
    return (
        f"the database cannot be used: {text}. See that {data_path()} exists, has room, and is "
        "yours to write; `ipudong doctor` says more"
    )


def _refuse(text: str) -> NoReturn:
    click.echo(f"ipudong: {text}", err=True)
    sys.exit(REFUSED_STATUS)
