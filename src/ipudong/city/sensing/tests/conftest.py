"""A small district of devices."""

from datetime import UTC, datetime

import pytest

from ipudong.city.sensing import profiles
from ipudong.city.sensing.models import ObservedProperty, Thing
from ipudong.city.sensing.profiles import Channel, DeviceProfile, hj212_channels
from ipudong.city.sensing.services import register_thing

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

AIR_STATION = DeviceProfile(
    name="air-station",
    protocol="hj212",
    title="Air station",
    kind="air_station",
    system="environment",
    expected_interval_s=300,
    channels=(
        *hj212_channels("a34004", "pm25", "ug/m3", scale=1000.0),
        *hj212_channels("a34002", "pm10", "ug/m3", scale=1000.0),
    ),
)


@pytest.fixture
def noon() -> datetime:
    """Noon in Shanghai of an ordinary day."""
    return NOON


@pytest.fixture
def air_profile(monkeypatch: pytest.MonkeyPatch) -> DeviceProfile:
    """The profile of an air station, known for the length of one test."""
    monkeypatch.setattr(profiles, "_PROFILES", {AIR_STATION.name: AIR_STATION})
    return AIR_STATION


@pytest.fixture
def properties(db: None) -> None:
    """Two observed properties."""
    for code, name in (("pm25", "PM2.5"), ("pm10", "PM10")):
        ObservedProperty.objects.create(
            code=code, name_zh=name, unit="ug/m3", physical_min=0.0, physical_max=1000.0
        )


@pytest.fixture
def station(properties: None) -> Thing:
    """An air station with instant and hourly PM2.5 and PM10."""
    return register_thing(
        name_zh="川沙站",
        name_en="Chuansha",
        kind="air_station",
        system="environment",
        at=NOON,
        protocol="hj212",
        identity="31011500000001",
        credential="123456",
        profile="air-station",
        expected_interval_s=300,
        lon=121.7,
        lat=31.19,
        channels=[
            Channel(field="2011/a34004-Rtd", property="pm25", unit="ug/m3", scale=1000.0),
            Channel(field="2061/a34004-Avg", property="pm25", unit="ug/m3", scale=1000.0),
            Channel(field="2011/a34002-Rtd", property="pm10", unit="ug/m3", scale=1000.0),
            Channel(field="2061/a34002-Avg", property="pm10", unit="ug/m3", scale=1000.0),
        ],
    )
