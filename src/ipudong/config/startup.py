"""What every subcommand does first: set up logs, wake Django, refuse unknown settings."""

import sys

import click
import django

from ipudong.config.declared import import_declaring_modules
from ipudong.operations.log import configure_logs
from ipudong.options import declared_options, find_unknown_options

REFUSED_STATUS = 2


def start(process: str) -> None:
    """Make the process ready; ends it with the list where a setting is unknown."""
    configure_logs(process)
    django.setup()
    refuse_unknown_options()


def refuse_unknown_options() -> None:
    """Stop with exit status 2 and the list of settings that no part declares."""
    import_declaring_modules()
    unknown = find_unknown_options(option.key for option in declared_options())
    if not unknown:
        return
    click.echo("ipudong: these settings are unknown; correct or remove them:", err=True)
    for line in unknown:
        click.echo(f"  {line}", err=True)
    click.echo("`ipudong options` lists all settings.", err=True)
    sys.exit(REFUSED_STATUS)
