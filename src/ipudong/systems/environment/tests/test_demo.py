"""The demonstration stations become things, once, each with what it is judged by."""

from datetime import datetime

import pytest

from ipudong.city.identity.actors import system_actor
from ipudong.city.manifest import installed
from ipudong.city.sensing.models import Rule, Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.systems.environment.demo import load_demo
from ipudong.systems.environment.models import Outlet, OutletLimit, WaterSection
from ipudong.systems.environment.simulation import readings, stations
from ipudong.systems.environment.system import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def declared() -> None:
    sync_declared(installed())


def test_the_manifest_is_installed():
    assert SYSTEM in installed()


def test_loading_twice_makes_each_station_once(declared):
    for _ in range(2):
        assert load_demo(1000, system_actor("test")) == 24
    assert Thing.objects.filter(system="environment", simulated=True).count() == 24
    assert WaterSection.objects.count() == 8
    assert Outlet.objects.count() == 8


def test_every_outlet_limit_is_watched_by_a_rule_of_its_own(declared):
    load_demo(1000, system_actor("test"))
    rules = Rule.objects.filter(code__startswith="environment-limit-")
    bounds = sum(1 + (limit.lower is not None) for limit in OutletLimit.objects.all())
    assert rules.count() == bounds > 20


def test_whatever_a_station_sends_has_a_datastream(declared, django_assert_max_num_queries):
    load_demo(1000, system_actor("test"))
    with django_assert_max_num_queries(2):
        things = {
            t.identity: {s.channel for s in t.datastreams.all()}
            for t in Thing.objects.prefetch_related("datastreams")
        }
    began = datetime.fromisoformat("2026-05-01T00:00:00+08:00")
    for station in stations():
        report = readings(station, began, "hour")
        for factor, fields in report.items():
            sent = {f"2061/{factor}-{name}" for name in fields if name != "Flag"}
            assert sent <= things[station.mn], (station.name_en, sent - things[station.mn])
