import json
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from ipudong.city.registry.cells import (
    Site,
    cell_at,
    cover,
    is_within,
    nearest_cells,
    outline,
)
from ipudong.city.registry.geometry import area_km2, distance_km
from ipudong.city.registry.rows import read_places


@pytest.fixture(scope="module")
def sites() -> list[Site]:
    rows = read_places()
    return [Site(r.code, r.lon, r.lat, r.area_km2) for r in rows if r.kind != "district"]


@pytest.fixture
def lujiazui(shared_data: Path):
    text = (shared_data / "geo/pudong_36_streets_towns_osm.geojson").read_text(encoding="utf-8")
    return next(
        shape(feature["geometry"])
        for feature in json.loads(text)["features"]
        if feature["properties"]["osm_name"] == "陆家嘴街道"
    )


def test_a_cover_hides_no_part_of_the_area(lujiazui):
    cells = cover(lujiazui)
    assert cells.inside
    assert cells.border
    assert not cells.inside & cells.border
    assert outline(cells.inside | cells.border).covers(lujiazui)
    assert lujiazui.covers(outline(cells.inside))


def test_points_of_the_area_fall_in_its_cells(lujiazui):
    cells = cover(lujiazui)
    for lon, lat in shapely.get_coordinates(lujiazui.buffer(-0.0005)):
        assert is_within(lujiazui, lon, lat)
        assert cell_at(lon, lat) in cells.inside | cells.border


def test_nearest_cells_share_nothing_and_stay_within_reach(sites):
    found = nearest_cells(sites)
    everything = [cell for cells in found.values() for cell in cells]
    assert len(everything) == len(set(everything))
    for site in sites:
        center = outline(found[site.code]).centroid
        away_km = float(distance_km(site.lon, site.lat, [center.x], [center.y])[0])
        assert away_km < site.reach_km


def test_the_drawn_district_is_about_as_large_as_the_real_one(sites):
    drawn_km2 = sum(area_km2(outline(cells)) for cells in nearest_cells(sites).values())
    assert drawn_km2 == pytest.approx(sum(site.area_km2 for site in sites), rel=0.35)


def test_no_sites_have_no_cells():
    assert nearest_cells([]) == {}
