"""The directory shows what is registered, and tells when it changed."""

import numpy as np
import pytest

from ipudong.city.sensing.clock import HOUR_US
from ipudong.city.sensing.directory import directory_version, load_directory
from ipudong.city.sensing.models import Datastream, Thing
from ipudong.city.sensing.services import retire_thing

pytestmark = pytest.mark.django_db


def test_a_registered_station_is_found_by_how_it_presents_itself(station: Thing) -> None:
    directory = load_directory()
    device = directory.find_device("hj212", "31011500000001")
    assert device is not None
    assert device.thing_id == station.pk
    hourly = Datastream.objects.get(channel="2061/a34004-Avg")
    assert device.channels["2061/a34004-Avg"].datastream_id == hourly.pk
    assert device.channels["2061/a34004-Avg"].scale == 1000.0
    assert directory.streams.thing[hourly.pk] == station.pk
    assert directory.streams.length_us[hourly.pk] == HOUR_US
    assert directory.streams.valid_max[hourly.pk] == 1000.0
    assert np.isnan(directory.streams.max_rate_per_h[hourly.pk])


def test_a_datastreams_own_limits_go_before_those_of_its_property(station: Thing) -> None:
    row = Datastream.objects.get(channel="2061/a34004-Avg")
    Datastream.objects.filter(pk=row.pk).update(valid_max=300.0)
    streams = load_directory().streams
    assert streams.valid_max[row.pk] == 300.0
    assert streams.valid_min[row.pk] == 0.0


def test_a_stranger_is_not_found(station: Thing) -> None:
    assert load_directory().find_device("hj212", "31011500000002") is None


def test_a_retired_thing_is_a_stranger_and_the_version_grows(station: Thing, noon) -> None:
    before = directory_version()
    assert load_directory().version == before
    retire_thing(thing=station, by="test", at=noon)
    assert directory_version() > before
    assert load_directory().find_device("hj212", "31011500000001") is None


def test_the_password_is_compared_but_never_shown(station: Thing) -> None:
    device = load_directory().find_device("hj212", "31011500000001")
    assert device is not None
    assert device.accepts("123456")
    assert not device.accepts("654321")
    assert "123456" not in repr(device)
    assert "123456" not in repr(station)
    assert "123456" not in str(station)


def test_an_empty_district_has_an_empty_directory(db: None) -> None:
    directory = load_directory()
    assert directory.devices == {}
    assert directory.streams.size == 1


def test_loading_takes_the_same_number_of_queries_whatever_the_size(
    station: Thing, django_assert_num_queries
) -> None:
    with django_assert_num_queries(5):
        load_directory()
