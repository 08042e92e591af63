import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from ipudong.city.registry.geometry import (
    GeometryError,
    area_km2,
    distance_km,
    parse_area,
    read_area,
    to_geojson_text,
)

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.sampled_from(["Polygon", "MultiPolygon"]), _ANYTHING)
def test_any_coordinates_are_an_area_or_refused_with_a_code(kind, coordinates):
    try:
        area = read_area({"type": kind, "coordinates": coordinates})
    except GeometryError as refused:
        code = refused.code
    else:
        code = "valid" if area.is_valid else "let through"
    assert code in {"valid", "unreadable", "empty", "outside_wgs84", "invalid"}


@given(_ANYTHING)
def test_anything_but_an_area_is_refused(geometry):
    with pytest.raises(GeometryError):
        read_area(geometry)


def test_the_whole_earth_has_its_published_area():
    assert area_km2(box(-180, -90, 180, 90)) == pytest.approx(510_065_622, rel=1e-6)


def test_a_small_cell_has_the_area_of_its_sides():
    # Length of a degree on WGS 84 by the published series (NGA), at 31° N in meters.
    phi = math.radians(31)
    north_m = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    east_m = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    cell = box(121.5, 30.995, 121.51, 31.005)
    assert area_km2(cell) == pytest.approx(north_m * east_m * 1e-10, rel=1e-6)


def test_one_degree_of_latitude_is_111_km():
    assert distance_km(121.0, 31.0, [121.0], [32.0])[0] == pytest.approx(111.195, abs=0.001)


def test_an_area_survives_its_text():
    area = read_area(mapping(box(121.5, 31.2, 121.6, 31.3)))
    assert shapely.equals(parse_area(to_geojson_text(area)), area)
