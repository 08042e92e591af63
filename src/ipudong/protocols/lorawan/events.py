"""One shape for what network servers say of end devices, whoever says it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

UP: Final = "up"
JOIN: Final = "join"
ACK: Final = "ack"
LOCATION: Final = "location"
STATUS: Final = "status"
OTHER: Final = "other"
_EUI: Final = re.compile(r"[0-9A-F]{16}")


class LorawanError(ValueError):
    """What is no event of a network server: a stable `code` and the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Location:
    """Where an end device was found to be, degrees WGS 84 and metres."""

    lon: float
    lat: float
    altitude_m: float = math.nan


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """An event of the end device `dev_eui` (16 upper-case hexadecimal digits, "" if not named).

    `time` is an ISO 8601 text, "" where none is given; `fields` are the decoded payload of an
    uplink as it stands, or battery and margin of a status; `radio` holds rssi (dBm) and snr (dB)
    of the gateway that heard it best, the spreading factor and the frame counter.
    """

    kind: str
    name: str
    dev_eui: str = ""
    time: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    radio: Mapping[str, float] = field(default_factory=dict)
    location: Location | None = None
    is_decoded: bool = True


def read_eui(value: object) -> str:
    """A device's EUI as 16 upper-case digits; "" for anything else."""
    text = value.upper().replace("-", "").replace(":", "") if isinstance(value, str) else ""
    return text if _EUI.fullmatch(text) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """The object itself, or an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str:
    """The text itself, or an empty one where it is none."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    """A finite number, NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < 1e300 else math.nan


def read_location(value: object) -> Location | None:
    """`latitude`, `longitude` and `altitude` of an object; both servers write 0 as absence."""
    found = mapping(value)
    lat, lon = number(found.get("latitude", 0)), number(found.get("longitude", 0))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat, lon) == (0, 0):
        return None
    return Location(lon, lat, number(found.get("altitude")))


def read_radio(receptions: object, counter: object, spreading: object) -> dict[str, float]:
    """`rssi` and `snr` of the best reception, `spreading_factor`, `frame_counter`; only those
    that are there."""
    rows = receptions if isinstance(receptions, list) else []
    heard = [mapping(row) for row in rows[:100]]
    best = max(heard, key=lambda row: _or(number(row.get("rssi")), -math.inf), default={})
    found = {
        "rssi": number(best.get("rssi")),
        "snr": number(best.get("snr")),
        "spreading_factor": number(spreading),
        "frame_counter": number(counter),
    }
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value
