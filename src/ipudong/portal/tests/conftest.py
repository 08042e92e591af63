"""A district with its plan and places, and people of each role."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from ipudong.city.identity.tests import people
from ipudong.city.manifest import installed
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.services import load_plan
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import Alarm, ObservedProperty, Rule
from ipudong.city.sensing.profiles import Channel, sync_declared
from ipudong.city.sensing.services import apply_rule_changes, register_thing

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def district(db: None) -> None:
    """Plan, places and declared rows, as `ipudong setup --no-demo` leaves them."""
    load_places(read_places())
    load_plan(read_plan())
    sync_declared((HOUSE, *installed()))


@pytest.fixture
def sign_in(district: None) -> Callable[[str], Client]:
    """A client signed in with one role."""
    return people.sign_in


@pytest.fixture
def alarm(district: None) -> Alarm:
    """A raised alarm: PM2.5 of a station above a limit of 75."""
    ObservedProperty.objects.get_or_create(
        code="pm25", defaults={"name_zh": "PM2.5", "unit": "ug/m3"}
    )
    station = register_thing(
        name_zh="川沙站",
        name_en="Chuansha",
        kind="air_station",
        system="environment",
        at=NOON,
        protocol="hj212",
        identity="31011500000001",
        credential="123456",
        channels=[Channel(field="2011/a34004-Rtd", property="pm25", unit="ug/m3")],
    )
    rule = Rule.objects.create(
        code="pm25-high", name_zh="PM2.5 偏高", name_en="PM2.5 is high", kind="above", limit=75
    )
    event = AlarmEvent(
        rule_id=rule.pk,
        datastream=station.datastreams.get().pk,
        thing=station.pk,
        time_us=to_us(NOON),
        began_us=to_us(NOON),
        value=80.0,
        peak=88.5,
    )
    apply_rule_changes(Changes(raised=(event,)), at=NOON)
    return Alarm.objects.get()
