"""`ipudong population FOLDER`: a synthetic population to import."""

from datetime import datetime
from pathlib import Path

import click

from ipudong.city.registry.rows import DISTRICT, read_places
from ipudong.simulator.population import organizations, people
from ipudong.simulator.population.files import write_batches


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--persons", default=5_700_000, show_default=True, help="How many persons.")
@click.option("--households", type=int, help="How many households; 2 for 5.7 persons if not given.")
@click.option("--organizations", "companies", default=400_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Another seed draws other people.")
@click.option(
    "--on",
    "day",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    default="2026-11-22",
    show_default=True,
    help="The day on which they are of their ages.",
)
def command(
    folder: Path,
    persons: int,
    households: int | None,
    companies: int,
    seed: int,
    day: datetime,
) -> None:
    """Write persons.arrow and organizations.arrow to FOLDER; nobody in them is real."""
    folder.mkdir(parents=True, exist_ok=True)
    areas = [
        people.Area(place.code, place.name_zh, min(place.area_km2, 40.0))
        for place in read_places()
        if place.kind != DISTRICT
    ]
    homes = households if households is not None else round(persons * 2 / 5.7)
    drawn = people.draw_people(persons, homes, areas, today=day.date(), seed=seed)
    companies_drawn = organizations.draw_organizations(
        companies, areas, today=day.date(), seed=seed
    )
    for name, schema, batches in (
        ("persons", people.SCHEMA, drawn),
        ("organizations", organizations.SCHEMA, companies_drawn),
    ):
        rows = write_batches(folder / f"{name}.arrow", schema, batches)
        click.echo(f"{folder / name}.arrow: {rows:,}")
