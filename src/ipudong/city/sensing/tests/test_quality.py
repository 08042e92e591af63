"""A reading outside physical range, or off by more than a day, is kept and marked."""

from datetime import UTC, datetime

import numpy as np
import pytest

from ipudong.city.sensing.clock import DAY_US, HOUR_US, to_us
from ipudong.city.sensing.directory import Directory, StreamRow, build_streams
from ipudong.city.sensing.quality import assess
from ipudong.store.quality import OUT_OF_RANGE, RESENT, TIME_OFF, is_valid

INSTANT, HOUR, DAY = 1, 2, 3
NOW = to_us(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def directory() -> Directory:
    rows = [
        StreamRow(INSTANT, 1, period="instant", valid_min=0.0, valid_max=14.0),
        StreamRow(HOUR, 1, period="hour", expected_interval_s=300),
        StreamRow(DAY, 1, period="day"),
    ]
    return Directory(version=1, devices={}, streams=build_streams(rows))


def judge(directory: Directory, stream: int, age_us: int, result: float = 7.0, **more) -> int:
    more = {name: np.array([value]) for name, value in more.items()}
    found = assess(
        directory,
        np.array([stream], np.int32),
        np.array([NOW - age_us], np.int64),
        np.array([result]),
        np.array([0], np.uint8),
        NOW,
        **more,
    )
    assert found.dtype == np.uint8
    return int(found[0])


@pytest.mark.parametrize(
    ("result", "mark"),
    [
        (0.0, 0),
        (14.0, 0),
        (-0.1, OUT_OF_RANGE),
        (14.1, OUT_OF_RANGE),
        (float("nan"), OUT_OF_RANGE),
        (float("inf"), OUT_OF_RANGE),
    ],
)
def test_what_a_datastream_cannot_measure_is_marked(directory, result, mark) -> None:
    assert judge(directory, INSTANT, 0, result) == mark


def test_without_limits_any_number_will_do(directory) -> None:
    assert judge(directory, HOUR, HOUR_US, -1e9) == 0
    assert judge(directory, HOUR, HOUR_US, float("-inf")) == OUT_OF_RANGE


@pytest.mark.parametrize("stream", [INSTANT, HOUR, DAY])
def test_a_reading_more_than_a_day_ahead_is_off_whoever_vouches(directory, stream) -> None:
    assert judge(directory, stream, -DAY_US, clock_ok=True) & TIME_OFF == 0
    assert judge(directory, stream, -DAY_US - 1, clock_ok=True) & TIME_OFF


@pytest.mark.parametrize("stream", [INSTANT, HOUR])
def test_old_readings_are_history_where_the_senders_clock_is_right(directory, stream) -> None:
    year = 365 * DAY_US
    assert judge(directory, stream, year, clock_ok=True) == RESENT
    assert judge(directory, stream, year, clock_ok=False) == TIME_OFF
    assert judge(directory, stream, year) == TIME_OFF
    assert is_valid(judge(directory, stream, year, clock_ok=True))


@pytest.mark.parametrize("year", [1970, 1980, 2000])
def test_a_clock_that_was_never_set_is_off_whoever_vouches(directory, year: int) -> None:
    age_us = (2026 - year) * 365 * DAY_US
    assert judge(directory, INSTANT, age_us, clock_ok=True) == TIME_OFF


def test_yesterdays_mean_is_not_late_when_its_day_has_just_ended(directory) -> None:
    assert judge(directory, DAY, DAY_US + HOUR_US // 6) == 0
    assert judge(directory, HOUR, HOUR_US + HOUR_US // 6) == 0


def test_a_reading_hours_late_is_resent_and_no_defect(directory) -> None:
    assert judge(directory, INSTANT, 3 * HOUR_US) == RESENT
    assert judge(directory, HOUR, 6 * HOUR_US) == RESENT


def test_what_the_sender_marks_as_sent_again_is_resent(directory) -> None:
    assert judge(directory, INSTANT, 0, resent=True) == RESENT


def test_the_sources_mark_is_kept(directory) -> None:
    found = assess(
        directory,
        np.array([INSTANT, INSTANT], np.int32),
        np.array([NOW, NOW], np.int64),
        np.array([7.0, 99.0]),
        np.array([5, 5], np.uint8),
        np.array([NOW, NOW], np.int64),
    )
    assert found.tolist() == [5, 5 | OUT_OF_RANGE]
