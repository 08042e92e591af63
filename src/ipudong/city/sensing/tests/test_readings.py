"""Readings for charts, and how much of what was expected came."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from ipudong.city.identity.actors import ANONYMOUS
from ipudong.city.identity.permits import declare_permits
from ipudong.city.sensing.clock import HOUR_US, to_us
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.queries import (
    find_thing,
    list_datastreams,
    list_things,
    measure_transmission,
    read_aggregates,
    read_readings,
    things_geojson,
)
from ipudong.city.sensing.services import store_latest, touch_things
from ipudong.city.sensing.store_options import HISTORY_ENGINE
from ipudong.config.permits import HOUSE_PERMITS
from ipudong.store import batches
from ipudong.store.engine import ENGINES
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house_permits() -> None:
    declare_permits(HOUSE_PERMITS)


@pytest.fixture
def hourly(station: Thing):
    return station.datastreams.select_related("thing").get(channel="2061/a34004-Avg")


@pytest.fixture
def history(tmp_path: Path, hourly, noon) -> History:
    """Ten hours of which the third is missing and the fifth invalid; half of it is sealed."""
    journal, lake = SqliteJournal(tmp_path / "journal.sqlite3"), Lake(tmp_path / "lake")
    hours = np.array([0, 1, 3, 4, 5, 6, 7, 8, 9], np.int64)
    times, values = to_us(noon) + hours * HOUR_US, hours.astype(np.float64)
    quality = np.where(hours == 4, 4, 0).astype(np.uint8)
    ids = np.full(len(hours), hourly.pk, np.int32)
    for part in (slice(0, 5), slice(3, 9)):  # two readings were sent again
        rows = batches.observations(ids[part], times[part], values[part], quality[part])
        journal.append(batches.OBSERVATIONS, [rows])
        if part.start == 0:
            lake.seal(journal)
    return History(lake, journal)


def test_readings_are_read_once_each_from_lake_and_journal(history, hourly, noon) -> None:
    rows = read_readings([hourly.pk], noon, noon + timedelta(hours=10), history=history)
    assert rows[hourly.pk].result.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert rows[hourly.pk].quality.tolist() == [0, 0, 0, 4, 0, 0, 0, 0, 0]
    assert read_readings([hourly.pk], noon - timedelta(days=1), noon, history=history) == {}


def test_aggregates_take_valid_readings_only(history, hourly, noon) -> None:
    every = timedelta(hours=5)
    got = read_aggregates([hourly.pk], noon, noon + timedelta(hours=10), every, history=history)
    rows = got[hourly.pk]
    assert rows.count.sum() == 9
    assert rows.valid_count.sum() == 8
    assert np.nanmax(rows.max) == 9.0


def test_transmission_counts_expected_received_and_valid(history, hourly, noon) -> None:
    (rate,) = measure_transmission([hourly], noon, noon + timedelta(hours=10), history=history)
    assert (rate.expected, rate.received, rate.valid) == (10, 9, 8)
    assert rate.transmission_rate == 0.9
    assert rate.effective_rate == pytest.approx(0.9 * 8 / 9)


def test_nothing_is_expected_before_a_station_was_there(history, hourly, noon) -> None:
    (rate,) = measure_transmission([hourly], noon - timedelta(days=2), noon, history=history)
    assert (rate.expected, rate.transmission_rate, rate.effective_rate) == (0, None, None)


def test_the_public_sees_things_and_never_a_password(station, hourly, noon) -> None:
    thing = list_things(ANONYMOUS, text="川沙").get()
    assert thing.get_deferred_fields() == {"credential"}
    assert find_thing(ANONYMOUS, "hj212", station.identity) == station
    assert list_datastreams(ANONYMOUS, thing=station).count() == 4
    assert not list_things(ANONYMOUS, system="traffic").exists()


def test_things_are_drawn_with_their_newest_values(
    station, hourly, noon, django_assert_num_queries
) -> None:
    store_latest(
        np.array([hourly.pk], np.int32),
        np.array([to_us(noon)]),
        np.array([42.0]),
        np.zeros(1, np.uint8),
    )
    touch_things({station.pk: to_us(noon)})
    url_of = "/things/{0.pk}".format
    drawn = things_geojson(ANONYMOUS, now=noon, system="environment", url_of=url_of)
    (feature,) = drawn["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [121.7, 31.19]}
    assert feature["properties"]["online"] is True
    assert feature["properties"]["url"] == f"/things/{station.pk}"
    assert feature["properties"]["values"]["pm25/hour/mean"]["result"] == 42.0


def test_the_engines_of_the_setting_are_those_of_the_store() -> None:
    assert set(HISTORY_ENGINE.choices) == set(ENGINES)
