"""Concentration surface between stations by ordinary kriging, with its error shown."""

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import h3
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MINIMUM_STATIONS = 5
MODELS = ("linear", "spherical", "exponential")
"""Candidates; the gaussian is left out, it makes few stations overshoot."""
NUGGET_SHARES = (0.0, 0.1, 0.3, 0.6)
RANGE_SHARES = (0.25, 0.5, 1.0, 2.0)
_EARTH_RADIUS_KM = 6371.0088


class SurfaceRefusedError(Exception):
    """No honest surface can be drawn. The one code is `too_few_stations`."""

    def __init__(self, code: str, stations: int) -> None:
        super().__init__(code)
        self.code = code
        self.stations = stations
        self.needed = MINIMUM_STATIONS


@dataclass(frozen=True, slots=True)
class Surface:
    """Values at points as plain columns, with how far to trust them (unit of the input)."""

    lon: Floats
    lat: Floats
    value: Floats
    sigma: Floats
    """Kriging standard error."""
    model: str
    parameters: tuple[float, ...]
    stations: int
    loo_rmse: float
    """Root mean square of the leave-one-out errors: each station foretold by the others."""
    loo_bias: float
    clipped: int
    """Points whose estimate fell below zero and is shown as zero."""


def krige(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    values: npt.ArrayLike,
    at_lon: npt.ArrayLike,
    at_lat: npt.ArrayLike,
) -> Surface:
    """Surface of n stations (WGS 84 degrees) at m points.

    Stations without a finite value are left out and stations at one place are averaged; fewer than
    five left raise `SurfaceRefusedError`.
    """
    x, y, z, origin = _stations(lon, lat, values)
    if len(z) < MINIMUM_STATIONS:
        raise SurfaceRefusedError("too_few_stations", len(z))
    points_lon, points_lat = np.asarray(at_lon, np.float64), np.asarray(at_lat, np.float64)
    px, py = _to_km(points_lon, points_lat, origin)
    if np.ptp(z) == 0:
        variogram = Variogram("constant", (), np.zeros(len(z)))
        estimate, sigma = np.full(len(px), z[0]), np.zeros(len(px))
    else:
        variogram = choose_variogram(x, y, z)
        estimate, sigma = predict(x, y, z, variogram.model, variogram.parameters, px, py)
    return Surface(
        lon=points_lon,
        lat=points_lat,
        value=np.maximum(estimate, 0.0),
        sigma=sigma,
        model=variogram.model,
        parameters=variogram.parameters,
        stations=len(z),
        loo_rmse=float(np.sqrt(np.mean(variogram.errors**2))),
        loo_bias=float(variogram.errors.mean()),
        clipped=int(np.count_nonzero(estimate < 0)),
    )


def predict(
    x: Floats, y: Floats, z: Floats, model: str, parameters: Sequence[float], px: Floats, py: Floats
) -> tuple[Floats, Floats]:
    """Ordinary kriging estimate and standard error at points, all coordinates in km.

    `parameters` as PyKrige orders them: linear (slope, nugget), others (partial sill, range,
    nugget).
    """
    names = ("slope", "nugget") if model == "linear" else ("psill", "range", "nugget")
    named = dict(zip(names, parameters, strict=True))
    kriging = _pykrige("ok").OrdinaryKriging(
        x, y, z, variogram_model=model, variogram_parameters=named
    )
    estimate, variance = kriging.execute("points", px, py, backend="vectorized")
    return np.asarray(estimate), np.sqrt(np.maximum(np.asarray(variance), 0.0))


def _stations(
    lon: npt.ArrayLike, lat: npt.ArrayLike, values: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, tuple[float, float]]:
    table = np.column_stack([np.asarray(c, np.float64) for c in (lon, lat, values)])
    table = table[np.isfinite(table).all(axis=1)]
    if not len(table):
        raise SurfaceRefusedError("too_few_stations", 0)
    _, first, which = np.unique(
        np.round(table[:, :2], 6), axis=0, return_index=True, return_inverse=True
    )
    which = which.reshape(-1)
    z = np.bincount(which, weights=table[:, 2]) / np.bincount(which)
    places = table[first, :2]  # unrounded, so that a station's own point is met exactly
    origin = (float(places[:, 0].mean()), float(places[:, 1].mean()))
    x, y = _to_km(places[:, 0], places[:, 1], origin)
    return x, y, z, origin


