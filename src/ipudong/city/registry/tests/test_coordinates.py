import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.registry.coordinates import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

_STATION = re.compile(r"name: '([^']+)', pinyin.*?lat: '([\d.]+)', lng: '([\d.]+)'")
_IN_CHINA_LON = st.floats(74, 134)
_IN_CHINA_LAT = st.floats(4, 53)


@pytest.fixture
def station_pairs(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """GCJ-02 and WGS 84 degrees of every metro station that both published files name."""
    original = (shared_data / "geo/metromancn_sh_gcj02.js.txt").read_text(encoding="utf-8")
    published = {name: (float(lon), float(lat)) for name, lat, lon in _STATION.findall(original)}
    converted = json.loads(
        (shared_data / "geo/shanghai_metro_stations_wgs84.geojson").read_text(encoding="utf-8")
    )
    rows = [
        (published[name], feature["geometry"]["coordinates"])
        for feature in converted["features"]
        if (name := feature["properties"]["name_zh"]) in published
    ]
    assert len(rows) == 406
    return np.array([gcj for gcj, _ in rows]), np.array([wgs for _, wgs in rows])


def test_every_metro_station_converts_to_its_published_wgs84_position(station_pairs):
    gcj, wgs = station_pairs
    lon, lat = gcj02_to_wgs84(gcj[:, 0], gcj[:, 1])
    assert np.abs(lon - wgs[:, 0]).max() < 1e-5
    assert np.abs(lat - wgs[:, 1]).max() < 1e-5


def test_every_metro_station_converts_back_to_its_published_gcj02_position(station_pairs):
    gcj, wgs = station_pairs
    lon, lat = wgs84_to_gcj02(wgs[:, 0], wgs[:, 1])
    assert np.abs(lon - gcj[:, 0]).max() < 1e-5
    assert np.abs(lat - gcj[:, 1]).max() < 1e-5


def test_the_published_bd09_position_of_tiananmen_is_reproduced():
    lon, lat = gcj02_to_bd09(116.404, 39.915)
    assert float(lon) == pytest.approx(116.41036949371029, abs=1e-9)
    assert float(lat) == pytest.approx(39.92133699351021, abs=1e-9)


@given(_IN_CHINA_LON, _IN_CHINA_LAT)
def test_inverses_are_exact_inside_china(lon, lat):
    for there, back in (
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ):
        returned = back(*there(lon, lat))
        assert np.allclose(returned, (lon, lat), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (-0.12, 51.5), (151.2, -33.9), (139.7, 35.7)])
def test_outside_china_nothing_moves(lon, lat):
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_gcj02):
        assert tuple(map(float, convert(lon, lat))) == (lon, lat)


def test_arrays_keep_their_shape():
    lon, lat = wgs84_to_gcj02(np.full((3, 4), 121.5), np.full((3, 4), 31.2))
    assert lon.shape == lat.shape == (3, 4)
    assert lon.dtype == lat.dtype == np.float64
