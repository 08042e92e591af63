"""`ipudong portal`: the door of people under Granian."""

import importlib

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from ipudong.config.addresses import PORTAL_HOST, PORTAL_PORT
from ipudong.config.startup import refuse_unknown_options
from ipudong.options import Option

PORTAL_THREADS = Option(
    "portal.threads", default=8, doc="Requests that one portal process answers at a time."
)


@click.command()
def command() -> None:
    # Only the web server's worker wakes Django: doing so here too would double the time to start.
    # Reading the settings is enough to refuse one that cannot be used.
    refuse_unknown_options()
    importlib.import_module("ipudong.config.settings")
    Server(
        "ipudong.config.wsgi:application",
        address=PORTAL_HOST.get(),
        port=PORTAL_PORT.get(),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=PORTAL_THREADS.get(),
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()
