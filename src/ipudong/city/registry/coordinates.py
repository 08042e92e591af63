"""WGS 84, GCJ-02 and BD-09: pure, vectorized conversion between the three.

Inside the house every coordinate is WGS 84. GCJ-02 (the shifted datum of Chinese web maps) and
BD-09 (Baidu's second shift on top of it) are converted at the doors with these functions.

Every function takes longitude and latitude in degrees, as numbers or arrays of one shape, and
returns a pair of float64 arrays of that shape. Outside the rectangle in which the shift is defined
the datums are the same and the conversion is the identity. The inverses are solved by fixed-point
iteration on the forward formula: a round trip is exact to better than a tenth of a millimeter.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Degrees = npt.NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

# Krasovsky 1940, on which the published shift is computed (not the WGS 84 ellipsoid).
_SEMI_MAJOR_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_CHINA_WEST, _CHINA_EAST = 72.004, 137.8347
_CHINA_SOUTH, _CHINA_NORTH = 0.8293, 55.8271
_BD09_PERIOD = np.pi * 3000.0 / 180.0
_TOLERANCE_DEG = 1e-12
_MAX_ROUNDS = 30


def is_shifted(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """True where GCJ-02 differs from WGS 84 (the customary rectangle around mainland China)."""
    x, y = _arrays(lon, lat)
    inside = (x >= _CHINA_WEST) & (x <= _CHINA_EAST) & (y >= _CHINA_SOUTH) & (y <= _CHINA_NORTH)
    return np.asarray(inside)


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """GCJ-02 of WGS 84 degrees."""
    x, y = _arrays(lon, lat)
    shift_x, shift_y = _gcj02_shift(x, y)
    shifted = is_shifted(x, y)
    return np.where(shifted, x + shift_x, x), np.where(shifted, y + shift_y, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """WGS 84 of GCJ-02 degrees, the exact inverse of `wgs84_to_gcj02`."""
    x, y = _arrays(lon, lat)
    solved = _invert(_shifted_everywhere, x, y)
    shifted = is_shifted(x, y)
    return np.where(shifted, solved[0], x), np.where(shifted, solved[1], y)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """BD-09 of GCJ-02 degrees."""
    x, y = _arrays(lon, lat)
    bd_x, bd_y = _bd09_everywhere(x, y)
    shifted = is_shifted(x, y)
    return np.where(shifted, bd_x, x), np.where(shifted, bd_y, y)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """GCJ-02 of BD-09 degrees, the exact inverse of `gcj02_to_bd09`."""
    x, y = _arrays(lon, lat)
    solved = _invert(_bd09_everywhere, x, y)
    shifted = is_shifted(x, y)
    return np.where(shifted, solved[0], x), np.where(shifted, solved[1], y)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """BD-09 of WGS 84 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """WGS 84 of BD-09 degrees, the exact inverse of `wgs84_to_bd09`."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _arrays(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _gcj02_shift(lon: Degrees, lat: Degrees) -> Pair:
    """Shift in degrees, by the published series around 105° E, 35° N."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north_m += _waves(y, (20.0, 1.0), (40.0, 3.0)) + _waves(y, (160.0, 12.0), (320.0, 30.0))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east_m += _waves(x, (20.0, 1.0), (40.0, 3.0)) + _waves(x, (150.0, 12.0), (300.0, 30.0))
    phi = np.radians(lat)
    w = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian_m = _SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / (w * np.sqrt(w))
    parallel_m = _SEMI_MAJOR_AXIS_M / np.sqrt(w) * np.cos(phi)
    return np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)


def _waves(z: Degrees, *terms: tuple[float, float]) -> Degrees:
    total = np.zeros_like(z)
    for amplitude_m, divisor in terms:
        total = total + amplitude_m * np.sin(z / divisor * np.pi)
    return total * 2.0 / 3.0


def _shifted_everywhere(lon: Degrees, lat: Degrees) -> Pair:
    shift_x, shift_y = _gcj02_shift(lon, lat)
    return lon + shift_x, lat + shift_y


def _bd09_everywhere(lon: Degrees, lat: Degrees) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD09_PERIOD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD09_PERIOD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(forward: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """Solve forward(x, y) = (lon, lat); the shift is a contraction, so iteration converges."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_MAX_ROUNDS):
        there_x, there_y = forward(x, y)
        miss_x, miss_y = there_x - lon, there_y - lat
        x, y = x - miss_x, y - miss_y
        worst = np.maximum(np.abs(miss_x), np.abs(miss_y))
        if not np.any(worst > _TOLERANCE_DEG):
            break
    return x, y
