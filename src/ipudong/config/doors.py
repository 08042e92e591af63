"""Where devices of each protocol connect, as people are told: public host, ports in force."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ipudong.gateway.mqtt.options import PORT as MQTT_PORT
from ipudong.gateway.options import HJ212_PORT, JT808_PORT


@dataclass(frozen=True, slots=True)
class DoorAddress:
    """Host and port of a listener; port 0 is one that is switched off."""

    host: str
    port: int


def door_addresses(gateway_url: str) -> dict[str, DoorAddress]:
    """The listeners of devices by protocol; HTTP is at the gateway's public address itself."""
    host = urlsplit(gateway_url).hostname or "127.0.0.1"
    ports = {"mqtt": MQTT_PORT.get(), "hj212": HJ212_PORT.get(), "jt808": JT808_PORT.get()}
    return {protocol: DoorAddress(host, port) for protocol, port in ports.items()}
