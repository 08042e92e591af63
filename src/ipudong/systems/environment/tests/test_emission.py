"""Events, rates and conversions of emission sources against worked figures."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.systems.environment import emission_conversions as convert
from ipudong.systems.environment.emission import (
    HourSeries,
    TransmissionRate,
    combine_rates,
    exceedance_events,
    month_bounds,
    month_row,
    transmission_rate,
)
from ipudong.systems.environment.emission_tables import (
    EMISSION_FACTORS,
    EMISSION_STANDARDS,
    EmissionLimit,
)

START = np.datetime64("2026-05-01T00", "h")
SO2 = EmissionLimit("a21026", 50.0, "mg/m³", "GB 13223-2011 表2")


def series_of(values: list[float | None], start: np.datetime64 = START) -> HourSeries:
    """One value an hour; None is an hour that never came, NaN one that is not valid."""
    rows = [(start + k, v) for k, v in enumerate(values) if v is not None]
    times = np.array([t for t, _ in rows], "datetime64[h]")
    numbers = np.array([v for _, v in rows], np.float64)
    return HourSeries(times, numbers, np.isfinite(numbers))


def test_an_event_has_start_end_peak_mean_and_duration():
    (event,) = exceedance_events(series_of([40, 60, 80, 70, 50]), SO2)
    assert event.started_at == datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert event.ended_at == datetime(2026, 5, 1, 4, tzinfo=UTC)
    assert (event.hours, event.peak, event.mean, event.ended_by) == (3, 80, 70, "compliance")
    assert event.peak_at == datetime(2026, 5, 1, 2, tzinfo=UTC)
    assert event.multiple == pytest.approx(0.6)


@pytest.mark.parametrize("hole", [None, float("nan")])
def test_a_missing_or_invalid_hour_ends_an_event_and_is_never_bridged(hole):
    events = exceedance_events(series_of([60, 70, hole, 80]), SO2)
    assert [(e.hours, e.ended_by) for e in events] == [(2, "gap"), (1, "open")]


def test_a_value_on_the_limit_complies():
    assert exceedance_events(series_of([50, 50]), SO2) == []
    assert exceedance_events(series_of([]), SO2) == []


def test_a_day_limit_is_judged_on_days_of_twenty_valid_hours_in_china_standard_time():
    cod = EmissionLimit("w01018", 50.0, "mg/L", "GB 18918-2002 一级 A", averaging="day")
    midnight = np.datetime64("2026-04-30T16", "h")
    days = [60.0] * 24 + [40.0] * 24 + [90.0] * 19
    (event,) = exceedance_events(series_of(days, midnight), cod)
    assert (event.hours, event.peak) == (24, 60)
    assert event.started_at == datetime(2026, 4, 30, 16, tzinfo=UTC)


def test_ph_is_judged_on_both_sides():
    ph = EmissionLimit("w01001", 9.0, "", "GB 18918-2002", lower=6.0)
    low, high = exceedance_events(series_of([5.5, 5.0, 7.0, 9.5]), ph)
    assert (low.peak, low.limit, low.multiple) == (5.0, 6.0, None)
    assert (high.peak, high.limit) == (9.5, 9.0)


@given(st.lists(st.one_of(st.none(), st.just(float("nan")), st.floats(0, 100)), max_size=60))
def test_the_hours_of_all_events_are_the_valid_hours_over_the_limit(values):
    events = exceedance_events(series_of(values), SO2)
    assert sum(e.hours for e in events) == sum(v is not None and v > 50 for v in values)
    assert all(a.ended_at <= b.started_at for a, b in pairwise(events))


def test_the_transmission_effective_rate_is_the_product_of_its_two_rates():
    series = series_of([1.0] * 18 + [None] * 4 + [float("nan")] * 2)
    begin = datetime(2026, 5, 1, tzinfo=UTC)
    rate = transmission_rate(series, begin, begin + timedelta(hours=24))
    assert rate == TransmissionRate(24, 20, 18)
    assert rate.transmission == pytest.approx(20 / 24)
    assert rate.validity == pytest.approx(18 / 20)
    assert rate.effective == pytest.approx(rate.transmission * rate.validity) == 0.75


def test_shutdown_hours_are_not_due_and_repeated_hours_count_once():
    series = series_of([1.0] * 20)
    twice = HourSeries(
        *(np.concatenate([c, c]) for c in (series.times, series.values, series.valid))
    )
    begin = datetime(2026, 5, 1, tzinfo=UTC)
    rate = transmission_rate(twice, begin, begin + timedelta(hours=24), START + np.arange(20, 24))
    assert rate == TransmissionRate(20, 20, 20)


def test_an_outlet_at_rest_all_month_has_no_rate():
    empty = TransmissionRate(0, 0, 0)
    assert (empty.transmission, empty.validity, empty.effective) == (None, None, None)
    assert (
        combine_rates([TransmissionRate(10, 5, 4), TransmissionRate(10, 10, 10)]).effective == 0.7
    )


def test_a_month_is_summed_within_china_standard_time():
    begin, end = month_bounds(2026, 5)
    assert (begin.astimezone(UTC), end - begin) == (
        datetime(2026, 4, 30, 16, tzinfo=UTC),
        timedelta(days=31),
    )
    values = [10.0] * 15 + [20.0] + [60.0] * 2 + [30.0] * 727 + [None] * 15 + [999.0]
    series = series_of(values, np.datetime64("2026-04-30T00", "h"))
    row = month_row("DA001", series, SO2, 2026, 5, mass_kg_h=np.full(len(series.times), 0.5))
    assert (row.hours_over, row.highest, row.rate.should) == (2, 60, 744)
    assert row.rate.received == 729
    assert row.mass_kg == pytest.approx(0.5 * 729)
    assert month_row("DA001", series_of([]), SO2, 2026, 5).mean is None


def test_december_ends_with_the_year():
    assert month_bounds(2026, 12)[1].year == 2027


# HJ 212-2017 appendix D and HJ 75.


def test_the_reference_oxygen_conversion_follows_appendix_d():
    assert convert.to_reference_oxygen(100.0, 9.0, 6.0) == pytest.approx(125.0)
    assert convert.to_reference_oxygen(100.0, 6.0, 6.0) == 100
    both = convert.to_reference_oxygen(np.array([100.0, 100.0]), np.array([11.0, 21.0]), 11.0)
    assert both[0] == 100
    assert np.isnan(both[1])


@given(st.floats(0, 1000), st.floats(0, 20))
def test_the_two_forms_of_the_conversion_are_one(concentration, oxygen):
    by_air = convert.to_reference_air(
        concentration, convert.excess_air_ratio(oxygen), convert.excess_air_ratio(6.0)
    )
    assert by_air == pytest.approx(convert.to_reference_oxygen(concentration, oxygen, 6.0))


def test_ppm_become_milligrams_by_molar_mass():
    assert convert.ppm_to_mg_m3(1.0, "so2") == pytest.approx(2.86, abs=0.005)
    assert convert.ppm_to_mg_m3(1.0, "no2") == pytest.approx(2.05, abs=0.005)
    assert convert.nitrogen_oxides(1.0) == pytest.approx(1.53, abs=0.005)


def test_standard_state_dryness_flow_and_mass():
    assert convert.to_standard_state(100.0, 273.0, 101_325.0) == pytest.approx(200.0)
    assert convert.to_standard_state(100.0, 0.0, 100_000.0, 1325.0) == pytest.approx(100.0)
    assert convert.to_dry(90.0, 10.0) == pytest.approx(100.0)
    flow = convert.flue_flow_m3_h(2.0, 10.0, 273.0, 101_325.0, moisture_percent=10.0)
    assert flow == pytest.approx(3600 * 2 * 10 / 2 * 0.9)
    assert convert.gas_mass_kg_h(50.0, 100_000.0) == pytest.approx(5.0)


def test_water_volume_mass_and_weighted_mean():
    assert convert.water_volume_m3(100.0, 3600) == pytest.approx(360.0)
    assert convert.water_mass_kg(50.0, 360.0) == pytest.approx(18.0)
    mean = convert.flow_weighted_mean(np.array([10.0, 40.0, np.nan]), np.array([3.0, 1.0, 9.0]))
    assert mean == pytest.approx(17.5)
    assert np.isnan(convert.flow_weighted_mean(np.array([1.0]), np.array([0.0])))


def test_every_limit_is_of_a_known_factor_in_its_unit():
    for limits in EMISSION_STANDARDS.values():
        for limit in limits:
            assert limit.unit == EMISSION_FACTORS[limit.factor].unit
            assert (limit.reference_oxygen_percent is None) == limit.factor.startswith("w")
