import csv
import json
from pathlib import Path

import pytest
from shapely.geometry import shape

from ipudong.city.registry.geometry import area_km2, distance_km
from ipudong.city.registry.rows import PlaceRow, read_places


def test_pudong_has_12_subdistricts_and_24_towns_in_one_district():
    kinds = [row.kind for row in read_places()]
    assert (kinds.count("district"), kinds.count("subdistrict"), kinds.count("town")) == (1, 12, 24)


def test_codes_and_chinese_names_are_those_of_the_national_list(shared_data: Path):
    with (shared_data / "geo/shanghai_streets_2023.csv").open(encoding="utf-8-sig") as lines:
        published = {row["code"] + "000": row["name"] for row in csv.DictReader(lines)}
    rows = [row for row in read_places() if row.kind != "district"]
    assert {row.code: row.name_zh for row in rows}.items() <= published.items()
    left_out = {code for code, name in published.items() if code.startswith("310115")}
    left_out -= {row.code for row in rows}
    # What is left out are farms and development zones, which are no subdistrict or town.
    assert all(int(code[6:9]) >= 400 for code in left_out)


def test_centroids_and_areas_are_those_of_the_polygons(shared_data: Path):
    text = (shared_data / "geo/pudong_36_streets_towns_osm.geojson").read_text(encoding="utf-8")
    rows = {row.code: row for row in read_places()}
    for feature in json.loads(text)["features"]:
        row = rows[feature["properties"]["official_control_code_2023"]]
        area = shape(feature["geometry"])
        center = area.centroid
        assert distance_km(row.lon, row.lat, [center.x], [center.y])[0] < 0.01
        assert row.area_km2 == pytest.approx(area_km2(area), abs=0.01)


def test_the_areas_add_up_to_the_published_sum():
    total_km2 = sum(row.area_km2 for row in read_places() if row.kind != "district")
    assert total_km2 == pytest.approx(1402.6, abs=0.1)


@pytest.mark.parametrize(
    "row",
    [
        ("310115005001x", "town", "甲", "A", 121.5, 31.2, 1.0),
        ("310115005000", "castle", "甲", "A", 121.5, 31.2, 1.0),
        ("310115005000", "town", "甲", "A", 31.2, 121.5, 1.0),
        ("310115005000", "town", "甲", "A", 121.5, 31.2, 0.0),
    ],
)
def test_a_row_that_cannot_be_a_place_is_refused(row):
    with pytest.raises(ValueError, match=r".+"):
        PlaceRow(*row)
