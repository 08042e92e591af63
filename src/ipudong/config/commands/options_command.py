"""`ipudong options`: the reference of all settings."""

import click

from ipudong.config.declared import import_declaring_modules
from ipudong.config.options_page import render_options


@click.command()
def command() -> None:
    import_declaring_modules()
    click.echo(render_options(), nl=False)
