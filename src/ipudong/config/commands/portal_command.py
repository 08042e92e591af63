"""`ipudong portal`: the door of people under Granian."""

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from ipudong.config.addresses import PORTAL_HOST, PORTAL_PORT
from ipudong.options import Option

PORTAL_THREADS = Option(
    "portal.threads", default=8, doc="Requests that one portal process answers at a time."
)


@click.command()
def command() -> None:
    Server(
        "ipudong.config.wsgi:application",
        address=PORTAL_HOST.get(),
        port=PORTAL_PORT.get(),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=PORTAL_THREADS.get(),
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()
