"""`ipudong options`: the reference of all settings."""

import click

from ipudong.config.options_page import render_options


@click.command()
def command() -> None:
    click.echo(render_options(), nl=False)
