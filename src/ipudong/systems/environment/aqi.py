"""AQI of one station and one hour or day by HJ 633, written to be read beside the standard."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ipudong.systems.environment.air_tables import (
    DAILY_COLUMNS,
    FACTORS,
    HOURLY_COLUMNS,
    Edition,
    Ladder,
    Level,
    get_level,
)


@dataclass(frozen=True, slots=True)
class Concentrations:
    """Means of the six factors, µg/m³ (CO mg/m³); None, NaN or a negative value is missing.

    Hourly: 1 h means. Daily: 24 h means and for `o3` the daily maximum 8 h mean.
    `so2_24h` and `o3_1h_max` serve only the 2012 edition, notes (2) and (3).
    """

    so2: float | None = None
    no2: float | None = None
    co: float | None = None
    o3: float | None = None
    pm10: float | None = None
    pm25: float | None = None
    so2_24h: float | None = None
    o3_1h_max: float | None = None


@dataclass(frozen=True, slots=True)
class Aqi:
    """An AQI with what the standard says about it; `value` None is the published "NA"."""

    edition: str
    value: int | None
    iaqi: Mapping[str, int | None]
    primary: tuple[str, ...]
    """首要污染物: every factor that shares the highest IAQI, when the AQI is above 50."""
    exceeding: tuple[str, ...]
    """超标污染物: factors with IAQI above 100; always empty from the 2026 edition on."""
    missing: tuple[str, ...]

    @property
    def level(self) -> Level | None:
        return None if self.value is None else get_level(self.value)


def steps(concentration: float, ladder: Ladder) -> int:
    """The concentration rounded by GB/T 8170 (half to even), in steps of the ladder.

    Scaling before rounding keeps 0.15 mg/m³ a true half, which its binary form is not. Anything
    beyond the last node is one step beyond it, however large.
    """
    return round(min(concentration * ladder.steps_per_unit, ladder.nodes[-1] + 1))


def interpolate(step: int, ladder: Ladder) -> int | None:
    """HJ 633 formula (1) in whole numbers, rounded up; None where the column gives no index."""
    if step > ladder.nodes[-1]:
        return ladder.ceiling
    for low, high, index_low, index_high in zip(
        ladder.nodes, ladder.nodes[1:], ladder.indexes, ladder.indexes[1:], strict=False
    ):
        if step <= high:
            return index_low - (-(index_high - index_low) * (step - low) // (high - low))
    return None


def is_measured(concentration: float | None) -> bool:
    """Whether a mean is there at all: a finite number, not below zero."""
    return concentration is not None and math.isfinite(concentration) and concentration >= 0


def iaqi(column: str, concentration: float | None, edition: Edition) -> int | None:
    """Sub-index of one mean in one column (`pm25_24h`, `so2_1h` …) of an edition's table."""
    if concentration is None or not is_measured(concentration):
        return None
    ladder = edition.ladders[column]
    return interpolate(steps(concentration, ladder), ladder)


def hourly_aqi(means: Concentrations, edition: Edition) -> Aqi:
    """Real-time AQI from six 1 h means (2012: 4.3 and 5; 2026: 5.3)."""
    sub = {
        factor: iaqi(HOURLY_COLUMNS[factor], getattr(means, factor), edition) for factor in FACTORS
    }
    if edition.falls_back and sub["so2"] is None and is_measured(means.so2):  # above 800
        sub["so2"] = iaqi("so2_24h", means.so2_24h, edition)
    return _conclude(sub, edition)


def daily_aqi(means: Concentrations, edition: Edition) -> Aqi:
    """Daily AQI from five 24 h means and the daily maximum 8 h mean of ozone."""
    sub = {
        factor: iaqi(DAILY_COLUMNS[factor], getattr(means, factor), edition) for factor in FACTORS
    }
    if edition.falls_back and sub["o3"] is None and is_measured(means.o3):  # above 800
        sub["o3"] = iaqi("o3_1h", means.o3_1h_max, edition)
    return _conclude(sub, edition)


def _conclude(sub: Mapping[str, int | None], edition: Edition) -> Aqi:
    known = {factor: index for factor, index in sub.items() if index is not None}
    missing = tuple(factor for factor in FACTORS if factor not in known)
    highest = max(known.values(), default=None)
    if highest is None or (missing and edition.needs_all_factors and highest <= 100):
        return Aqi(edition.code, None, dict(sub), (), (), missing)
    primary = tuple(f for f, index in known.items() if index == highest > 50)
    exceeding = tuple(f for f, index in known.items() if index > 100 and edition.names_exceeding)
    return Aqi(
        edition.code, max(highest, edition.lowest_aqi), dict(sub), primary, exceeding, missing
    )
