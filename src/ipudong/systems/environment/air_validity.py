"""Which hours make a day: data validity of GB 3095 table 4, HJ 663 and the means built on it."""

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MINUTES_PER_HOUR_NEEDED = 45
HOURS_PER_8H_NEEDED = 6
HOURS_PER_DAY_NEEDED = 20
DAYS_PER_MONTH_NEEDED = 27
DAYS_PER_FEBRUARY_NEEDED = 25
DAYS_PER_YEAR_NEEDED = 324
WINDOWS_PER_DAY_NEEDED = 14  # HJ 663: of the 17 eight-hour windows that end between 08:00 and 24:00
_FIRST_WINDOW_END = 8


def hour_is_valid(minutes: int) -> bool:
    """An hourly mean needs 45 minutes of sampling."""
    return minutes >= MINUTES_PER_HOUR_NEEDED


def month_is_valid(days: int, month: date) -> bool:
    """A monthly mean needs 27 daily means, February 25."""
    needed = DAYS_PER_FEBRUARY_NEEDED if month.month == 2 else DAYS_PER_MONTH_NEEDED
    return days >= needed


def year_is_valid(days_by_month: dict[int, int], year: int) -> bool:
    """A yearly mean needs 324 daily means and every month valid in itself."""
    if any(days > calendar.monthrange(year, month)[1] for month, days in days_by_month.items()):
        raise ValueError("a month cannot have more valid days than days")
    months = all(month_is_valid(days_by_month.get(m, 0), date(year, m, 1)) for m in range(1, 13))
    return months and sum(days_by_month.values()) >= DAYS_PER_YEAR_NEEDED


def moving_8h(hours: Floats) -> Floats:
    """Trailing 8 h means of consecutive hours (n,) -> (n,); NaN with fewer than six valid hours."""
    valid = np.isfinite(hours)
    count = _trailing_sum(valid.astype(np.float64), 8)
    total = _trailing_sum(np.where(valid, hours, 0.0), 8)
    enough = count >= HOURS_PER_8H_NEEDED
    return np.where(enough, total / np.maximum(count, 1.0), np.nan)


def _trailing_sum(values: Floats, window: int) -> Floats:
    padded = np.concatenate([np.zeros(window - 1), values])
    return np.lib.stride_tricks.sliding_window_view(padded, window).sum(axis=1)


def day_mean(hours: Floats) -> Floats:
    """Daily means of (days, 24) hours -> (days,); NaN with fewer than twenty valid hours."""
    valid = np.isfinite(hours)
    count = valid.sum(axis=1)
    total = np.where(valid, hours, 0.0).sum(axis=1)
    return np.where(count >= HOURS_PER_DAY_NEEDED, total / np.maximum(count, 1), np.nan)


def day_max(hours: Floats) -> Floats:
    """Daily maximum of (days, 24) hours -> (days,); NaN with fewer than twenty valid hours."""
    valid = np.isfinite(hours)
    highest = np.where(valid, hours, -np.inf).max(axis=1)
    return np.where(valid.sum(axis=1) >= HOURS_PER_DAY_NEEDED, highest, np.nan)


def day_max_8h(ozone: Floats, limit: float | Floats) -> Floats:
    """Daily maximum 8 h mean of ozone of consecutive whole days (days, 24) -> (days,).

    HJ 663: the windows that end at 08:00 to 24:00 count, 14 of 17 must be valid; with fewer the
    result stands only when it exceeds the limit (µg/m³, one or one a day), because more data could
    only raise it.
    """
    windows = moving_8h(ozone.reshape(-1)).reshape(ozone.shape)[:, _FIRST_WINDOW_END - 1 :]
    valid = np.isfinite(windows)
    highest = np.where(valid, windows, -np.inf).max(axis=1)
    stands = (valid.sum(axis=1) >= WINDOWS_PER_DAY_NEEDED) | (highest > limit)
    return np.where(stands & np.isfinite(highest), highest, np.nan)


@dataclass(frozen=True, slots=True)
class WholeDays:
    """An hourly series laid out as China Standard Time days of 24 hours (NaN where none)."""

    first_day: np.datetime64
    hours: Floats

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        return self.first_day + np.arange(len(self.hours))


def to_whole_days(
    ended_at: npt.NDArray[np.datetime64], values: Floats, days: tuple[date, date] | None = None
) -> WholeDays:
    """Lay an hourly series out in days; `ended_at` is the UTC end of each hour, in any order.

    The hour that ends at 24:00 belongs to the day it closes. A repeated hour takes the later row.
    `days` fixes the first and last day; hours outside it are left out.
    """
    begun = ended_at.astype("datetime64[h]") - np.timedelta64(1, "h") + np.timedelta64(8, "h")
    if days is None:
        first, last = begun.min().astype("datetime64[D]"), begun.max().astype("datetime64[D]")
    else:
        first, last = np.datetime64(days[0], "D"), np.datetime64(days[1], "D")
    size = 24 * (int((last - first).astype(int)) + 1)
    slot = (begun - first.astype("datetime64[h]")).astype(int)
    inside = (slot >= 0) & (slot < size)
    hours = np.full(size, np.nan)
    hours[slot[inside]] = values[inside]
    return WholeDays(first, hours.reshape(-1, 24))
