"""Tracks in figures and as files, against numbers and readers of others."""

import csv
import io
import json
from datetime import timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from ipudong.systems.citysense.exports import GPX, write_csv, write_geojson, write_gpx
from ipudong.systems.citysense.tests.driven import BEGIN, make_track
from ipudong.systems.citysense.tracks import find_stops, measure_steps_m, summarize, thin


def test_the_distance_from_lyon_to_paris_is_the_published_one():
    # The example of the haversine package's documentation: 392.2172595594006 km.
    track = make_track([(0, 4.8422, 45.7597, 50), (60, 2.3508, 48.8567, 50)])
    assert measure_steps_m(track) == pytest.approx([392_217.2595594006], rel=1e-9)


def test_a_track_in_figures():
    summary = summarize(make_track())
    # Seven hundredths of a degree along 31.2 north.
    assert summary.distance_km == pytest.approx(0.07 * 111.32 * np.cos(np.radians(31.2)), rel=2e-3)
    assert summary.driven == timedelta(minutes=7)
    assert (summary.max_speed, summary.fixes, summary.without_fix) == (57.1, 11, 0)


def test_nobody_knows_what_was_driven_in_a_gap():
    summary = summarize(make_track([(0, 121.5, 31.2, 50), (3600, 121.9, 31.2, 50)]))
    assert (summary.distance_km, summary.driven) == (0, timedelta(0))


def test_positions_without_a_fix_are_counted_and_nothing_else():
    summary = summarize(make_track(status=0))
    assert (summary.distance_km, summary.fixes, summary.without_fix) == (0, 0, 11)
    assert find_stops(make_track(status=0)) == []


def test_a_stop_is_found_with_its_time_and_place():
    (stop,) = find_stops(make_track())
    assert (stop.began_at, stop.lasted) == (BEGIN + timedelta(minutes=3), timedelta(minutes=3))
    assert (stop.lon, stop.lat) == pytest.approx((121.53, 31.2))
    assert find_stops(make_track(), timedelta(minutes=5)) == []


def test_thinning_keeps_the_ends():
    track = thin(make_track(), 4)
    assert len(track) == 4
    assert (track.lon[0], track.lon[-1]) == pytest.approx((121.5, 121.57))


def test_a_csv_file_has_a_line_for_each_position_and_nothing_for_the_unknown():
    rows = list(csv.DictReader(io.StringIO(write_csv(make_track()))))
    assert len(rows) == 11
    assert rows[0]["time"] == f"{BEGIN:%Y-%m-%dT%H:%M:%S}Z"
    assert (rows[0]["speed_kmh"], rows[0]["altitude_m"]) == ("57.1", "")


def test_a_gpx_file_has_a_point_for_each_position():
    root = ElementTree.fromstring(write_gpx(make_track(), "清扫车 <1>"))  # noqa: S314 - our own
    points = root.findall(f".//{{{GPX}}}trkpt")
    assert len(points) == 11
    assert points[0].attrib == {"lat": "31.200000", "lon": "121.500000"}
    assert root.find(f".//{{{GPX}}}name").text == "清扫车 <1>"


def test_geojson_is_a_line_with_its_instants():
    feature = json.loads(json.dumps(write_geojson(make_track(), "x"), allow_nan=False))
    assert feature["geometry"]["type"] == "LineString"
    assert len(feature["properties"]["times"]) == len(feature["geometry"]["coordinates"]) == 11
