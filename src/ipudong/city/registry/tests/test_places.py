import json
from collections import Counter
from pathlib import Path

import pytest
from shapely.geometry import shape

from ipudong.city.audit.models import Entry
from ipudong.city.registry.boundaries import BoundaryFileError
from ipudong.city.registry.cells import cell_at, outline
from ipudong.city.registry.geometry import area_km2
from ipudong.city.registry.models import Place, PlaceCell
from ipudong.city.registry.queries import (
    PlaceNotFoundError,
    find_place_at,
    get_place,
    list_cells,
    list_places,
    places_geojson,
    search_places,
)
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import import_places, load_places

pytestmark = pytest.mark.django_db

LUJIAZUI = "310115005000"


@pytest.fixture
def pudong() -> None:
    load_places(read_places())


@pytest.fixture
def polygons(shared_data: Path) -> Path:
    return shared_data / "geo/pudong_36_streets_towns_osm.geojson"


@pytest.fixture
def pudong_with_polygons(pudong, polygons: Path) -> None:
    report = import_places(polygons, actor="tester")
    assert (report.accepted, report.rejects) == (36, ())


@pytest.fixture
def stations(shared_data: Path) -> dict[str, tuple[float, float]]:
    text = (shared_data / "geo/shanghai_metro_stations_wgs84.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    return {f["properties"]["name_zh"]: tuple(f["geometry"]["coordinates"]) for f in features}


def write_features(path: Path, *features: dict, **more) -> Path:
    document = {"type": "FeatureCollection", "features": list(features), **more}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def square(
    code: str = LUJIAZUI, lon: float = 121.50, lat: float = 31.23, size: float = 0.02
) -> dict:
    ring = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    corners = [[lon + x, lat + y] for x, y in ring]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def test_the_published_stations_lie_in_their_published_places(pudong_with_polygons, stations):
    published = {
        "陆家嘴": "陆家嘴街道",
        "世纪大道": "潍坊新村街道",
        "张江高科": "张江镇",
        "迪士尼": "川沙新镇",
        "滴水湖": "南汇新城镇",
        "浦东1号2号航站楼": "祝桥镇",
    }
    for station, place in published.items():
        found = find_place_at(*stations[station])
        assert found is not None
        assert found.name_zh == place
    assert find_place_at(*stations["人民广场"]) is None


def test_125_of_the_408_metro_stations_are_in_pudong(pudong_with_polygons, stations):
    assert len(stations) == 408
    assert sum(find_place_at(*point) is not None for point in stations.values()) == 125


def test_cells_and_polygons_agree_on_every_station(pudong_with_polygons, stations, polygons):
    features = json.loads(polygons.read_text(encoding="utf-8"))["features"]
    for place in list_places():
        assert place.geometry is not None
    areas = {f["properties"]["osm_name"]: shape(f["geometry"]) for f in features}
    for point in stations.values():
        within = {name for name, area in areas.items() if area.covers(shape_point(point))}
        found = find_place_at(*point)
        assert ({found.name_zh} if found else set()) == within


def shape_point(point):
    return shape({"type": "Point", "coordinates": point})


def test_the_cells_of_the_district_are_listed_once(pudong_with_polygons):
    cells = list_cells()
    assert len(cells) == len(set(cells)) < PlaceCell.objects.count()
    assert cell_at(121.5084, 31.2390) in cells


def test_the_imported_areas_add_up_to_the_published_sum(pudong_with_polygons):
    collection = places_geojson()
    total_km2 = sum(area_km2(shape(f["geometry"])) for f in collection["features"])
    assert total_km2 == pytest.approx(1402.6, abs=0.1)
    assert collection["approximate"] is False


def test_simplified_neighbors_keep_touching(pudong_with_polygons):
    fine, coarse = places_geojson(), places_geojson(0.002)
    assert len(json.dumps(coarse)) < len(json.dumps(fine)) / 3
    areas = [shape(f["geometry"]) for f in coarse["features"]]
    overlap_km2 = sum(
        area_km2(a.intersection(b)) for i, a in enumerate(areas) for b in areas[i + 1 :]
    )
    assert overlap_km2 < 0.5


def test_without_polygons_places_are_cells_and_say_so(pudong):
    collection = places_geojson()
    assert collection["approximate"] is True
    assert len(collection["features"]) == 36
    assert all(feature["properties"]["approximate"] for feature in collection["features"])
    found = find_place_at(121.5084, 31.2390)
    assert found is not None
    assert found.code == LUJIAZUI
    assert found.is_approximate


def test_without_polygons_most_stations_still_find_their_place(pudong, stations, polygons):
    guessed = {name: find_place_at(*point) for name, point in stations.items()}
    import_places(polygons, actor="tester")
    known = {name: find_place_at(*point) for name, point in stations.items()}
    inside = [name for name, place in known.items() if place]
    right = sum(guessed[name] == known[name] for name in inside)
    assert right / len(inside) > 0.6


def test_a_point_far_away_or_impossible_is_nowhere(pudong):
    assert find_place_at(116.39, 39.9) is None
    assert find_place_at(200.0, 31.0) is None
    assert find_place_at(float("nan"), 31.0) is None


def test_a_real_polygon_wins_over_a_guess_by_the_nearest_center(pudong, tmp_path):
    guessed = find_place_at(121.5193, 31.2250)  # the center of the neighbor
    assert guessed is not None
    assert guessed.code != LUJIAZUI
    report = import_places(
        write_features(tmp_path / "one.geojson", square(lon=121.51, lat=31.215)), actor="tester"
    )
    assert report.accepted == 1
    found = find_place_at(121.5193, 31.2250)
    assert found is not None
    assert found.code == LUJIAZUI


def test_loading_twice_changes_nothing_and_keeps_polygons(pudong_with_polygons):
    cells = PlaceCell.objects.count()
    assert load_places(read_places()) == 0
    assert Place.objects.exclude(geometry=None).count() == 36
    assert PlaceCell.objects.count() == cells


def test_every_place_but_the_district_lies_in_the_district(pudong):
    assert {place.parent.code for place in list_places()} == {"310115000000"}
    assert get_place("310115000000").parent is None


def test_an_unknown_code_raises(pudong):
    with pytest.raises(PlaceNotFoundError):
        get_place("000000000000")


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (square("310115999000"), "no place"),
        (square(lon=31.2, lat=121.5), "not WGS 84"),
        (square(lon=121.9, lat=30.9), "km"),
        ({"type": "Feature", "properties": {"code": LUJIAZUI}, "geometry": None}, "not a polygon"),
        ({"type": "Feature", "properties": None, "geometry": None}, "no place"),
        ("not a feature", "no place"),
    ],
)
def test_a_wrong_feature_is_rejected_and_the_others_are_kept(
    pudong, tmp_path, settings, feature, reason
):
    settings.LANGUAGE_CODE = "en"
    path = write_features(tmp_path / "mixed.geojson", feature, square("310115008000", 121.51, 31.2))
    report = import_places(path, actor="tester")
    assert report.accepted == 1
    ((number, text),) = report.rejects
    assert number == 1
    assert reason in text
    assert get_place(LUJIAZUI).geometry is None
    assert get_place("310115008000").geometry is not None


