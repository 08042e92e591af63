"""Real records leave as what a station would send, from stations that only have a past."""

from datetime import UTC, datetime

import pytest

from ipudong.city.identity.actors import system_actor
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.models import Datastream, QuarantinedDevice, Thing
from ipudong.city.sensing.rules.silence import find_silence
from ipudong.systems.environment.demo import load_replay_stations
from ipudong.systems.environment.indicators import list_required
from ipudong.systems.environment.queries.air import get_air_overview
from ipudong.systems.environment.queries.desk import PAST_ONLY
from ipudong.systems.environment.queries.water import list_water
from ipudong.systems.environment.simulation import replay

ACTOR = system_actor("test")


def test_the_city_hours_of_2014_and_the_sections_of_2021_are_sent(shared_data):
    uploads = list(replay(shared_data))
    by_kind = {kind: [u for u in uploads if u[0].kind == kind] for kind in ("air", "water")}
    city = [u for u in by_kind["air"] if u[0].name_zh == "全市平均"]
    assert len(city) == 1000
    _station, command, began, fields = city[0]
    assert (command, began) == ("2061", datetime(2014, 6, 30, 15, tzinfo=UTC))
    assert fields["a34004"] == {"Avg": 50.0, "Flag": "N"}
    assert {"三甲港", "二团"} <= {u[0].name_zh for u in by_kind["water"]}
    assert len({u[0].mn for u in by_kind["water"]}) == 14


def test_a_folder_without_records_sends_nothing(tmp_path):
    assert list(replay(tmp_path)) == []


@pytest.fixture
def known(demo, shared_data) -> list[Thing]:
    """The stations of the recorded files beside those of the demonstration."""
    for _ in range(2):  # twice is once
        assert load_replay_stations(shared_data, ACTOR) == 25
    return list(Thing.objects.filter(properties__replayed=True))


def test_recorded_stations_become_real_things_that_say_where_from(known):
    assert len(known) == 25
    assert not any(thing.simulated for thing in known)
    assert {thing.properties["source"] for thing in known} == {"SODA 2015", "CNEMC"}
    assert {thing.expected_interval_s for thing in known} == {0}
    assert not [thing for thing in known if thing.lon == 0.0]


def test_a_recorded_station_that_came_before_it_was_known_waits_no_longer(demo, shared_data):
    station, *_ = next(replay(shared_data))
    now = datetime.now(UTC)
    device = QuarantinedDevice.objects.create(
        protocol="hj212",
        identity=station.mn,
        reason="unknown",
        credential=station.password,
        first_at=now,
        last_at=now,
    )
    load_replay_stations(shared_data, ACTOR)
    device.refresh_from_db()
    assert (device.state, device.thing.identity) == ("adopted", station.mn)
    assert device.credential == ""


def test_whatever_a_recording_sends_has_a_datastream(known, shared_data):
    channels = {
        (stream.thing.identity, stream.channel)
        for stream in Datastream.objects.filter(thing__in=known).select_related("thing")
    }
    for station, command, _began, fields in replay(shared_data):
        assert {(station.mn, f"{command}/{code}-Avg") for code in fields} <= channels


def test_a_station_with_a_past_only_is_in_no_number_of_today(known, keep):
    """Not even when its records carry today's time."""
    now = datetime.now(UTC)
    hour = to_us(now.replace(minute=0, second=0, microsecond=0)) - 3_600_000_000
    streams = Datastream.objects.filter(thing__in=known)
    keep([(stream.pk, hour, 499.0, 0) for stream in streams])
    ids = {thing.pk for thing in known}
    air = get_air_overview(now)
    listed = {row.station.id for row in air.stations} | {one.id for one in air.silent}
    assert listed.isdisjoint(ids)
    assert {row.section.station.id for row in list_water(now)}.isdisjoint(ids)
    assert {row.station.id for row in list_required(now)}.isdisjoint(ids)


def test_a_station_with_a_past_only_is_never_silent(known):
    later = datetime(2100, 1, 1, tzinfo=UTC)
    silent = {event.thing for event in find_silence(later).raised}
    assert silent
    assert silent.isdisjoint({thing.pk for thing in known})
    assert Thing.objects.filter(PAST_ONLY).count() == 25
