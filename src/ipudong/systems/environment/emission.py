"""Emission sources: exceedance events, transmission effective rate and the month's figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME
from ipudong.systems.environment.emission_conversions import HOURS_PER_DAY_NEEDED
from ipudong.systems.environment.emission_tables import EmissionLimit

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]
_HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True, slots=True)
class HourSeries:
    """Hours of one factor at one outlet: UTC start of each hour, sorted, one row an hour.

    `values` in the limit's unit (converted to reference oxygen where the limit asks it); `valid`
    says which rows may be judged. An hour that never came has no row.
    """

    times: Times
    values: Floats
    valid: Mask


@dataclass(frozen=True, slots=True)
class ExceedanceEvent:
    """Unbroken valid hours (or days) beyond a limit."""

    factor: str
    started_at: datetime
    ended_at: datetime
    """End of the last hour or day beyond the limit."""
    hours: int
    peak: float
    peak_at: datetime
    mean: float
    limit: float
    multiple: float | None
    """超标倍数 of the peak, (C - S) / S; none for pH."""
    ended_by: str
    """`compliance`, `gap` (the next hour is missing or invalid) or `open` (data end here)."""


def exceedance_events(series: HourSeries, limit: EmissionLimit) -> list[ExceedanceEvent]:
    """Events of a series against a limit, in time order.

    Only valid rows count: a missing or invalid hour neither exceeds nor complies, so it ends an
    event with `ended_by` gap rather than bridging it. A `day` limit is judged on day means.
    """
    judged = _days(series) if limit.averaging == "day" else series
    width = np.timedelta64(24, "h") if limit.averaging == "day" else _HOUR
    times, values = judged.times[judged.valid], judged.values[judged.valid]
    over = values > limit.upper
    if limit.lower is not None:
        over |= values < limit.lower
    breaks = np.flatnonzero((np.diff(over) != 0) | (np.diff(times) != width)) + 1
    events = []
    for rows in np.split(np.arange(len(values)), breaks):
        if len(rows) and over[rows[0]]:
            ended_by = _ended_by(rows[-1], times, width, judged)
            events.append(_event(times[rows], values[rows], width, limit, ended_by))
    return events


def _days(series: HourSeries) -> HourSeries:
    """China Standard Time day means, valid with twenty valid hours; rows keep the day's start."""
    if not len(series.times):
        return series
    local = (series.times.astype("datetime64[h]") + np.timedelta64(8, "h")).astype("datetime64[D]")
    days, which = np.unique(local, return_inverse=True)
    count = np.bincount(which, weights=series.valid)
    total = np.bincount(which, weights=np.where(series.valid, series.values, 0.0))
    means = np.divide(total, count, out=np.full(len(days), np.nan), where=count > 0)
    starts: Times = np.subtract(days.astype("datetime64[h]"), np.timedelta64(8, "h"))
    return HourSeries(starts, means, count >= HOURS_PER_DAY_NEEDED)


def _ended_by(row: int, times: Times, width: np.timedelta64, judged: HourSeries) -> str:
    following = times[row] + width
    if row + 1 < len(times) and times[row + 1] == following:
        return "compliance"
    return "gap" if len(judged.times) and judged.times[-1] >= following else "open"


