"""`ipudong gateway`."""

import click

from ipudong.gateway.run import run


@click.command()
def command() -> None:
    run()
