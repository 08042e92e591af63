"""`ipudong plan`: the board in the terminal."""

from datetime import UTC, datetime

import click
from rich.console import Console

from ipudong.city.plan.queries import board
from ipudong.city.plan.terminal import render_board


@click.command()
@click.option("--language", type=click.Choice(["zh-hans", "en"]), default="zh-hans")
def command(language: str) -> None:
    Console().print(render_board(board(as_of=datetime.now(UTC)), language))
