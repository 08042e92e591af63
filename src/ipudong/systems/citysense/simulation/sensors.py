"""The sensors of the demonstration district, as rows, and what each measures at an instant."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ipudong.systems.citysense.simulation.fleet import PLACES

POLES: Final = 12_000  # multi-function poles with sensors, at 1:1
AT_LEAST, AT_MOST = 4, 60
INTERVAL_S: Final = 30
_DAY_S: Final = 86_400.0
_BEIJING_S: Final = 8 * 3600


@dataclass(frozen=True, slots=True)
class Sensor:
    """One pole: how it signs in, where it stands (degrees WGS 84), and by which door it sends
    (`mqtt`, or `http` for line protocol)."""

    identity: str
    token: str
    protocol: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    interval_s: int = INTERVAL_S


def sensors(scale: int, seed: int) -> Sequence[Sensor]:
    """The poles at 1:`scale`. The last of them pushes by HTTP, the others speak MQTT."""
    count = min(AT_MOST, max(AT_LEAST, POLES // scale))
    return [_make_sensor(number, seed, is_last=number == count) for number in range(1, count + 1)]


def _make_sensor(number: int, seed: int, *, is_last: bool) -> Sensor:
    identity = f"pole-{number:04d}"
    names = sorted(PLACES)
    lon, lat = PLACES[names[number * 7 % len(names)]]
    return Sensor(
        identity=identity,
        token=_digest("token", identity, seed)[:32],
        protocol="http" if is_last else "mqtt",
        name_zh=f"多功能杆 {number:04d}",
        name_en=f"Multi-function pole {number:04d}",
        lon=round(lon + (_share("lon", identity, seed) - 0.5) * 0.01, 6),
        lat=round(lat + (_share("lat", identity, seed) - 0.5) * 0.01, 6),
    )


def read_sensor(sensor: Sensor, at: datetime) -> dict[str, float]:
    """Temperature (°C), relative humidity (%) and noise (dB) at an instant."""
    second = at.timestamp()
    day = math.sin((second + _BEIJING_S) / _DAY_S * math.tau - math.tau * 0.375)
    own = _share("own", sensor.identity, 0) - 0.5
    flutter = math.sin(second / 97.0 + own * 40) * 0.3
    temperature = 18.0 + 6.0 * day + 2.0 * own + flutter
    humidity = 68.0 - 14.0 * day + 6.0 * own - flutter * 4
    traffic = math.sin(second / 41.0 + own * 90) * 2.5 + math.sin(second / 7.0 + own) * 1.5
    noise = 56.0 + 7.0 * day + 5.0 * own + traffic
    return {
        "temperature": round(temperature, 1),
        "humidity": round(min(100.0, max(0.0, humidity)), 1),
        "noise": round(noise, 1),
    }


def _digest(what: str, identity: str, seed: int) -> str:
    return hashlib.sha256(f"{what}/{identity}/{seed}".encode()).hexdigest()


def _share(what: str, identity: str, seed: int) -> float:
    """A number between 0 and 1 that belongs to a pole."""
    return int(_digest(what, identity, seed)[:8], 16) / 0xFFFFFFFF