def _event(
    times: Times, values: Floats, width: np.timedelta64, limit: EmissionLimit, ended_by: str
) -> ExceedanceEvent:
    below = limit.lower is not None and values[0] < limit.lower
    bound = limit.lower if below and limit.lower is not None else limit.upper
    top = int(np.argmin(values) if below else np.argmax(values))
    peak = float(values[top])
    return ExceedanceEvent(
        factor=limit.factor,
        started_at=_instant(times[0]),
        ended_at=_instant(times[-1] + width),
        hours=int(len(times) * (width // _HOUR)),
        peak=peak,
        peak_at=_instant(times[top]),
        mean=float(values.mean()),
        limit=bound,
        multiple=None if limit.lower is not None else (peak - bound) / bound,
        ended_by=ended_by,
    )


def _instant(time: np.datetime64) -> datetime:
    value = time.astype("datetime64[us]").item()
    if not isinstance(value, datetime):
        raise TypeError("an hour without a time")
    return value.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TransmissionRate:
    """传输有效率 = 传输率 (received / should) x 有效率 (valid / received); None where undefined."""

    should: int
    received: int
    valid: int

    @property
    def transmission(self) -> float | None:
        return self.received / self.should if self.should else None

    @property
    def validity(self) -> float | None:
        return self.valid / self.received if self.received else None

    @property
    def effective(self) -> float | None:
        return self.valid / self.should if self.should else None


def transmission_rate(
    series: HourSeries, start: datetime, end: datetime, exempt: Times | None = None
) -> TransmissionRate:
    """Rate of one factor over [start, end), whole hours.

    `exempt` are the starts of hours with a reported shutdown (停产, flag F): they are neither due
    nor counted. A repeated hour counts once.
    """
    first, last = (
        np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "h") for at in (start, end)
    )
    due = np.arange(first, last)
    if exempt is not None:
        due = np.setdiff1d(due, exempt.astype("datetime64[h]"))
    hours = series.times.astype("datetime64[h]")
    received = np.intersect1d(hours, due)
    valid = np.intersect1d(hours[series.valid], due)
    return TransmissionRate(len(due), len(received), len(valid))


def combine_rates(rates: Sequence[TransmissionRate]) -> TransmissionRate:
    """Rate of several factors or outlets together, by the sums of their hours."""
    return TransmissionRate(
        sum(rate.should for rate in rates),
        sum(rate.received for rate in rates),
        sum(rate.valid for rate in rates),
    )


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One outlet and factor in a month: what the report prints."""

    outlet: str
    factor: str
    limit: EmissionLimit
    mean: float | None
    """Mean of the valid hours."""
    highest: float | None
    """Highest judged mean: of an hour, or of a day where the limit is a daily one."""
    highest_at: datetime | None
    hours_over: int
    events: tuple[ExceedanceEvent, ...]
    mass_kg: float | None
    """Mass over the valid hours with a flow; None without a flow."""
    rate: TransmissionRate


def _highest(judged: HourSeries) -> tuple[float | None, datetime | None]:
    values = judged.values[judged.valid]
    if not len(values):
        return None, None
    top = int(np.argmax(values))
    return float(values[top]), _instant(judged.times[judged.valid][top])


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """Start and end of a month in China Standard Time."""
    start = datetime(year, month, 1, tzinfo=CHINA_STANDARD_TIME)
    following = (start + timedelta(days=32)).replace(day=1)
    return start, following


def month_row(
    outlet: str,
    series: HourSeries,
    limit: EmissionLimit,
    year: int,
    month: int,
    *,
    mass_kg_h: Floats | None = None,
    exempt: Times | None = None,
) -> MonthRow:
    """Summary of a month; `mass_kg_h` is the mass of each row of the series (NaN without flow)."""
    start, end = month_bounds(year, month)
    first, last = (
        np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "h") for at in (start, end)
    )
    inside = (series.times >= first) & (series.times < last)
    own = HourSeries(series.times[inside], series.values[inside], series.valid[inside])
    valid = own.values[own.valid]
    events = exceedance_events(own, limit)
    highest, highest_at = _highest(_days(own) if limit.averaging == "day" else own)
    mass = None if mass_kg_h is None else mass_kg_h[inside][own.valid]
    return MonthRow(
        outlet=outlet,
        factor=limit.factor,
        limit=limit,
        mean=float(valid.mean()) if len(valid) else None,
        highest=highest,
        highest_at=highest_at,
        hours_over=sum(event.hours for event in events),
        events=tuple(events),
        mass_kg=None if mass is None or not np.isfinite(mass).any() else float(np.nansum(mass)),
        rate=transmission_rate(own, start, end, exempt),
    )
