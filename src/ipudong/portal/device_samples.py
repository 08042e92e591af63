"""What a stranger's last message held: its fields with their values, as far as it can be read."""

import json
from collections.abc import Iterator
from typing import Any, Final

from ipudong.city.sensing.queries.devices import list_profiles

MOST_FIELDS: Final = 200
MOST_DEPTH: Final = 8


def read_samples(raw: bytes) -> dict[str, str]:
    """Dotted paths of a JSON message and their values as text; empty for anything else."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for path, value in _walk(message, "", 0):
        found[path or "value"] = value
        if len(found) >= MOST_FIELDS:
            break
    return found


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _walk(part, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _walk(part, f"{path}.{number}" if path else str(number), depth + 1)
    else:
        yield path, str(value)[:40]


def guess_profile(protocol: str, raw: bytes) -> str:
    """The profile for such messages of an unknown device, "" where none is for them.

    Vehicle terminals all say the same things, so a system's own profile of them is better than
    the house's general one; what a device on MQTT means, only its message tells.
    """
    if protocol == "http":
        return "generic_http"
    if protocol == "jt808":
        profiles = [row for row in list_profiles(protocol) if not row.guesses]
        return profiles[0].name if len(profiles) == 1 else "jt808_terminal"
    if protocol != "mqtt":
        return ""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return "generic_cbor" if raw[:1] and raw[0] >= 0xA0 else ""
    if isinstance(message, int | float):
        return "generic_number"
    first = message[0] if isinstance(message, list) and message else None
    return "generic_senml" if isinstance(first, dict) and "n" in first else "generic_json"
