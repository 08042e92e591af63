"""Where a mark is heading: value at the due date and the next year-end, and when it is reached.

Pure: history and dates in, a frozen answer out. The method stands in `trend`; what the answers mean
to a reader stands in docs/explanation/plan-and-indicators.md.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ipudong.city.plan.records import AT_MOST, is_met
from ipudong.city.plan.trend import Floats, Trend, fit_trend

MIN_POINTS = 5
MIN_DAYS = 3
# More history than this is thinned: it costs time and adds nothing to a straight line.
MAX_POINTS = 90
# Beyond this nobody should plan by a trend.
HORIZON_DAYS = 20 * 365
# Arrival is looked for week by week beyond the first quarter: no trend is finer than that.
_FINE_DAYS = 92
_COARSE_STEP_DAYS = 7
CONFIDENCE = 0.8

History = Sequence[tuple[dt.date, float]]


@dataclass(frozen=True, slots=True)
class TooShort:
    """No forecast: fewer than 5 points, or points on fewer than 3 days."""

    points: int
    days: int


@dataclass(frozen=True, slots=True)
class Flat:
    """No forecast: the value has never moved, so there is no trend to carry on."""

    value: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected value on a day, with its central 80 % interval."""

    on: dt.date
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the target is met: a chance of 10 % by `earliest`, 50 % by `on`, 90 % by `latest`.

    None stands for "not within 20 years".
    """

    on: dt.date | None
    earliest: dt.date | None
    latest: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`at_due` only while the due date lies ahead; `arrival` only while the target is not met."""

    at_due: Estimate | None
    at_year_end: Estimate
    arrival: Arrival | None
    points: int

    def meets(self, target: float, direction: str) -> bool:
        """Whether the expected value at the due date meets the target."""
        return self.at_due is not None and is_met(self.at_due.value, target, direction)


def forecast(
    history: History,
    *,
    target: float,
    direction: str,
    due_on: dt.date,
    today: dt.date,
    bounds: tuple[float | None, float | None] = (None, None),
) -> Forecast | TooShort | Flat:
    """Carry a history of (day, value) on; `bounds` are the least and greatest possible values."""
    rows = sorted(history)
    days = len({day for day, _ in rows})
    if len(rows) < MIN_POINTS or days < MIN_DAYS:
        return TooShort(len(rows), days)
    if len({value for _, value in rows}) == 1:
        return Flat(rows[0][1])
    course = _Course(_thinned(rows), bounds)
    met = is_met(rows[-1][1], target, direction)
    return Forecast(
        at_due=course.at(due_on) if due_on > today else None,
        at_year_end=course.at(next_year_end(today)),
        arrival=None if met else course.arrival(target, direction, today),
        points=len(rows),
    )


def next_year_end(today: dt.date) -> dt.date:
    """The coming 31 December; on that day itself, the one after."""
    end = dt.date(today.year, 12, 31)
    return end if end > today else dt.date(today.year + 1, 12, 31)


class _Course:
    """A fitted history that can be asked for any day."""

    def __init__(self, rows: History, bounds: tuple[float | None, float | None]) -> None:
        days = np.array([day.toordinal() for day, _ in rows], dtype=np.float64)
        self._first = days[0]
        self._step = (days[-1] - days[0]) / (len(days) - 1)
        self._bounds = bounds
        times = self._times(days)
        self._trend: Trend = fit_trend(times, np.array([value for _, value in rows]))

    def at(self, day: dt.date) -> Estimate:
        mean, low, high = self._paths(np.array([day.toordinal()], dtype=np.float64))
        return Estimate(day, float(mean[0]), float(low[0]), float(high[0]))

    def arrival(self, target: float, direction: str, today: dt.date) -> Arrival:
        coarse = np.arange(_FINE_DAYS, HORIZON_DAYS, _COARSE_STEP_DAYS, dtype=np.float64)
        days = today.toordinal() + np.concatenate([np.arange(1.0, _FINE_DAYS), coarse])
        mean, low, high = self._paths(days)
        eager, late = (low, high) if direction == AT_MOST else (high, low)
        found = (_first_day(path, days, target, direction) for path in (mean, eager, late))
        return Arrival(*found)

    def _paths(self, days: Floats) -> tuple[Floats, Floats, Floats]:
        mean, half = self._trend.predict(self._times(days))
        low, high = self._bounds
        if low is None and high is None:
            return mean, mean - half, mean + half
        return (
            np.clip(mean, low, high),
            np.clip(mean - half, low, high),
            np.clip(mean + half, low, high),
        )

    def _times(self, days: Floats) -> Floats:
        return (days - self._first) / self._step + 1.0


def _first_day(path: Floats, days: Floats, target: float, direction: str) -> dt.date | None:
    hits = np.flatnonzero([is_met(value, target, direction) for value in path.tolist()])
    return dt.date.fromordinal(int(days[hits[0]])) if hits.size else None


def _thinned(rows: History) -> History:
    """At most MAX_POINTS points, evenly taken, the first and the latest always among them."""
    if len(rows) <= MAX_POINTS:
        return rows
    kept = np.unique(np.linspace(0, len(rows) - 1, MAX_POINTS).round().astype(int))
    return [rows[place] for place in kept]
