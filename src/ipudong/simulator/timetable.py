"""When a station reports what: pure arithmetic on periods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from heapq import merge

INSTANT, MINUTE, HOUR, DAY = "instant", "minute", "hour", "day"
BEIJING = timezone(timedelta(hours=8))
# Days begin at midnight in China; shorter periods fall on the same marks in UTC.
_DAY_OFFSET_S = 8 * 3600


@dataclass(frozen=True, order=True)
class Report:
    """A report: due at `due`, for the `period` that began at `began` (equal for an instant)."""

    due: datetime
    period: str
    began: datetime


def list_reports(
    intervals_s: Mapping[str, int], *, after: Mapping[str, datetime], until: datetime
) -> Iterator[Report]:
    """Reports due after `after[period]` and not later than `until`, in the order they are due."""
    return merge(
        *(
            _of_period(period, intervals_s[period], start, until)
            for period, start in after.items()
            if period in intervals_s
        )
    )


def _of_period(period: str, interval_s: int, after: datetime, until: datetime) -> Iterator[Report]:
    offset_s = _DAY_OFFSET_S if period == DAY else 0
    number = int((after.timestamp() + offset_s) // interval_s) + 1
    length = timedelta(0) if period == INSTANT else timedelta(seconds=interval_s)
    while True:
        due = datetime.fromtimestamp(number * interval_s - offset_s, UTC)
        if due > until:
            return
        yield Report(due=due, period=period, began=due - length)
        number += 1
