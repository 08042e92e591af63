"""The ports a district wants, and which of them another program has already."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from ipudong.config.addresses import PORTAL_HOST, PORTAL_PORT
from ipudong.gateway.mqtt.options import HOST as MQTT_HOST
from ipudong.gateway.mqtt.options import PORT as MQTT_PORT
from ipudong.gateway.mqtt.options import TLS_CERTIFICATE, TLS_HOST, TLS_PORT
from ipudong.gateway.options import (
    HJ212_HOST,
    HJ212_PORT,
    HOST,
    JT808_HOST,
    JT808_PORT,
    PORT,
)
from ipudong.simulator.run import METRICS_PORT as SIMULATOR_PORT
from ipudong.worker.options import METRICS_PORT as WORKER_PORT

LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class WantedPort:
    """A port that a part listens on, and the setting that chooses it."""

    setting: str
    host: str
    port: int

    def is_taken(self) -> bool:
        """Whether another program listens there; port 0 is any free one."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                return error.errno == errno.EADDRINUSE
        return False


def list_wanted(*, simulated: bool) -> Iterator[WantedPort]:
    """The ports of all parts, as the settings say."""
    yield WantedPort(PORTAL_PORT.key, PORTAL_HOST.get(), PORTAL_PORT.get())
    yield WantedPort(PORT.key, HOST.get(), PORT.get())
    yield WantedPort(HJ212_PORT.key, HJ212_HOST.get(), HJ212_PORT.get())
    yield WantedPort(MQTT_PORT.key, MQTT_HOST.get(), MQTT_PORT.get())
    if TLS_CERTIFICATE.get():
        yield WantedPort(TLS_PORT.key, TLS_HOST.get(), TLS_PORT.get())
    yield WantedPort(JT808_PORT.key, JT808_HOST.get(), JT808_PORT.get())
    yield WantedPort(WORKER_PORT.key, LOCAL, WORKER_PORT.get())
    if simulated:
        yield WantedPort(SIMULATOR_PORT.key, LOCAL, SIMULATOR_PORT.get())


def list_taken(*, simulated: bool) -> list[WantedPort]:
    """Those of them on which another program listens."""
    return [wanted for wanted in list_wanted(simulated=simulated) if wanted.is_taken()]
