"""Which broker the bridge speaks to."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ipudong.options import Option

DEFAULT_TOPICS: Final = ("v1/devices/+/#",)
SCHEMES: Final = {"mqtt": 1883, "mqtts": 8883}


def _check_url(value: str) -> None:
    parts = urlsplit(value)
    if value and (parts.scheme not in SCHEMES or not parts.hostname or parts.username):
        raise ValueError("must be mqtt://host:port or mqtts://host:port, without a password")


URL = Option(
    "gateway.mqtt_bridge_url",
    default="",
    doc="Broker to take device messages from as well: mqtt://host:1883 or mqtts://host:8883.",
    check=_check_url,
)
USER = Option("gateway.mqtt_bridge_user", default="", doc="User name at the other broker.")
PASSWORD = Option(
    "gateway.mqtt_bridge_password", default="", doc="Password at the other broker.", secret=True
)
CA = Option(
    "gateway.mqtt_bridge_ca",
    default="",
    doc="File with the authorities (PEM) that the other broker's certificate is checked against; "
    "empty means those of the system.",
)
TOPICS = Option(
    "gateway.mqtt_bridge_topics",
    default=DEFAULT_TOPICS,
    doc="Topic filters taken from the other broker; add spBv1.0/# for Sparkplug B and "
    "application/+/device/+/event/+ for ChirpStack.",
)
GROUP = Option(
    "gateway.mqtt_bridge_group",
    default="",
    doc="Share name with which several gateways divide the messages ($share/NAME/...). Empty for "
    "one gateway: Mosquitto 2.0 forgets shared subscriptions when it is killed, and NATS has none.",
)
CLIENT_ID = Option(
    "gateway.mqtt_bridge_client_id",
    default="ipudong-gateway",
    doc="Client id at the other broker, which keeps our session under it; each gateway needs its "
    "own.",
)
VERSION = Option(
    "gateway.mqtt_bridge_version",
    default="5",
    choices=("5", "3.1.1"),
    doc="MQTT version spoken to the other broker.",
)
RECEIVE_MAXIMUM = Option(
    "gateway.mqtt_bridge_receive_maximum",
    default=5000,
    doc="Messages of the other broker that may wait for their acknowledgement.",
)
SESSION_EXPIRY_S = Option(
    "gateway.mqtt_bridge_session_expiry_s",
    default=7 * 24 * 3600,
    doc="Seconds for which the other broker shall keep messages while we are away.",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how to connect. The password stays out of its repr by being read when needed."""

    host: str
    port: int
    tls: bool


def read_address(url: str) -> Address:
    """The address of `mqtt://host:port`."""
    parts = urlsplit(url)
    port = parts.port or SCHEMES[parts.scheme]
    return Address(parts.hostname or "", port, parts.scheme == "mqtts")


def list_filters() -> tuple[str, ...]:
    """The filters to subscribe to, shared where a group is set."""
    group = GROUP.get()
    return tuple(f"$share/{group}/{topic}" if group else topic for topic in TOPICS.get())
