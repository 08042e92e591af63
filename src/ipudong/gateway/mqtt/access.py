"""Who a client is, and which topics are its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.credentials import CERTIFICATE
from ipudong.city.sensing.directory import Device
from ipudong.gateway.api.access import Desk
from ipudong.protocols.mqtt.packets import Connect
from ipudong.protocols.mqtt.topics import covers, split_share

PROTOCOL: Final = "mqtt"
TOKEN_USER: Final = "token"  # noqa: S105 - the user name that says: my password is an API token
VIEW: Final = "sensing.view_things"
POST: Final = "sensing.post_observations"

DEVICES: Final = "v1/devices/"
SLASH: Final = "%2F"
SPARKPLUG_STATE: Final = (
    "spBv1.0/STATE/+"  # whether the primary host is there (Sparkplug 3.0, 6.4.4)
)
MAX_IDENTITY: Final = 64  # what the directory keeps
# What a device may publish below its own folder; an answer also names its command.
OWN_TOPICS: Final = frozenset({"telemetry", "attributes", "events"})
_FOR_VIEWERS: Final = ("v1/#", "v1.1/#", "$SYS/#")


@dataclass(frozen=True, slots=True)
class Rights:
    """What an integrator's token allows."""

    actor: Actor
    may_view: bool
    may_post: bool


def identity_of(connect: Connect) -> str:
    """What a client calls itself: the user name, or the client identifier where there is none."""
    return connect.client_id if connect.username is None else connect.username


def is_identity(text: str) -> bool:
    """Whether it can name a folder of topics, so that one device's is not another's.

    A Sparkplug edge node has a slash in its identity; in the name of its folder it is `%2F`.
    """
    return bool(text) and len(text) <= MAX_IDENTITY and not set(text) & set("%+#\n\r\0")


def is_token(connect: Connect) -> bool:
    """Whether an integrator's API token is offered."""
    return connect.username == TOKEN_USER


def list_offered(connect: Connect, fingerprint: str) -> list[str]:
    """What a device proves itself with: its certificate's fingerprint, its password, or both.

    A fingerprint is no secret, so one that is told as a password proves nothing.
    """
    password = (connect.password or b"").decode(errors="replace")
    offered = [] if password.startswith(CERTIFICATE) else [password]
    return [CERTIFICATE + fingerprint, *offered] if fingerprint else offered


def accepts(device: Device, connect: Connect, fingerprint: str) -> bool:
    """Whether a device's credential is met."""
    return any(device.accepts(offered) for offered in list_offered(connect, fingerprint))


async def find_rights(desk: Desk, token: str) -> Rights | None:
    """What a token allows, None when it is not a valid one."""
    if not token:
        return None
    actor, may_view = await desk.ask(token, VIEW)
    if actor is None:
        return None
    _, may_post = await desk.ask(token, POST)
    return Rights(actor, may_view, may_post)


def folder_of(identity: str) -> str:
    """Where a device's own topics begin."""
    return f"{DEVICES}{identity.replace('/', SLASH)}/"


def split_device_topic(topic: str) -> tuple[str, str] | None:
    """Identity and the rest of `v1/devices/{identity}/…`, None for other topics."""
    if not topic.startswith(DEVICES):
        return None
    identity, slash, rest = topic[len(DEVICES) :].partition("/")
    return (identity.replace(SLASH, "/"), rest) if identity and slash else None


def is_answer(rest: str) -> bool:
    """Whether it is `commands/{id}/answer`."""
    levels = rest.split("/")
    return len(levels) == 3 and levels[0] == "commands" and levels[2] == "answer"


def may_publish(device: Device, topic: str, filters: Sequence[str]) -> bool:
    """Whether a topic is one of the device's own, or of those its profile names."""
    parts = split_device_topic(topic)
    if parts is not None:
        identity, rest = parts
        own = identity == device.identity
        return own and (rest.partition("/")[0] in OWN_TOPICS or is_answer(rest))
    if topic.startswith("$"):
        return False
    return _is_within(filters, topic)


def may_subscribe(
    device: Device | None, rights: Rights | None, full_filter: str, filters: Sequence[str] = ()
) -> bool:
    """Devices see their own topics, integrators with the permit all devices and standards."""
    _, topic_filter = split_share(full_filter)
    if device is None:
        return rights is not None and rights.may_view and _is_within(_FOR_VIEWERS, topic_filter)
    if covers(folder_of(device.identity) + "#", topic_filter):
        return True
    if topic_filter.startswith("$"):
        return False
    # What its profile names, and what is below: commands to it are there (Sparkplug NCMD, DCMD).
    if _is_within(filters, topic_filter.removesuffix("/#")):
        return True
    is_node = any(own.startswith("spBv1.0/") for own in filters)
    return is_node and covers(SPARKPLUG_STATE, topic_filter)


def _is_within(outers: Sequence[str], topic_filter: str) -> bool:
    return any(covers(outer, topic_filter) for outer in outers)
