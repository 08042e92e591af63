"""The air record that both air readers yield, and the published names of pollutants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ipudong.systems.environment.aqi import Concentrations
from ipudong.systems.environment.readers.rows import RowError


@dataclass(frozen=True, slots=True)
class AirHour:
    """One station and hour as published; concentrations µg/m³, CO mg/m³."""

    line: int
    station_code: str
    station_name: str
    area: str
    lon: float | None
    lat: float | None
    at: datetime
    hour: Concentrations
    means: Mapping[str, float]
    """Longer means the file also carries: so2_24h … pm25_24h, o3_24h, o3_8h, o3_8h_24h."""
    published_aqi: int | None
    published_level: str
    published_primary: tuple[str, ...]


_POLLUTANTS: Mapping[str, str] = MappingProxyType(
    {
        "细颗粒物(PM2.5)": "pm25",
        "PM2.5": "pm25",
        "颗粒物(PM10)": "pm10",
        "PM10": "pm10",
        "臭氧1小时": "o3",
        "臭氧8小时": "o3",
        "O3": "o3",
        "二氧化氮": "no2",
        "NO2": "no2",
        "二氧化硫": "so2",
        "SO2": "so2",
        "一氧化碳": "co",
        "CO": "co",
    }
)


def pollutants(text: str) -> tuple[str, ...]:
    """Factors of a published list (`颗粒物(PM10),臭氧1小时`); RowError when one is unknown."""
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in _POLLUTANTS]:
        raise RowError("unknown_pollutant", unknown[0], "primary")
    return tuple(_POLLUTANTS[name] for name in names)
