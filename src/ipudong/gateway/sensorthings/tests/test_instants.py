"""Many instants at once are written as one at a time, by Python's own calendar."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ipudong.gateway.sensorthings.instants import format_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEARS_US = 250 * 366 * 86_400_000_000


def write(time_us: int) -> str:
    moment = EPOCH + timedelta(microseconds=time_us)
    return moment.isoformat().replace("+00:00", "Z")


@given(st.lists(st.integers(-YEARS_US, YEARS_US), max_size=20), st.booleans())
def test_instants_are_written_as_the_calendar_has_them(times_us: list[int], whole: bool) -> None:
    if whole:
        times_us = [time_us // 1_000_000 * 1_000_000 for time_us in times_us]
    assert format_times(np.array(times_us, np.int64)) == [write(time_us) for time_us in times_us]


def test_a_mixture_keeps_fractions_where_they_are() -> None:
    times_us = np.array([1_790_000_000_000_000, 1_790_000_000_000_001, -1, 0])
    assert format_times(times_us) == [
        "2026-09-21T14:13:20Z",
        "2026-09-21T14:13:20.000001Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
    ]
