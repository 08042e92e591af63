"""Missing data: a station that falls silent raises one alarm, and clears it when it is back."""

from datetime import timedelta

import numpy as np
import pytest

from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.models import Alarm, Rule, Thing
from ipudong.city.sensing.rules import find_silence
from ipudong.city.sensing.services import apply_rule_changes, register_thing, store_latest

pytestmark = pytest.mark.django_db


def send(station: Thing, channel: str, at) -> None:
    stream = station.datastreams.get(channel=channel)
    store_latest(
        np.array([stream.pk], np.int32), np.array([to_us(at)]), np.ones(1), np.zeros(1, np.uint8)
    )


def look(now) -> list[tuple[str, str]]:
    apply_rule_changes(find_silence(now), at=now)
    return list(Alarm.objects.order_by("pk").values_list("state", "rule__code"))


@pytest.fixture
def whole(station: Thing) -> Rule:
    return Rule.objects.create(
        code="silent", name_zh="断线", kind="missing", system="environment", count=3
    )


def test_a_silent_station_raises_once_with_the_time_it_became_overdue(station, whole, noon) -> None:
    send(station, "2011/a34004-Rtd", noon)
    assert look(noon + timedelta(minutes=15)) == []
    assert look(noon + timedelta(minutes=16)) == [("raised", "silent")]
    assert look(noon + timedelta(minutes=60)) == [("raised", "silent")]
    alarm = Alarm.objects.get()
    assert (alarm.thing, alarm.datastream, alarm.value) == (station, None, None)
    assert alarm.began_at == noon
    assert alarm.raised_at == noon + timedelta(minutes=15)


def test_new_data_clears_it_at_the_time_of_the_data(station, whole, noon) -> None:
    look(noon + timedelta(minutes=16))
    back = noon + timedelta(minutes=50)
    send(station, "2011/a34002-Rtd", back)
    assert look(noon + timedelta(minutes=51)) == [("cleared", "silent")]
    assert Alarm.objects.get().cleared_at == back


def test_resent_history_does_not_make_a_station_alive(station, whole, noon) -> None:
    send(station, "2011/a34004-Rtd", noon)
    later = noon + timedelta(hours=5)
    look(later)
    send(station, "2061/a34004-Avg", noon + timedelta(hours=2))
    assert look(later) == [("raised", "silent")]


def test_an_hour_counts_as_heard_until_its_end(station, noon) -> None:
    Rule.objects.create(
        code="hourly",
        name_zh="缺小时值",
        kind="missing",
        system="environment",
        observed_property_id="pm25",
        period="hour",
        span_s=1800,
    )
    send(station, "2061/a34004-Avg", noon)
    assert look(noon + timedelta(minutes=90)) == []
    assert look(noon + timedelta(minutes=91)) == [("raised", "hourly")]
    assert Alarm.objects.get().datastream.channel == "2061/a34004-Avg"


def test_imported_history_and_things_of_other_systems_are_not_watched(whole, noon) -> None:
    facts = {"kind": "air_station", "at": noon, "expected_interval_s": 60}
    register_thing(name_zh="历史站", system="environment", **facts)
    register_thing(name_zh="路口", system="traffic", protocol="x", identity="1", **facts)
    assert look(noon + timedelta(minutes=10)) == []


def test_a_station_that_never_sent_is_overdue_from_its_registration(station, whole, noon) -> None:
    look(noon + timedelta(days=1))
    assert Alarm.objects.get().began_at == noon


def test_a_night_in_which_nobody_listened_raises_nothing_in_the_morning(
    station, whole, noon
) -> None:
    send(station, "2011/a34004-Rtd", noon)
    morning = noon + timedelta(hours=20)
    soon, later = morning + timedelta(minutes=1), morning + timedelta(minutes=16)
    assert not find_silence(soon, since=morning)
    assert len(find_silence(later, since=morning).raised) == 1
    apply_rule_changes(find_silence(later), at=later)
    assert not find_silence(soon, since=morning).cleared  # what stood before still stands
