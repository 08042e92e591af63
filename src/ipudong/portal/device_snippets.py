"""What to type so that a device speaks to this district: true for its host, ports and identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from ipudong.city.sensing.models import Thing

TOKEN_PLACE = "TOKEN"  # noqa: S105 - stands where the token goes


@dataclass(frozen=True)
class Snippet:
    """Lines to copy and what they do."""

    title: str
    text: str


def list_snippets(thing: Thing, secret: str = "") -> list[Snippet]:
    """How the thing connects; `secret` is its token or password where it is shown now."""
    secret = secret or TOKEN_PLACE
    writers: Mapping[str, Any] = {
        "mqtt": _mqtt,
        "http": _http,
        "hj212": _hj212,
        "jt808": _jt808,
    }
    writer = writers.get(thing.protocol)
    return writer(thing.identity, secret) if writer else []


def _mqtt(identity: str, secret: str) -> list[Snippet]:
    door = settings.IPUDONG_DOORS["mqtt"]
    if not door.port:
        return [Snippet(_("Address"), _("MQTT is switched off here (gateway.mqtt_port)."))]
    folder = f"v1/devices/{identity.replace('/', '%2F')}"
    access = f"-h {door.host} -p {door.port} -V 5 -u '{identity}' -P '{secret}'"
    reading = '{"temperature": 21.5, "humidity": 48}'
    return [
        Snippet(
            _("Send a reading (Mosquitto client)"),
            f"mosquitto_pub {access} -q 1 -t '{folder}/telemetry' -m '{reading}'",
        ),
        Snippet(
            _("Report the firmware"),
            f"mosquitto_pub {access} -q 1 -t '{folder}/attributes' "
            """-m '{"firmware": "1.0.0"}'""",
        ),
        Snippet(_("Receive commands"), f"mosquitto_sub {access} -q 1 -t '{folder}/#' -v"),
    ]


def _http(identity: str, secret: str) -> list[Snippet]:
    base = settings.IPUDONG_GATEWAY_URL
    line = f"room,device={identity} temperature=21.5,humidity=48"
    return [
        Snippet(
            _("Send a reading (line protocol)"),
            f"curl -i -X POST '{base}/api/v2/write?precision=s' \\\n"
            f"  -H 'Authorization: Token {secret}' \\\n  --data-binary '{line}'",
        )
    ]


def _hj212(identity: str, secret: str) -> list[Snippet]:
    door = settings.IPUDONG_DOORS["hj212"]
    rows = (
        (_("Server"), f"{door.host}:{door.port} (TCP)"),
        ("MN", identity),
        ("PW", secret),
    )
    return [_settings(rows)]


def _jt808(identity: str, secret: str) -> list[Snippet]:
    door = settings.IPUDONG_DOORS["jt808"]
    rows = (
        (_("Server"), f"{door.host}:{door.port} (TCP)"),
        (_("Terminal number"), identity),
        (_("Authentication code"), secret),
    )
    return [_settings(rows)]


def _settings(rows: tuple[tuple[str, str], ...]) -> Snippet:
    text = "\n".join(f"{name}: {value}" for name, value in rows)
    return Snippet(_("Enter in the device"), text)
