"""`ipudong doctor`: what is wrong here, and what to do about it."""

import sys

import click
from rich.console import Console

from ipudong.config.doctor import CHECKS, check_audit


@click.command()
@click.option("--audit", is_flag=True, help="Verify the audit chain link by link.")
def command(audit: bool) -> None:
    console = Console()
    checks = (check_audit,) if audit else CHECKS
    failed = False
    for check in checks:
        finding = check()
        mark = "[green]ok[/]" if finding.ok else "[red]fails[/]"
        console.print(f"{mark} {finding.subject}: {finding.text}", highlight=False)
        if not finding.ok:
            failed = True
            console.print(f"   [bold]do:[/] {finding.advice}", highlight=False)
    sys.exit(1 if failed else 0)