def _to_km(lon: Floats, lat: Floats, origin: tuple[float, float]) -> tuple[Floats, Floats]:
    """Local plane around the stations; over a district its error is far below a station's reach."""
    per_degree = math.pi * _EARTH_RADIUS_KM / 180
    x = (lon - origin[0]) * per_degree * math.cos(math.radians(origin[1]))
    return x, (lat - origin[1]) * per_degree


@dataclass(frozen=True, slots=True)
class Variogram:
    """A variogram model with PyKrige's parameters and the leave-one-out errors it was chosen by."""

    model: str
    parameters: tuple[float, ...]
    errors: Floats


def choose_variogram(x: Floats, y: Floats, z: Floats) -> Variogram:
    """The candidate that foretells each station best from the others, scaled to its own errors.

    A least-squares fit of a handful of stations often ends at a bound; cross-validation over a
    small set of shapes does not. The sill is then set so that leave-one-out errors are on average
    as large as the standard errors claimed for them.
    """
    reach = float(_distances(x, y).max())
    shapes = [
        (model, share, reach * fraction)
        for model in MODELS
        for share in NUGGET_SHARES
        for fraction in ((1.0,) if model == "linear" else RANGE_SHARES)
    ]
    shown = [leave_one_out(x, y, z, one[0], _parameters(one[0], 1.0, *one[1:])) for one in shapes]
    best = min(range(len(shapes)), key=lambda k: float(np.mean(shown[k][0] ** 2)))
    (model, share, reach), (errors, variances) = shapes[best], shown[best]
    sill = float(np.mean(errors**2 / variances))
    return Variogram(model, _parameters(model, sill, share, reach), errors)


def _parameters(model: str, sill: float, nugget_share: float, reach: float) -> tuple[float, ...]:
    nugget, rest = sill * nugget_share, sill * (1 - nugget_share)
    return (rest / reach, nugget) if model == "linear" else (rest, reach, nugget)


def leave_one_out(
    x: Floats, y: Floats, z: Floats, model: str, parameters: Sequence[float]
) -> tuple[Floats, Floats]:
    """Estimate minus measurement at each station from all the others, and its kriging variance.

    One inverse of the whole system gives them all (Dubrule 1983).
    """
    count = len(z)
    system = np.ones((count + 1, count + 1))
    semivariance = getattr(_pykrige("variogram_models"), f"{model}_variogram_model")
    system[:count, :count] = semivariance(list(parameters), _distances(x, y))
    np.fill_diagonal(system, 0.0)
    inverse = np.linalg.pinv(system)
    diagonal = np.diagonal(inverse)[:count]
    return -(inverse[:count, :count] @ z) / diagonal, np.maximum(-1.0 / diagonal, 1e-12)


def _distances(x: Floats, y: Floats) -> Floats:
    """Distances between all pairs, as a square."""
    return np.hypot(x[:, None] - x, y[:, None] - y)


def _pykrige(module: str) -> ModuleType:
    """A module of PyKrige, loaded with the first surface: it brings most of SciPy along, and
    every process of the house would wait for that at its start."""
    return importlib.import_module(f"pykrige.{module}")


def grid_points(
    west: float, south: float, east: float, north: float, step_km: float
) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of a regular grid of about `step_km` over a box."""
    per_degree = math.pi * _EARTH_RADIUS_KM / 180
    across = per_degree * math.cos(math.radians((south + north) / 2))
    lons = np.linspace(west, east, max(2, round((east - west) * across / step_km) + 1))
    lats = np.linspace(south, north, max(2, round((north - south) * per_degree / step_km) + 1))
    grid = np.meshgrid(lons, lats)
    return grid[0].reshape(-1), grid[1].reshape(-1)


def cell_points(cells: Sequence[str]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the centers of H3 cells."""
    centers = np.array([h3.cell_to_latlng(cell) for cell in cells], np.float64).reshape(-1, 2)
    return centers[:, 1], centers[:, 0]
