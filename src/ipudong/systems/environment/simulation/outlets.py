"""The outlets of the demonstration district: mostly well below their limits, now and then not."""

import math
from collections.abc import Mapping

from ipudong.systems.environment.simulation.air import CST_S, DAY_S, HOUR_S
from ipudong.systems.environment.simulation.noise import bump, chance, wave
from ipudong.systems.environment.simulation.stations import FLUE, Station

AIR_O2_PCT = 21.0
STOP_EVERY_S = 20 * DAY_S


def is_stopped(station: Station, time_s: float) -> bool:
    """Whether the outlet's plant stands still: now and then for half a day to two days."""
    number = math.floor(time_s / STOP_EVERY_S)
    if chance(station.mn, "stop", number) > 0.35:
        return False
    begins_s = (number + 0.8 * chance(station.mn, "stop at", number)) * STOP_EVERY_S
    lasts_s = (0.5 + 1.5 * chance(station.mn, "stop for", number)) * DAY_S
    return begins_s <= time_s < begins_s + lasts_s


def share_of_limit(station: Station, factor: str, time_s: float) -> float:
    """A factor's concentration as a share of its limit at an instant."""
    key = station.mn + factor
    usual = 0.30 + 0.28 * chance(key, "usual")
    swing = math.exp(0.16 * wave(key, 1, time_s, 5 * HOUR_S) + 0.03 * wave(key, 2, time_s, 600))
    upset = bump(key, 3, time_s, every_s=12 * DAY_S, odds=0.28, width_s=5 * HOUR_S)
    return usual * station.strain * swing * (1 + 1.9 * upset)


def outlet_at(station: Station, time_s: float) -> Mapping[str, float]:
    """True values of an outlet at an instant.

    Flue gas: dry concentrations mg/m³ as measured, with `Zs` ones converted to the reference
    oxygen under `factor/Zs`; flow m³/s. Waste water: mg/L, pH, flow L/s.
    """
    return _flue(station, time_s) if station.kind == FLUE else _wastewater(station, time_s)


def _work(station: Station, time_s: float) -> float:
    """Load of the plant, 0.6 .. 1.2 of its usual."""
    hour = (time_s + CST_S) % DAY_S / HOUR_S
    day = 1 + 0.15 * math.sin(math.pi * (hour - 8) / 12)
    return min(max(day * (1 + 0.08 * wave(station.mn, 9, time_s, 4 * HOUR_S)), 0.6), 1.2)


def _flue(station: Station, time_s: float) -> dict[str, float]:
    reference = station.reference_o2 or 6.0
    oxygen = min(max(reference + 0.8 * wave(station.mn, 8, time_s, 2 * HOUR_S), 2.0), 17.0)
    dilution = (AIR_O2_PCT - oxygen) / (AIR_O2_PCT - reference)
    values: dict[str, float] = {}
    for factor, limit in station.limits.items():
        converted = limit * share_of_limit(station, factor, time_s)
        values[factor] = converted * dilution
        values[f"{factor}/Zs"] = converted
    load = _work(station, time_s)
    slow = wave(station.mn, 7, time_s, HOUR_S)
    return values | {
        "a19001": oxygen,
        "a01011": 11.0 * load + 0.4 * slow,
        "a01012": 118 + 14 * load + 2 * slow,
        "a01013": -0.12 + 0.02 * slow,
        "a01014": 9.5 + 0.8 * slow,
        "a00000": 26.0 * load,
    }


def _wastewater(station: Station, time_s: float) -> dict[str, float]:
    values = {
        factor: limit * share_of_limit(station, factor, time_s)
        for factor, limit in station.limits.items()
        if factor != "w01001"
    }
    acid = bump(station.mn, 10, time_s, every_s=25 * DAY_S, odds=0.2, width_s=3 * HOUR_S)
    load = _work(station, time_s)
    return values | {
        "w01001": 7.4 + 0.25 * wave(station.mn, 6, time_s, 6 * HOUR_S) + 2.2 * acid,
        "w00000": 85.0 * load * station.strain,
    }
