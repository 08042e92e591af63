"""Trend of a series: Mann-Kendall test and Sen's slope, with a verdict in plain words."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MINIMUM_POINTS = 8
"""Below this the normal approximation of Mann-Kendall does not hold."""
MAXIMUM_POINTS = 3000
"""All pairs are compared; a longer series is aggregated to days first."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Result of the test; `direction` is rising, falling, none or too_few."""

    direction: str
    points: int
    s: int
    z: float
    p: float
    slope_per_day: float
    """Sen's slope: the median slope of all pairs, in units of the value per day."""


def mann_kendall(
    times: npt.NDArray[np.datetime64], values: npt.NDArray[np.float64], significance: float = 0.05
) -> Trend:
    """Two-sided Mann-Kendall test with ties corrected, and Sen's slope, of (n,) columns.

    NaN values are left out; the order of rows does not matter. ValueError above 3,000 points.
    """
    kept = np.isfinite(values)
    order = np.argsort(times[kept], kind="stable")
    y = values[kept][order]
    days = times[kept][order].astype("datetime64[s]").astype(np.float64) / 86_400
    if len(y) > MAXIMUM_POINTS:
        raise ValueError(f"{len(y)} points: aggregate to days first")
    if len(y) < MINIMUM_POINTS:
        return Trend("too_few", len(y), 0, 0.0, 1.0, math.nan)
    first, second = np.triu_indices(len(y), 1)
    rise, run = y[second] - y[first], days[second] - days[first]
    apart = run > 0
    s = int(np.sign(rise).sum())
    z = _z(s, y)
    p = math.erfc(abs(z) / math.sqrt(2))
    slope = float(np.median(rise[apart] / run[apart])) if apart.any() else math.nan
    direction = "none" if p >= significance else "rising" if s > 0 else "falling"
    return Trend(direction, len(y), s, z, p, slope)


def _z(s: int, values: npt.NDArray[np.float64]) -> float:
    n = len(values)
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    return 0.0 if s == 0 or variance == 0 else (s - math.copysign(1, s)) / math.sqrt(variance)


_VERDICTS = {
    ("zh", "better"): "好转：{change}",
    ("zh", "worse"): "变差：{change}",
    ("zh", "none"): "没有明显变化（{points} 个数据）",
    ("zh", "too_few"): "数据太少（{points} 个），不作判断",
    ("en", "better"): "Getting better: {change}",
    ("en", "worse"): "Getting worse: {change}",
    ("en", "none"): "No clear change ({points} readings)",
    ("en", "too_few"): "Too few readings ({points}) to judge",
}


def describe(trend: Trend, unit: str, *, rising_is_good: bool, language: str = "zh") -> str:
    """One plain sentence on a trend, in `zh` or `en`."""
    outcome = trend.direction
    if outcome in ("rising", "falling"):
        outcome = "better" if (outcome == "rising") == rising_is_good else "worse"
    tongue = language[:2]
    monthly = trend.slope_per_day * 30
    change = f"每月 {monthly:+.3g} {unit}" if tongue == "zh" else f"{monthly:+.3g} {unit} a month"
    return _VERDICTS[tongue, outcome].format(change=change, points=trend.points)
