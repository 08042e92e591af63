"""GeoJSON geometries: those of RFC 7946 are read, all else is refused with a reason."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.geometry import (
    MAX_POSITIONS,
    bounds_of,
    join_areas,
    make_point,
    point_of,
    read_geometry,
)

# RFC 7946, appendix A.
EXAMPLES = [
    {"type": "Point", "coordinates": [100.0, 0.0]},
    {"type": "LineString", "coordinates": [[100.0, 0.0], [101.0, 1.0]]},
    {
        "type": "Polygon",
        "coordinates": [
            [[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 1.0], [100.0, 0.0]],
            [[100.8, 0.8], [100.8, 0.2], [100.2, 0.2], [100.2, 0.8], [100.8, 0.8]],
        ],
    },
    {"type": "MultiPoint", "coordinates": [[100.0, 0.0], [101.0, 1.0]]},
    {
        "type": "MultiPolygon",
        "coordinates": [
            [[[102.0, 2.0], [103.0, 2.0], [103.0, 3.0], [102.0, 3.0], [102.0, 2.0]]],
            [[[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 1.0], [100.0, 0.0]]],
        ],
    },
    {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [100.0, 0.0]},
            {"type": "LineString", "coordinates": [[101.0, 0.0], [102.0, 1.0]]},
        ],
    },
    {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [100.0, 0.0]},
    },
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_standard_are_read(example: dict[str, Any]) -> None:
    shape = read_geometry(example)
    assert shape.is_valid
    lon, lat = point_of(example)
    found = bounds_of(example)
    assert found["west"] <= lon <= found["east"]
    assert found["south"] <= lat <= found["north"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "POINT (1 1)",
        {"type": "Feature"},
        {"type": "Point", "coordinates": "here"},
        {"type": "Point", "coordinates": [True, 1]},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": [0, 91]},
        {"type": "Point", "coordinates": [float("nan"), 0]},
        {"type": "Point", "coordinates": [10**400, 0]},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
        {"type": "MultiPoint", "coordinates": [[0, 0]] * (5 * MAX_POSITIONS)},
        {"type": "GeometryCollection", "geometries": [{"type": "Circle", "coordinates": [0, 0]}]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_what_is_no_geometry_is_refused(value: Any) -> None:
    with pytest.raises(SensingError) as refused:
        read_geometry(value)
    assert refused.value.code == "bad_geometry"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometries", "geometry"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)
TYPES = st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection"])


@given(st.fixed_dictionaries({"type": TYPES}, optional={"coordinates": JSON, "geometries": JSON}))
def test_any_json_is_read_or_refused(value: dict[str, Any]) -> None:
    reason, shape = "", None
    try:
        shape = read_geometry(value)
    except SensingError as error:
        reason = str(error.fields["reason"])
    assert reason or (shape is not None and not shape.is_empty)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=6))
def test_a_joined_area_holds_all_its_parts(points: list[tuple[float, float]]) -> None:
    area = bounds_of(join_areas([make_point(*point) for point in points]))
    for lon, lat in points:
        assert area["west"] <= lon <= area["east"]
        assert area["south"] <= lat <= area["north"]
