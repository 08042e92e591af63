"""The air of the demonstration district: season, weather, traffic and sun, and their mixture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ipudong.systems.environment.simulation.noise import bump, wave
from ipudong.systems.environment.simulation.stations import Station

HOUR_S = 3600.0
DAY_S = 86_400.0
YEAR_S = 365.2425 * DAY_S
CST_S = 8 * HOUR_S


@dataclass(frozen=True, slots=True)
class Weather:
    """What all stations share at an instant."""

    hour: float
    weekday: int
    season: float
    """+1 in the middle of January, -1 in the middle of July."""
    temperature_c: float
    humidity_pct: float
    pressure_kpa: float
    wind_m_s: float
    wind_deg: float
    rain: float
    """0 dry .. 1 heavy rain."""


def weather(seed: int, time_s: float) -> Weather:
    """The district's weather at an instant (seconds since 1970 UTC)."""
    local_s = time_s + CST_S
    hour = local_s % DAY_S / HOUR_S
    season = math.cos(2 * math.pi * (local_s / YEAR_S - 15 / 365))
    rain = bump("rain", seed, time_s, every_s=4 * DAY_S, odds=0.6, width_s=9 * HOUR_S)
    warmth = math.sin(math.pi * (hour - 8) / 12) * (3.5 - 2 * rain)
    temperature = 17 - 12 * season + warmth + 2.5 * wave("heat", seed, time_s, 2 * DAY_S)
    humidity = 72 - 8 * warmth / 3.5 + 18 * rain + 6 * wave("moist", seed, time_s, DAY_S)
    return Weather(
        hour=hour,
        weekday=int(local_s // DAY_S + 3) % 7,
        season=season,
        temperature_c=temperature,
        humidity_pct=min(max(humidity, 25.0), 99.0),
        pressure_kpa=101.6 + 0.9 * season + 0.35 * wave("pressure", seed, time_s, 2 * DAY_S),
        wind_m_s=max(0.2, 2.8 + rain + 1.1 * wave("wind", seed, time_s, 10 * HOUR_S)),
        wind_deg=(130 + 170 * season + 55 * wave("from", seed, time_s, 14 * HOUR_S)) % 360,
        rain=rain,
    )


def traffic(hour: float, weekday: int) -> float:
    """Exhaust of an hour beside the day's mean: two rushes, fewer cars at the weekend."""
    morning = math.exp(-0.5 * ((hour - 8.2) / 1.4) ** 2)
    evening = math.exp(-0.5 * ((hour - 18.4) / 1.8) ** 2)
    rush = 1.0 if weekday < 5 else 0.55
    return 0.55 + rush * (1.1 * morning + 0.95 * evening)


def sunshine(hour: float, rain: float) -> float:
    """0 at night .. 1 on a clear early afternoon."""
    return max(0.0, math.sin(math.pi * (hour - 7.5) / 13)) * (1 - 0.7 * rain)


def _stagnation(seed: int, sky: Weather, time_s: float) -> float:
    """How much the air keeps of what it is given: nights, calm and episodes raise it."""
    night = 1 + 0.22 * math.cos(2 * math.pi * (sky.hour - 5) / 24)
    calm = (3.0 / (sky.wind_m_s + 0.8)) ** 0.45
    episode = bump("haze", seed, time_s, every_s=9 * DAY_S, odds=0.4, width_s=26 * HOUR_S)
    drift = math.exp(0.35 * wave("synoptic", seed, time_s, 30 * HOUR_S))
    return night * calm * drift * (1 + 1.6 * episode) * (1 - 0.45 * sky.rain)


def air_at(station: Station, time_s: float) -> Mapping[str, float]:
    """True concentrations at a station and instant: µg/m³, CO mg/m³, and the weather there."""
    sky = weather(station.seed, time_s)
    stagnant = _stagnation(station.seed, sky, time_s)
    own = math.exp(0.10 * wave(station.mn, 1, time_s, 3 * HOUR_S))
    quick = 1 + 0.04 * wave(station.mn, 2, time_s, 300)
    cars = traffic(sky.hour, sky.weekday) * station.strain
    pm25 = (21 + 9 * sky.season) * stagnant * (0.75 + 0.25 * station.strain) * own * quick
    dust = (11 + 4 * station.strain) * math.exp(0.25 * wave(station.mn, 3, time_s, 6 * HOUR_S))
    no2 = (15 + 6 * sky.season) * (0.45 + 0.55 * cars) * stagnant**0.8 * own * quick
    return {
        "a34004": pm25,
        "a34002": pm25 * 1.25 + dust * (1 - 0.6 * sky.rain),
        "a21026": 6.5 * stagnant**0.5 * own * (1 + 0.08 * wave(station.mn, 4, time_s, 1800)),
        "a21004": no2,
        "a21005": 0.32 + 0.008 * pm25 + 0.10 * cars * quick,
        "a05024": _ozone(station, sky, time_s, no2),
        **_weather_fields(station, sky, time_s),
    }


def _ozone(station: Station, sky: Weather, time_s: float, no2: float) -> float:
    made = (78 - 42 * sky.season) * sunshine(sky.hour, sky.rain)
    made *= math.exp(0.28 * wave("photochemistry", station.seed, time_s, DAY_S))
    spread = 1 + 0.06 * wave(station.mn, 5, time_s, 2 * HOUR_S)
    return max(3.0, (made + 48 - 0.55 * no2) * spread)


def _weather_fields(station: Station, sky: Weather, time_s: float) -> dict[str, float]:
    own = wave(station.mn, 6, time_s, HOUR_S)
    return {
        "a01001": sky.temperature_c + 0.4 * own,
        "a01002": min(sky.humidity_pct + 1.5 * own, 100.0),
        "a01006": sky.pressure_kpa + 0.02 * own,
        "a01007": max(0.1, sky.wind_m_s * (1 + 0.15 * own)),
        "a01008": (sky.wind_deg + 12 * own) % 360,
    }
