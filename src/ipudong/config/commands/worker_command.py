"""`ipudong worker`."""

import click

from ipudong.worker.run import run


@click.command()
def command() -> None:
    run()
