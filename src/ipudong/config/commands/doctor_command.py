"""`ipudong doctor`: what is wrong here, and what to do about it."""

import sys
from collections.abc import Callable

import click
from django.db import DatabaseError
from rich.console import Console

from ipudong.config.doctor import CHECKS, Finding, check_audit


@click.command()
@click.option("--audit", is_flag=True, help="Verify the audit chain link by link.")
def command(audit: bool) -> None:
    console = Console()
    checks = (check_audit,) if audit else CHECKS
    failed = False
    for check in checks:
        finding = _find(check)
        mark = "[green]ok[/]" if finding.ok else "[red]fails[/]"
        console.print(f"{mark} {finding.subject}: {finding.text}", highlight=False)
        if not finding.ok:
            failed = True
            console.print(f"   [bold]do:[/] {finding.advice}", highlight=False)
    sys.exit(1 if failed else 0)


def _find(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except DatabaseError:  # what is wrong with it, the check of the database says
        return Finding(
            subject=check.__name__.removeprefix("check_"),
            ok=False,
            text="cannot be looked at without the database",
            advice="see the finding on the database",
        )
