"""The `ipudong` command: each subcommand is a module of `config/commands`, loaded when used."""

import importlib
import os
import sys
from typing import Final

import click

from ipudong.config.startup import start
from ipudong.options import OptionError

COMMANDS: Final = {
    "serve": "Start portal, gateway, worker and simulator together.",
    "portal": "Start the door of people alone.",
    "gateway": "Start the door of machines alone.",
    "worker": "Start the clock alone.",
    "simulate": "Send a simulated district, or real records, through the doors.",
    "setup": "Bring the database up to date, load the plan and the demonstration district.",
    "plan": "Show the plan board in the terminal.",
    "import": "Bring in places or records from a file.",
    "doctor": "Check the installation and say what to do.",
    "createaccount": "Open an account.",
    "options": "Print the reference of all settings.",
    "django": "Run a Django management command.",
}

WITHOUT_DJANGO: Final = {"serve", "simulate", "django"}


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
    """Run the command line; a setting that cannot be used ends it with one clear line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
    try:
        entry()
    except OptionError as error:
        click.echo(f"ipudong: setting {error}", err=True)
        sys.exit(2)
