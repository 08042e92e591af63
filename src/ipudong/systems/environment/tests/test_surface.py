"""Kriging against a worked example of the literature, against PyKrige and against its own data."""

import h3
import numpy as np
import pytest
from pykrige.ok import OrdinaryKriging

from ipudong.systems.environment.surface import (
    SurfaceRefusedError,
    cell_points,
    choose_variogram,
    grid_points,
    krige,
    leave_one_out,
    predict,
)

RANDOM = np.random.default_rng(3)
LON = 121.5 + RANDOM.random(12) * 0.4
LAT = 31.0 + RANDOM.random(12) * 0.3
FIELD = 40 + 60 * (LON - 121.5) + 20 * (LAT - 31.0)


def test_example_3_2_of_kitanidis_is_reproduced():
    # Introduction to Geostatistics (1997): linear variogram 0.006 h + 0.1, estimate and variance.
    x, y, z = np.array([9.7, 43.8]), np.array([47.6, 24.6]), np.array([1.22, 2.822])
    value, sigma = predict(x, y, z, "linear", (0.006, 0.1), np.array([18.8]), np.array([67.9]))
    assert value[0] == pytest.approx(1.6364, rel=1e-4)
    assert sigma[0] ** 2 == pytest.approx(0.4201, rel=1e-4)


def test_a_station_gets_its_own_value_back_without_error():
    surface = krige(LON, LAT, FIELD, LON, LAT)
    assert surface.value == pytest.approx(FIELD)
    assert surface.sigma == pytest.approx(0, abs=1e-5)


def test_a_smooth_field_is_foretold_between_stations_within_the_shown_error():
    lon, lat = grid_points(121.55, 31.05, 121.85, 31.25, 5)
    surface = krige(LON, LAT, FIELD, lon, lat)
    error = surface.value - (40 + 60 * (lon - 121.5) + 20 * (lat - 31.0))
    assert np.abs(error).max() < 3 * surface.sigma.max()
    assert surface.loo_rmse < np.std(FIELD) / 2
    assert (surface.stations, surface.clipped) == (12, 0)
    assert surface.model in ("linear", "spherical", "exponential")


def test_the_error_grows_away_from_stations():
    near = krige(LON, LAT, FIELD, [LON[0] + 0.001], [LAT[0]])
    far = krige(LON, LAT, FIELD, [122.5], [31.9])
    assert far.sigma[0] > near.sigma[0]


@pytest.mark.parametrize(
    ("model", "parameters", "listed"),
    [
        ("linear", (0.5, 3.0), [0.5, 3.0]),
        ("spherical", (20.0, 30.0, 4.0), [24.0, 30.0, 4.0]),  # PyKrige lists the full sill
        ("exponential", (20.0, 30.0, 0.0), [20.0, 30.0, 0.0]),
    ],
)
def test_leave_one_out_equals_kriging_without_the_station(model, parameters, listed):
    x, y = (LON - 121.7) * 95, (LAT - 31.1) * 111
    errors, variances = leave_one_out(x, y, FIELD, model, parameters)
    for row in range(len(x)):
        rest = np.arange(len(x)) != row
        without = OrdinaryKriging(x[rest], y[rest], FIELD[rest], model, listed)
        estimate, variance = without.execute("points", x[row : row + 1], y[row : row + 1])
        assert errors[row] == pytest.approx(float(estimate[0]) - FIELD[row])
        assert variances[row] == pytest.approx(float(variance[0]))


def test_the_claimed_error_matches_the_errors_met():
    x, y = (LON - 121.7) * 95, (LAT - 31.1) * 111
    chosen = choose_variogram(x, y, FIELD + RANDOM.normal(0, 2, 12))
    _, variances = leave_one_out(
        x, y, FIELD, chosen.model, chosen.parameters
    )  # the variance does not depend on the values
    assert np.mean(chosen.errors**2 / variances) == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_fewer_than_five_stations_are_refused_with_a_code(count):
    with pytest.raises(SurfaceRefusedError) as refused:
        krige(LON[:count], LAT[:count], FIELD[:count], [121.6], [31.1])
    assert (refused.value.code, refused.value.stations) == ("too_few_stations", count)


def test_missing_values_and_shared_places_do_not_count_as_stations():
    values = FIELD.copy()
    values[5:] = np.nan
    values[4] = 50
    with pytest.raises(SurfaceRefusedError):
        krige(np.append(LON[:4], LON[0]), np.append(LAT[:4], LAT[0]), FIELD[:5], [121.6], [31.1])
    assert krige(LON, LAT, values, [121.6], [31.1]).stations == 5


def test_equal_stations_make_an_even_surface():
    surface = krige(LON, LAT, np.full(12, 33.0), [121.6], [31.1])
    assert (surface.value[0], surface.sigma[0], surface.model) == (33, 0, "constant")


def test_a_surface_is_never_negative_and_says_where_it_was_cut():
    values = np.where(np.arange(12) < 6, 0.0, 100.0)
    lon, lat = grid_points(121.3, 30.8, 122.1, 31.5, 4)
    surface = krige(LON, LAT, values, lon, lat)
    assert surface.value.min() >= 0
    assert surface.clipped >= 0


def test_points_may_be_h3_cells():
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(31.2, 121.6, 8), 2))
    lon, lat = cell_points(cells)
    assert len(lon) == 19
    assert abs(lat.mean() - 31.2) < 0.02
    assert abs(lon.mean() - 121.6) < 0.02
    assert krige(LON, LAT, FIELD, lon, lat).value.shape == (19,)
