"""`ipudong import WHAT FILE`: places, or what a system's manifest can import."""

import csv
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from ipudong.city.identity.actors import system_actor
from ipudong.city.manifest import Importer, ImportReport, installed
from ipudong.config.imports import HOUSE_IMPORTERS

REJECTS_SHOWN = 50


def _importers() -> dict[str, Importer]:
    rows = [*HOUSE_IMPORTERS, *(row for system in installed() for row in system.importers)]
    return {row.name: row for row in rows}


def _names(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value not in _importers():
        raise click.BadParameter(f"one of {', '.join(sorted(_importers()))}")
    return value


@click.command()
@click.argument("what", callback=_names)
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all rejected rows to this CSV file.",
)
def command(what: str, path: Path, rejects: Path | None) -> None:
    """Import WHAT from the file PATH; rejected rows are listed with line and reason."""
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        task = progress.add_task(what, total=None)
        report = _importers()[what].run(
            path,
            system_actor("console"),
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    _print_report(console, report)
    if rejects is not None:
        with rejects.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("line", "reason"), *report.rejects])


def _print_report(console: Console, report: ImportReport) -> None:
    console.print(f"accepted {report.accepted}, rejected {report.rejected}", highlight=False)
    for finding in report.findings:
        console.print(f"  found: {finding}", highlight=False, markup=False)
    for line, reason in report.rejects[:REJECTS_SHOWN]:
        console.print(f"  line {line}: {reason}", highlight=False, markup=False)
    if len(report.rejects) > REJECTS_SHOWN:
        console.print(f"  … and {len(report.rejects) - REJECTS_SHOWN} more; use --rejects FILE")
