import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, hypergeom, poisson

from ipudong.city.casework.supervision.statistics import (
    adjust,
    chance_of_at_least,
    chance_of_share,
    compare_shares,
)


def test_the_lady_tasting_tea() -> None:
    # Fisher's own example: all four cups right of eight, 1 in 70; at least three, 17 in 70
    assert chance_of_share(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert chance_of_share(3, 4, 4, 8) == pytest.approx(17 / 70)


@given(st.data())
def test_the_hypergeometric_tail_is_scipys(data: st.DataObject) -> None:
    all_cases = data.draw(st.integers(1, 3000))
    all_count = data.draw(st.integers(0, all_cases))
    cases = data.draw(st.integers(0, all_cases))
    least = max(0, cases - (all_cases - all_count))
    count = data.draw(st.integers(least, min(cases, all_count)))
    expected = hypergeom.sf(count - 1, all_cases, all_count, cases)
    found = chance_of_share(count, cases, all_count, all_cases)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.integers(0, 60), st.floats(0.01, 40))
def test_the_poisson_tail_is_scipys(count: int, expected: float) -> None:
    found = chance_of_at_least(count, expected)
    assert found == pytest.approx(poisson.sf(count - 1, expected), rel=1e-9, abs=1e-300)


def test_nothing_is_expected_and_nothing_came() -> None:
    assert chance_of_at_least(0, 0) == 1
    assert chance_of_at_least(1, 0) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_p_values_are_scipys(p_values: list[float]) -> None:
    assert adjust(p_values) == pytest.approx(list(false_discovery_control(p_values)))


def test_an_office_that_suspends_half_of_its_cases_stands_out_and_a_small_one_does_not() -> None:
    tests = {
        test.department: test
        for test in compare_shares(
            [("commerce", 50, 100), ("police", 5, 200), ("culture", 4, 6), ("parks", 0, 0)]
        )
    }
    assert tests["commerce"].stands_out
    assert (tests["commerce"].share, tests["commerce"].others_cases) == (0.5, 206)
    assert not tests["police"].stands_out
    assert not tests["culture"].stands_out  # six cases say little
    assert "parks" not in tests


def test_offices_that_are_alike_do_not_stand_out() -> None:
    rows = [(f"office_{n}", 10 + n % 2, 100) for n in range(20)]
    assert not any(test.stands_out for test in compare_shares(rows))
