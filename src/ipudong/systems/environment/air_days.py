"""Daily evaluation of a station from its hours, period indexes and the ranking of stations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ipudong.systems.environment.air_limits import AirStandard, get_air_standard
from ipudong.systems.environment.air_tables import FACTORS, get_edition
from ipudong.systems.environment.air_validity import (
    Floats,
    day_max,
    day_max_8h,
    day_mean,
    to_whole_days,
)
from ipudong.systems.environment.aqi import Aqi, Concentrations, daily_aqi


@dataclass(frozen=True, slots=True)
class AirDay:
    """One station and one China Standard Time day."""

    on: date
    means: Concentrations
    """24 h means, `o3` the daily maximum 8 h mean; None where validity failed."""
    aqi: Aqi
    within_limits: bool | None
    """达标: every factor within grade 2; None while a factor is missing and none is over."""
    index: float | None
    """Sum of concentration / grade 2 daily limit; None unless all six factors are there."""


def evaluate_days(
    ended_at: npt.NDArray[np.datetime64],
    hours: Mapping[str, Floats],
    days: tuple[date, date] | None = None,
) -> list[AirDay]:
    """Daily evaluation of one station.

    `ended_at` (n,) UTC ends of hours, `hours` one (n,) column per factor, µg/m³ (CO mg/m³), NaN for
    missing or invalid. `days` names the first and last wanted day; otherwise all that occur.
    """
    laid = {f: to_whole_days(ended_at, hours[f], days) for f in FACTORS}
    all_days = [day.item() for day in laid["so2"].days]
    columns = {f: day_mean(laid[f].hours) for f in FACTORS if f != "o3"}
    limits = np.array([get_air_standard(day).get_limit("o3", "8h") for day in all_days])
    columns["o3"] = day_max_8h(laid["o3"].hours, limits)
    columns["o3_1h_max"] = day_max(laid["o3"].hours)
    return [
        _evaluate(day, {name: column[row] for name, column in columns.items()})
        for row, day in enumerate(all_days)
    ]


def _evaluate(on: date, means: Mapping[str, float]) -> AirDay:
    known = {name: float(mean) for name, mean in means.items() if np.isfinite(mean)}
    concentrations = Concentrations(**known)
    ratios = limit_ratios(known, get_air_standard(on))
    over = any(ratio > 1 for ratio in ratios.values())
    complete = len(ratios) == len(FACTORS)
    return AirDay(
        on=on,
        means=concentrations,
        aqi=daily_aqi(concentrations, get_edition(on)),
        within_limits=False if over else (True if complete else None),
        index=sum(ratios.values()) if complete else None,
    )


def limit_ratios(means: Mapping[str, float], standard: AirStandard) -> dict[str, float]:
    """Concentration over its grade 2 daily limit (O₃: 8 h), for the factors that are there."""
    return {
        factor: means[factor] / standard.get_limit(factor, "8h" if factor == "o3" else "day")
        for factor in FACTORS
        if factor in means
    }


@dataclass(frozen=True, slots=True)
class CompositeIndex:
    """综合指数 of a month, quarter or year: the sum of six single indexes, C / S each."""

    value: float
    single: Mapping[str, float]
    leading: str


def composite_index(days: Mapping[str, Floats], standard: AirStandard) -> CompositeIndex | None:
    """Composite index of a period from its valid daily values, one column per factor.

    SO₂, NO₂, PM₁₀, PM₂.₅: mean over the yearly limit; CO: 95th percentile over the 24 h limit;
    O₃: 90th percentile of the daily maximum 8 h means over its limit (HJ 663; percentile by linear
    interpolation, k = 1 + (n - 1) p). None when a factor has no valid day at all.
    """
    known = {factor: days[factor][np.isfinite(days[factor])] for factor in FACTORS}
    if any(column.size == 0 for column in known.values()):
        return None
    single = {
        f: float(known[f].mean()) / standard.get_limit(f, "year")
        for f in ("so2", "no2", "pm10", "pm25")
    }
    single["co"] = float(np.percentile(known["co"], 95)) / standard.get_limit("co", "day")
    single["o3"] = float(np.percentile(known["o3"], 90)) / standard.get_limit("o3", "8h")
    return CompositeIndex(sum(single.values()), single, max(single, key=single.__getitem__))


@dataclass(frozen=True, slots=True)
class Standing:
    """A station's place: lower is cleaner, equals share a place, a station without AQI has none."""

    station: str
    place: int | None
    aqi: int | None
    index: float | None


def rank(stations: Iterable[tuple[str, int | None, float | None]]) -> list[Standing]:
    """Rank (station, AQI, index) by AQI, then by index; those without an AQI follow unplaced."""
    rows = list(stations)
    key = {
        name: (aqi, float("inf") if index is None else index)
        for name, aqi, index in rows
        if aqi is not None
    }
    placed = sorted((row for row in rows if row[1] is not None), key=lambda row: key[row[0]])
    order = sorted(key.values())
    ranked = [Standing(name, order.index(key[name]) + 1, aqi, i) for name, aqi, i in placed]
    return ranked + [Standing(name, None, None, i) for name, aqi, i in rows if aqi is None]
