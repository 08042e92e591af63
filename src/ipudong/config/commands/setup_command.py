"""`ipudong setup`: bring a district's data up to date."""

from pathlib import Path

import click
from rich.console import Console

from ipudong.config.district import set_up_district
from ipudong.config.district_scale import DEMO_SCALE


@click.command()
@click.option("--demo/--no-demo", default=True, help="Load the demonstration district.")
@click.option("--scale", default=None, type=int, help="One simulated device stands for so many.")
@click.option(
    "--replay-stations",
    "replay",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Make known the real stations whose records `simulate --replay` sends from this folder.",
)
def command(demo: bool, scale: int | None, replay: Path | None) -> None:
    console = Console(stderr=True)
    set_up_district(
        demo_scale=(scale or DEMO_SCALE.get()) if demo else None,
        replay=replay,
        say=lambda line: console.print(f"[dim]setup[/] {line}"),
    )
