"""The rivers and lakes of the demonstration district."""

import math
from collections.abc import Mapping

from ipudong.systems.environment.simulation.air import DAY_S, HOUR_S, weather
from ipudong.systems.environment.simulation.noise import bump, wave
from ipudong.systems.environment.simulation.stations import Station


def saturated_oxygen_mg_l(temperature_c: float) -> float:
    """Dissolved oxygen of saturated fresh water, 468 / (31.6 + T): GB 3838's own formula."""
    return 468 / (31.6 + temperature_c)


def water_at(station: Station, time_s: float) -> Mapping[str, float]:
    """True values of a section at an instant: mg/L, °C, µS/cm, NTU."""
    sky = weather(station.seed, time_s)
    # A river remembers the rain of yesterday and is slower to warm than the air.
    washed = weather(station.seed, time_s - 10 * HOUR_S).rain
    burden = station.strain * math.exp(0.16 * wave(station.mn, 1, time_s, 40 * HOUR_S))
    burden *= 1 + 0.45 * washed
    spill = bump(station.mn, 2, time_s, every_s=14 * DAY_S, odds=0.3, width_s=14 * HOUR_S)
    temperature = 18 - 10 * sky.season + 0.6 * math.sin(math.pi * (sky.hour - 10) / 12)
    quick = 1 + 0.03 * wave(station.mn, 3, time_s, 4 * HOUR_S)
    values = {
        "w01010": temperature,
        "w01001": 7.7 + 0.18 * wave(station.mn, 4, time_s, 20 * HOUR_S),
        "w01009": _oxygen(station, temperature, sky.hour, burden * (1 + spill)),
        "w01014": 480 * (1 + 0.12 * wave(station.mn, 5, time_s, 2 * DAY_S)),
        "w01003": 28 * burden * (1 + 1.5 * washed) * quick,
        "w01019": 3.4 * burden**0.8 * (1 + 0.5 * spill) * quick,
        "w21003": 0.33 * burden**1.4 * (1 + 2.2 * spill) * quick,
        "w21011": _phosphorus(station, burden) * (1 + 0.9 * spill) * quick,
        "w21001": 1.9 * burden * (1 + 0.5 * spill) * quick,
    }
    if station.body == "lake":
        values["w01016"] = (0.012 - 0.006 * sky.season) * burden * quick
    return values


def _oxygen(station: Station, temperature_c: float, hour: float, burden: float) -> float:
    breath = 0.5 * math.sin(math.pi * (hour - 9) / 12)
    full = saturated_oxygen_mg_l(temperature_c)
    return max(0.8, full * (1.02 - 0.21 * burden) + breath)


def _phosphorus(station: Station, burden: float) -> float:
    return (0.045 if station.body == "lake" else 0.115) * burden
