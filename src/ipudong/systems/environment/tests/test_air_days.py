"""Validity rules, moving means, daily evaluation and ranking of air stations."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.systems.environment.air_days import (
    Standing,
    composite_index,
    evaluate_days,
    limit_ratios,
    rank,
)
from ipudong.systems.environment.air_limits import (
    AIR_STANDARDS,
    GB_3095_2012,
    get_air_standard,
)
from ipudong.systems.environment.air_tables import FACTORS
from ipudong.systems.environment.air_validity import (
    day_max,
    day_max_8h,
    day_mean,
    hour_is_valid,
    month_is_valid,
    moving_8h,
    to_whole_days,
    year_is_valid,
)

NAN = math.nan


@pytest.mark.parametrize(
    ("on", "pm25_day", "pm10_year", "so2_hour"),
    [
        (date(2019, 7, 18), 75, 70, 500),
        (date(2026, 2, 28), 75, 70, 500),
        (date(2026, 3, 1), 60, 60, 500),
        (date(2030, 12, 31), 60, 60, 500),
        (date(2031, 1, 1), 50, 50, 150),
    ],
)
def test_limits_follow_the_day(on, pm25_day, pm10_year, so2_hour):
    standard = get_air_standard(on)
    assert standard.get_limit("pm25", "day") == pm25_day
    assert standard.get_limit("pm10", "year") == pm10_year
    assert standard.get_limit("so2", "hour") == so2_hour


def test_grade_1_is_never_looser_than_grade_2_and_limits_only_tighten():
    for standard in AIR_STANDARDS:
        assert all(first <= second for first, second in standard.limits.values())
    for key in GB_3095_2012.limits:
        second = [standard.limits[key][1] for standard in AIR_STANDARDS]
        assert second == sorted(second, reverse=True)


def test_the_validity_thresholds():
    assert [hour_is_valid(m) for m in (44, 45)] == [False, True]
    assert [month_is_valid(d, date(2026, 3, 1)) for d in (26, 27)] == [False, True]
    assert [month_is_valid(d, date(2026, 2, 1)) for d in (24, 25)] == [False, True]
    full = dict.fromkeys(range(1, 13), 27)
    assert year_is_valid(full, 2026)  # 12 x 27 = 324
    assert not year_is_valid(full | {2: 26}, 2026)
    assert not year_is_valid({m: 30 for m in range(1, 12) if m != 2} | {2: 28}, 2026)
    with pytest.raises(ValueError, match="more valid days"):
        year_is_valid({2: 30}, 2026)


@given(st.lists(st.one_of(st.just(NAN), st.floats(0, 500)), min_size=1, max_size=60))
def test_the_moving_mean_is_that_of_each_eight_hours_with_six_valid(values):
    result = moving_8h(np.array(values))
    for end in range(len(values)):
        window = [v for v in values[max(0, end - 7) : end + 1] if not math.isnan(v)]
        if len(window) >= 6:
            assert result[end] == pytest.approx(sum(window) / len(window), abs=1e-9)
        else:
            assert math.isnan(result[end])


def test_a_day_needs_twenty_hours():
    hours = np.tile(np.arange(24.0), (2, 1))
    hours[0, :4] = NAN
    hours[1, :5] = NAN
    assert day_mean(hours)[0] == pytest.approx(13.5)
    assert day_max(hours)[0] == 23
    assert np.isnan(day_mean(hours)[1])
    assert np.isnan(day_max(hours)[1])


def test_ozone_needs_14_windows_unless_it_is_over_the_limit_anyway():
    low, high = np.full((1, 24), 80.0), np.full((1, 24), 200.0)
    assert day_max_8h(low, 160.0)[0] == 80
    for hours in (low, high):
        hours[0, 18:] = NAN  # windows ending 21:00 to 24:00 fail: 13 of 17 are left
    assert np.isnan(day_max_8h(low, 160.0)[0])
    assert day_max_8h(high, 160.0)[0] == 200


def test_the_evening_before_never_counts_into_a_day():
    hours = np.zeros((2, 24))
    hours[0, 17:] = 800.0  # the evening before
    hours[1, :] = 0.0
    assert day_max_8h(hours, 160.0)[1] == 0  # the window that ends at 08:00 begins at midnight


def test_the_hour_that_ends_at_midnight_closes_its_day():
    ended_at = np.array(["2026-05-01T16:00", "2026-05-01T17:00"], "datetime64[s]")
    laid = to_whole_days(ended_at, np.array([1.0, 2.0]))
    assert laid.days.tolist() == [date(2026, 5, 1), date(2026, 5, 2)]
    assert (laid.hours[0, 23], laid.hours[1, 0]) == (1.0, 2.0)
    only = to_whole_days(ended_at, np.array([1.0, 2.0]), (date(2026, 5, 2), date(2026, 5, 2)))
    assert only.hours.shape == (1, 24)


def station_hours(days: int, **values: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    ended_at = np.datetime64("2026-02-27T17:00", "s") + np.arange(24 * days).astype("m8[h]")
    means = {"so2": 10.0, "no2": 20.0, "co": 0.5, "o3": 90.0, "pm10": 45.0, "pm25": 30.0} | values
    return ended_at, {f: np.full(24 * days, v) for f, v in means.items()}


def test_a_day_is_judged_by_the_edition_and_limits_of_its_own_date():
    ended_at, hours = station_hours(2, pm25=70.0)
    february, march = evaluate_days(ended_at, hours)
    assert (february.on, march.on) == (date(2026, 2, 28), date(2026, 3, 1))
    assert (february.aqi.value, march.aqi.value) == (94, 110)
    assert (february.within_limits, march.within_limits) == (True, False)
    assert march.index == pytest.approx(
        10 / 150 + 20 / 80 + 0.5 / 4 + 90 / 160 + 45 / 120 + 70 / 60
    )


def test_a_day_with_too_few_hours_of_a_factor_is_not_available_under_the_2026_edition():
    ended_at, hours = station_hours(2)
    hours["pm25"][:5] = NAN
    hours["pm25"][24:29] = NAN
    february, march = evaluate_days(ended_at, hours)
    assert february.means.pm25 is None
    assert (february.aqi.value, february.aqi.missing) == (45, ("pm25",))
    assert (march.aqi.value, march.within_limits, march.index) == (None, None, None)


def test_a_factor_over_its_limit_is_over_even_while_another_is_missing():
    ended_at, hours = station_hours(1, pm10=400.0, co=NAN)
    assert evaluate_days(ended_at, hours)[0].within_limits is False


def test_only_wanted_days_are_judged():
    ended_at, hours = station_hours(3)
    days = evaluate_days(ended_at, hours, (date(2026, 3, 1), date(2026, 3, 2)))
    assert [day.on for day in days] == [date(2026, 3, 1), date(2026, 3, 2)]


def test_the_composite_index_sums_means_and_percentiles_over_their_limits():
    days = {f: np.array([1.0, 2.0, NAN, 3.0]) for f in FACTORS}
    days["o3"] = np.arange(11.0) * 16  # the 90th percentile is 144
    result = composite_index(days, GB_3095_2012)
    assert result.single == {
        "so2": pytest.approx(2 / 60),
        "no2": pytest.approx(2 / 40),
        "pm10": pytest.approx(2 / 70),
        "pm25": pytest.approx(2 / 35),
        "co": pytest.approx(2.9 / 4),
        "o3": pytest.approx(144 / 160),
    }
    assert result.leading == "o3"
    assert result.value == pytest.approx(sum(result.single.values()))
    assert composite_index(days | {"co": np.array([NAN])}, GB_3095_2012) is None


def test_ranking_is_by_aqi_then_index_and_equals_share_a_place():
    rows = [("a", 60, 2.0), ("b", 50, 9.9), ("c", 60, 1.0), ("d", None, 1.0), ("e", 60, 2.0)]
    assert rank(rows) == [
        Standing("b", 1, 50, 9.9),
        Standing("c", 2, 60, 1.0),
        Standing("a", 3, 60, 2.0),
        Standing("e", 3, 60, 2.0),
        Standing("d", None, None, 1.0),
    ]


def test_ratios_are_given_only_for_what_was_measured():
    assert limit_ratios({"co": 2.0, "o3": 80.0}, GB_3095_2012) == {"co": 0.5, "o3": 0.5}
