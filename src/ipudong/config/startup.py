"""What every subcommand does first: refuse unknown settings, set up logs, wake Django."""

import sys

import click
import django

from ipudong.config.declared import declared_keys
from ipudong.operations.log import configure_logs
from ipudong.options import find_unknown_options

REFUSED_STATUS = 2


def start(process: str) -> None:
    """Make the process ready; ends it with the list where a setting is unknown."""
    refuse_unknown_options()
    configure_logs(process)
    django.setup()


def refuse_unknown_options() -> None:
    """Stop with exit status 2 and the list of settings that no part declares."""
    unknown = find_unknown_options(declared_keys())
    if not unknown:
        return
    click.echo("ipudong: these settings are unknown; correct or remove them:", err=True)
    for line in unknown:
        click.echo(f"  {line}", err=True)
    click.echo("`ipudong options` lists all settings.", err=True)
    sys.exit(REFUSED_STATUS)
