"""What a device says of itself: firmware, model, and whatever else is no reading."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from ipudong.gateway.payloads.errors import PayloadError

MAX_KEYS: Final = 64
MAX_CHARS: Final = 200
_FIRMWARE: Final = ("firmware", "firmware_version", "fw_version", "fw", "sw_version", "version")
_HARDWARE: Final = ("model", "hardware", "hw_version", "hardware_version", "device_model")
Scalar = str | int | float | bool


class Attributes(Struct, frozen=True):
    """Firmware version and model ("" where not said), and everything said by name."""

    firmware: str
    hardware: str
    all: dict[str, Scalar]


def read_attributes(document: Any) -> Attributes:
    """The attributes of a JSON object; nested ones are left out. Raises PayloadError."""
    if not isinstance(document, Mapping):
        raise PayloadError("not_attributes")
    found: dict[str, Scalar] = {}
    for key, value in document.items():
        if isinstance(value, str | int | float) and len(found) < MAX_KEYS:
            found[str(key)[:MAX_CHARS]] = value[:MAX_CHARS] if isinstance(value, str) else value
    return Attributes(_first(found, _FIRMWARE), _first(found, _HARDWARE), found)


def _first(found: Mapping[str, Scalar], names: tuple[str, ...]) -> str:
    return next((str(found[name]) for name in names if name in found), "")
