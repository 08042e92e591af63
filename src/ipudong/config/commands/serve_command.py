"""`ipudong serve`: all parts of a district under one supervisor, in one terminal."""

import os
import subprocess
import sys
import threading
import time

import click
from rich.console import Console
from rich.text import Text

from ipudong.config.announcement import announce, wait_until_ready
from ipudong.config.ports import list_taken
from ipudong.config.stamp import is_set_up
from ipudong.config.startup import REFUSED_STATUS, refuse_unknown_options
from ipudong.config.supervisor import Part, Supervisor
from ipudong.options import Option

SIMULATE = Option(
    "serve.simulate",
    default=True,
    doc="Run the simulator beside the real doors; set false once real devices report.",
)
COLORS = {"portal": "cyan", "gateway": "green", "worker": "yellow", "simulator": "magenta"}


@click.command()
@click.option("--simulate/--no-simulate", default=None, help="Run the simulator too.")
def command(simulate: bool | None) -> None:
    """Start portal, gateway, worker and simulator together; Ctrl-C stops all of them."""
    refuse_unknown_options()
    console = Console(stderr=True, highlight=False)
    simulated = SIMULATE.get() if simulate is None else simulate
    _refuse_taken_ports(simulated)
    started = time.monotonic()
    _set_up(simulated)
    environment = {**os.environ, "IPUDONG_OPERATIONS_LOG_FORMAT": _log_format(console)}
    parts = [Part(name, (name,), environment) for name in ("portal", "gateway", "worker")]
    if simulated:
        parts.append(Part("simulator", ("simulate",), environment))
    supervisor = Supervisor(parts, lambda part, line: _say(console, part, line))
    supervisor.stop_on_signals()
    watcher = _announce_when_ready(console, simulated, started)
    supervisor.run()
    watcher.join(timeout=1)
    console.print("[dim]supervisor[/] everything has stopped; nothing acknowledged is lost")


def _refuse_taken_ports(simulated: bool) -> None:
    taken = list_taken(simulated=simulated)
    for each in taken:
        click.echo(
            f"ipudong: {each.host}:{each.port} is taken by another program; end it, or set "
            f"{each.setting} to a free port",
            err=True,
        )
    if taken:
        sys.exit(REFUSED_STATUS)


def _set_up(simulated: bool) -> None:
    if is_set_up(demo=simulated):
        return
    arguments = ["setup", "--demo" if simulated else "--no-demo"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "ipudong", *arguments], check=False
    )
    if done.returncode:
        sys.exit(done.returncode)


def _log_format(console: Console) -> str:
    given = os.environ.get("IPUDONG_OPERATIONS_LOG_FORMAT")
    return given or ("terminal" if console.is_terminal else "json")


def _say(console: Console, part: str, line: str) -> None:
    label = Text(f"{part:<10} ", style=COLORS.get(part, "bold red"))
    console.print(label + Text.from_ansi(line), soft_wrap=True)


def _announce_when_ready(console: Console, simulated: bool, started: float) -> threading.Thread:
    def watch() -> None:
        if wait_until_ready():
            announce(console, simulated=simulated, took_s=time.monotonic() - started)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread
