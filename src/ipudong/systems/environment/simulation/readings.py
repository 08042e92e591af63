"""What a station reports for a period: HJ 212 factor codes with their attributes."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from ipudong.systems.environment.simulation.air import DAY_S, HOUR_S, air_at
from ipudong.systems.environment.simulation.noise import chance
from ipudong.systems.environment.simulation.outlets import is_stopped, outlet_at
from ipudong.systems.environment.simulation.stations import (
    AIR,
    CODES_2005,
    FLUE,
    WASTEWATER,
    WATER,
    Station,
)
from ipudong.systems.environment.simulation.water import water_at

Fields = Mapping[str, float | str]
INSTANT, MINUTE, HOUR, DAY = "instant", "minute", "hour", "day"
COMMANDS: Mapping[str, str] = {INSTANT: "2011", MINUTE: "2051", HOUR: "2061", DAY: "2031"}

_TRUTH: Mapping[str, Callable[[Station, float], Mapping[str, float]]] = {
    AIR: air_at,
    WATER: water_at,
    FLUE: outlet_at,
    WASTEWATER: outlet_at,
}
_SAMPLES = {MINUTE: 2, HOUR: 4, DAY: 12}
_DECIMALS: Mapping[str, int] = {
    "w21011": 3,
    "w21003": 3,
    "w01016": 4,
    "a01006": 2,
    "a01013": 3,
    "a01008": 0,
    "a21005": 2,
}
_FLOWS = ("a00000", "w00000")
_GASES = ("a21026", "a21004", "a21005", "a05024")


def readings(station: Station, at: datetime, period: str) -> Mapping[str, Fields]:
    """Factor code -> attributes (`Rtd`, or `Min` `Avg` `Max`, `Cou` for flow, `Zs…`, `Flag`).

    Codes are those of the edition the station speaks.
    `at` is the aware beginning of the period (HJ 212: DataTime is when measuring began). The answer
    depends on nothing but the arguments. Raises KeyError for a period the station does not report.
    """
    fields = _reported(station, at.timestamp(), period)
    if station.version != 2005:
        return fields
    return {CODES_2005[factor]: attributes for factor, attributes in fields.items()}


def _reported(station: Station, start_s: float, period: str) -> dict[str, Fields]:
    length_s = float(station.intervals_s[period])
    flags = {factor: flag_of(station, factor, start_s) for factor in station.factors}
    if period == INSTANT:
        now = _truth(station, start_s)
        return {factor: _instant(factor, now, flags[factor]) for factor in station.factors}
    length_s = {HOUR: HOUR_S, DAY: DAY_S}.get(period, length_s)
    count = _SAMPLES[period]
    samples = [_truth(station, start_s + (i + 0.5) * length_s / count) for i in range(count)]
    return {
        factor: _statistics(factor, samples, length_s, flags[factor]) for factor in station.factors
    }


@lru_cache(maxsize=4096)
def _truth(station: Station, time_s: float) -> Mapping[str, float]:
    return _TRUTH[station.kind](station, time_s)


def flag_of(station: Station, factor: str, time_s: float) -> str:
    """The data flag a factor carries: mostly N; C while calibrating, D or M now and then, F when
    the plant behind an outlet stands still."""
    if station.kind in (FLUE, WASTEWATER) and is_stopped(station, time_s):
        return "F"
    hour = math.floor((time_s / HOUR_S) + 8)
    if factor in _GASES and station.kind == AIR and hour % 24 == 2:
        week = hour // (24 * 7)
        if hour // 24 % 7 == int(7 * chance(station.mn, "calibration day", week)):
            return "C"
    if chance(station.mn, factor, "fault", hour // 6) < 0.004:
        return "D"
    return "M" if chance(station.mn, "maintenance", hour // 3) < 0.003 else "N"


def _round(factor: str, value: float) -> float:
    return round(value, _DECIMALS.get(factor, 1)) + 0.0


def _instant(factor: str, now: Mapping[str, float], flag: str) -> Fields:
    value = 0.0 if flag == "F" else now[factor]
    fields: dict[str, float | str] = {"Rtd": _round(factor, value)}
    if f"{factor}/Zs" in now:
        fields["ZsRtd"] = _round(factor, 0.0 if flag == "F" else now[f"{factor}/Zs"])
    fields["Flag"] = flag
    return fields


def _statistics(
    factor: str, samples: list[Mapping[str, float]], length_s: float, flag: str
) -> Fields:
    fields = _spread(factor, "", [0.0 if flag == "F" else s[factor] for s in samples])
    if factor in _FLOWS:
        total = _mean([0.0 if flag == "F" else s[factor] for s in samples]) * length_s
        fields["Cou"] = round(total / (1000 if factor == "w00000" else 1), 1)
    converted = f"{factor}/Zs"
    if converted in samples[0]:
        fields |= _spread(factor, "Zs", [0.0 if flag == "F" else s[converted] for s in samples])
    fields["Flag"] = flag
    return fields


def _spread(factor: str, prefix: str, values: list[float]) -> dict[str, float | str]:
    return {
        f"{prefix}Min": _round(factor, min(values)),
        f"{prefix}Avg": _round(factor, _mean(values)),
        f"{prefix}Max": _round(factor, max(values)),
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