def test_a_polygon_that_crosses_itself_is_rejected(pudong, tmp_path, settings):
    settings.LANGUAGE_CODE = "en"
    bow_tie = square()
    corners = bow_tie["geometry"]["coordinates"][0]
    corners[1], corners[2] = corners[2], corners[1]
    report = import_places(write_features(tmp_path / "bow.geojson", bow_tie), actor="tester")
    assert report.accepted == 0
    assert "not valid" in report.rejects[0][1]


def test_the_second_of_two_features_for_one_place_is_rejected(pudong, tmp_path):
    path = write_features(tmp_path / "twice.geojson", square(), square(size=0.01))
    report = import_places(path, actor="tester")
    assert report.accepted == 1
    assert [number for number, _ in report.rejects] == [2]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"\xff\xfe\x00", "unreadable"),
        (b'{"type": "Feature"}', "not_a_feature_collection"),
        (
            b'{"features": [], "crs": {"properties": {"name": "EPSG:3857"}}}',
            "other_reference_system",
        ),
    ],
)
def test_a_file_that_is_no_set_of_boundaries_changes_nothing(pudong, tmp_path, content, code):
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)
    before = PlaceCell.objects.count(), Entry.objects.count()
    with pytest.raises(BoundaryFileError) as refused:
        import_places(path, actor="tester")
    assert refused.value.code == code
    assert str(refused.value)
    assert (PlaceCell.objects.count(), Entry.objects.count()) == before


def test_an_import_that_dies_halfway_leaves_nothing(pudong, polygons):
    def die(done: int, total: int) -> None:
        assert total == 36
        if done == 20:
            raise KeyboardInterrupt

    before = PlaceCell.objects.count()
    with pytest.raises(KeyboardInterrupt):
        import_places(polygons, actor="tester", progress=die)
    assert Place.objects.exclude(geometry=None).count() == 0
    assert PlaceCell.objects.count() == before


def test_an_import_is_audited_with_its_file_and_actor(pudong, polygons):
    import_places(polygons, actor="tester")
    entry = Entry.objects.order_by("sequence").last()
    assert entry is not None
    assert (entry.actor, entry.action) == ("tester", "registry.import_places")
    assert entry.detail["file"] == polygons.name


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("陆家嘴", "陆家嘴街道"),
        ("Lu jia zui", "陆家嘴街道"),
        ("LUJIAZUI", "陆家嘴街道"),
        ("nanmatou", "南码头路街道"),
        ("新城", "南汇新城镇"),
        ("310115145", "南汇新城镇"),
        ("pudong", "浦东新区"),
    ],
)
def test_places_are_found_by_chinese_and_pinyin(pudong, text, first):
    assert search_places(text)[0].name_zh == first


@pytest.mark.parametrize("text", ["", "   ", "'", "Paris"])
def test_a_search_for_nothing_finds_nothing(pudong, text):
    assert search_places(text) == []


def test_a_cell_on_a_common_border_belongs_to_both_places(pudong_with_polygons):
    borders = Counter(PlaceCell.objects.filter(border=True).values_list("cell", flat=True))
    shared = [cell for cell, places in borders.items() if places > 1]
    assert shared
    center = outline(shared[:1]).centroid
    assert cell_at(center.x, center.y) == shared[0]
