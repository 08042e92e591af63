import datetime as dt

import numpy as np
import pytest

from ipudong.city.plan.forecast import (
    MAX_POINTS,
    Flat,
    Forecast,
    TooShort,
    forecast,
    next_year_end,
)
from ipudong.city.plan.trend import fit_trend, student_t_90

TODAY = dt.date(2026, 11, 22)


def days(values, step=1):
    first = TODAY - dt.timedelta(days=step * (len(values) - 1))
    return [(first + dt.timedelta(days=step * i), float(v)) for i, v in enumerate(values)]


def ask(history, *, target=90.0, direction="at_least", due_on=dt.date(2013, 12, 31), **more):
    return forecast(history, target=target, direction=direction, due_on=due_on, today=TODAY, **more)


def simulate(kind, count, rng):
    drift = rng.normal(0, 1)
    if kind == "noise":
        return drift * np.arange(count) + rng.normal(0, 1, count)
    if kind == "walk":
        return np.cumsum(rng.normal(drift, 1, count))
    return np.cumsum(rng.normal(drift, 0.5, count)) + rng.normal(0, 1, count)


@pytest.mark.parametrize("kind", ["noise", "walk", "both"])
def test_the_80_percent_interval_holds_80_percent_of_simulated_futures(kind):
    rng = np.random.default_rng(20131231)
    ahead = np.array([1, 5, 10])
    hits = []
    for _ in range(250):
        values = simulate(kind, 60 + ahead[-1], rng)
        mean, half = fit_trend(np.arange(1.0, 61.0), values[:60]).predict(60.0 + ahead)
        hits.append(np.abs(mean - values[59 + ahead]) <= half)
    assert np.mean(hits) == pytest.approx(0.80, abs=0.06)


def test_the_interval_widens_with_the_horizon():
    rng = np.random.default_rng(5)
    _, half = fit_trend(np.arange(1.0, 31.0), simulate("walk", 30, rng)).predict(
        [31.0, 60.0, 200.0]
    )
    assert half[0] < half[1] < half[2]


@pytest.mark.parametrize(
    ("freedom", "published"), [(3, 1.638), (4, 1.533), (5, 1.476), (10, 1.372), (30, 1.310)]
)
def test_the_percentiles_of_student_are_those_of_the_tables(freedom, published):
    assert student_t_90(freedom) == pytest.approx(published, abs=0.002)


def test_a_line_is_carried_on_to_the_next_year_end():
    answer = ask(days([10 + 0.5 * i + (0.01 if i % 2 else -0.01) for i in range(30)]))
    assert isinstance(answer, Forecast)
    expected = 10 + 0.5 * (29 + (dt.date(2026, 12, 31) - TODAY).days)
    assert answer.at_year_end.on == dt.date(2026, 12, 31)
    assert answer.at_year_end.value == pytest.approx(expected, abs=0.5)
    assert answer.at_year_end.low < expected < answer.at_year_end.high


def test_after_the_due_date_it_says_when_the_target_will_be_reached():
    answer = ask(days([10 + 0.5 * i + (0.01 if i % 2 else -0.01) for i in range(30)]))
    assert isinstance(answer, Forecast)
    assert answer.at_due is None
    assert answer.arrival is not None
    expected = TODAY + dt.timedelta(days=131)  # 24.5 + 0.5 x 131 = 90
    assert answer.arrival.on is not None
    assert abs((answer.arrival.on - expected).days) <= 7
    assert answer.arrival.earliest <= answer.arrival.on <= answer.arrival.latest


def test_before_the_due_date_it_says_whether_the_target_will_be_met():
    rising = days([10 + 0.5 * i + (0.01 if i % 2 else -0.01) for i in range(30)])
    soon = ask(rising, due_on=TODAY + dt.timedelta(days=30))
    later = ask(rising, due_on=TODAY + dt.timedelta(days=300))
    assert isinstance(soon, Forecast)
    assert isinstance(later, Forecast)
    assert not soon.meets(90.0, "at_least")
    assert later.meets(90.0, "at_least")


def test_a_falling_value_never_reaches_a_target_above_it():
    answer = ask(days([50 - 0.5 * i + (0.01 if i % 2 else -0.01) for i in range(30)]))
    assert isinstance(answer, Forecast)
    assert answer.arrival is not None
    assert answer.arrival.on is None
    assert answer.arrival.latest is None


def test_a_target_to_go_below_is_reached_from_above():
    answer = ask(
        days([9 - 0.1 * i + (0.01 if i % 2 else -0.01) for i in range(30)]),
        target=3.0,
        direction="at_most",
    )
    assert isinstance(answer, Forecast)
    assert answer.arrival is not None
    assert answer.arrival.on is not None
    assert abs((answer.arrival.on - TODAY).days - 31) <= 3


def test_a_target_already_met_has_no_arrival():
    answer = ask(days([80, 85, 88, 91, 92, 93]))
    assert isinstance(answer, Forecast)
    assert answer.arrival is None


def test_a_percentage_stays_between_0_and_100():
    answer = ask(days([90, 92, 95, 97, 98, 99]), bounds=(0.0, 100.0))
    assert isinstance(answer, Forecast)
    assert answer.at_year_end.value == 100.0
    assert answer.at_year_end.high == 100.0


@pytest.mark.parametrize("count", [0, 1, 4])
def test_fewer_than_five_points_are_too_short(count):
    assert ask(days(range(count))) == TooShort(count, count)


def test_many_points_on_two_days_are_too_short():
    rows = [(TODAY, float(i)) for i in range(5)] + [(TODAY - dt.timedelta(days=1), 3.0)]
    assert ask(rows) == TooShort(6, 2)


def test_a_value_that_never_moved_has_no_forecast():
    assert ask(days([40] * 20)) == Flat(40.0)


def test_points_at_uneven_intervals_and_twice_a_day_are_accepted():
    rows = [(TODAY - dt.timedelta(days=back), 50.0 - back) for back in (40, 22, 22, 9, 3, 0)]
    answer = ask(rows)
    assert isinstance(answer, Forecast)
    expected = 50.0 + (dt.date(2026, 12, 31) - TODAY).days
    assert answer.at_year_end.value == pytest.approx(expected, rel=0.02)


def test_a_long_history_is_thinned_and_still_ends_today():
    rng = np.random.default_rng(7)
    answer = ask(days(np.linspace(0, 80, 10 * MAX_POINTS) + rng.normal(0, 0.1, 10 * MAX_POINTS)))
    assert isinstance(answer, Forecast)
    assert answer.points == 10 * MAX_POINTS
    assert answer.at_year_end.value == pytest.approx(80 + 39 * 80 / (10 * MAX_POINTS), abs=1.0)


def test_on_new_years_eve_the_next_year_end_is_a_year_away():
    assert next_year_end(dt.date(2026, 12, 31)) == dt.date(2027, 12, 31)
    assert next_year_end(dt.date(2026, 12, 30)) == dt.date(2026, 12, 31)
