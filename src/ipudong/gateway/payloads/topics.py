"""The topics of a device: `v1/devices/{identity}/…`."""

from msgspec import Struct

ROOT = "v1/devices/"
SLASH = "%2F"  # an identity with a slash is one level of a topic so
TELEMETRY, ATTRIBUTES, EVENTS = "telemetry", "attributes", "events"


class DeviceTopic(Struct, frozen=True):
    """Whose topic it is, which part of its folder, and what comes after (`temperature`)."""

    identity: str
    part: str
    rest: str = ""


def find_device_topic(topic: str) -> DeviceTopic | None:
    """The parts of a topic in a device's folder; None for any other topic."""
    if not topic.startswith(ROOT):
        return None
    identity, _, path = topic[len(ROOT) :].partition("/")
    part, _, rest = path.partition("/")
    if not identity or not part:
        return None
    return DeviceTopic(identity.replace(SLASH, "/"), part, rest)


def make_topic(identity: str, path: str) -> str:
    """`v1/devices/{identity}/{path}`."""
    return f"{ROOT}{identity.replace('/', SLASH)}/{path}"
