"""Vehicles go round like vehicles: no jumps, speeds that fit the way, stops."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians

import pytest

from ipudong.systems.citysense.simulation import read_motion, vehicles

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
STEP_S = 5


@pytest.mark.parametrize("vehicle", vehicles(1000, 1), ids=lambda vehicle: vehicle.phone)
def test_the_way_between_two_instants_fits_the_speed_said(vehicle):
    motions = [read_motion(vehicle, AT + timedelta(seconds=STEP_S * n)) for n in range(1000)]
    for before, after in pairwise(motions):
        east = (after.lon - before.lon) * 111_320 * cos(radians(after.lat))
        moved_m = hypot(east, (after.lat - before.lat) * 111_320)
        said_m = (before.speed + after.speed) / 2 / 3.6 * STEP_S
        # Straight from point to point: as far as said, less in a sharp turn.
        assert said_m / 2 - 10 < moved_m < said_m + 10
        assert 0 <= after.heading < 360
    assert max(motion.speed for motion in motions) < 80
    assert any(motion.speed == 0 for motion in motions)


def test_the_mileage_never_goes_back():
    vehicle = vehicles(1000, 1)[0]
    read = [read_motion(vehicle, AT + timedelta(minutes=n)).mileage_km for n in range(600)]
    assert read == sorted(read)


def test_each_vehicle_has_a_phone_and_plate_of_its_own_at_any_scale():
    drawn = vehicles(10, 1)
    assert len({vehicle.phone for vehicle in drawn}) == len(drawn) == 1200
    assert len({vehicle.plate for vehicle in drawn}) > 1180  # a few share one, as forged ones do
    assert {vehicle.edition for vehicle in drawn} == {2013, 2019}
    assert vehicles(1000, 1) == vehicles(1000, 1) != vehicles(1000, 2)
