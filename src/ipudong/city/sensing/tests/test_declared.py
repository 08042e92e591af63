"""What manifests declare comes into the database, and what they drop goes out of force."""

from types import SimpleNamespace

import pytest

from ipudong.city.sensing.directory import directory_version, load_directory
from ipudong.city.sensing.models import ObservedProperty, Rule
from ipudong.city.sensing.profiles import (
    Channel,
    DeviceProfile,
    ObservedPropertyRow,
    ProfileError,
    RuleRow,
    declare_profiles,
    find_profile,
    hj212_channels,
    meaning_of,
    sync_declared,
)
from ipudong.city.sensing.rules import load_rule_table

PM25 = ObservedPropertyRow(code="pm25", name_zh="细颗粒物", name_en="PM2.5", unit="ug/m3")
HIGH = RuleRow(
    code="pm25-high", name_zh="超标", name_en="High", kind="above", property="pm25", limit=150.0
)


def system(rules=(), properties=(PM25,), profiles=()) -> SimpleNamespace:
    return SimpleNamespace(
        name="environment",
        observed_properties=properties,
        device_profiles=profiles,
        rules=rules,
    )


@pytest.mark.django_db
def test_declared_rows_are_brought_up_to_date_and_dropped_rules_switched_off() -> None:
    before = directory_version()
    assert sync_declared([system([HIGH])]) == (1, 1)
    assert directory_version() > before
    assert ObservedProperty.objects.get().name_zh == "细颗粒物"
    rule = Rule.objects.get()
    assert (rule.system, rule.observed_property_id, rule.declared) == ("environment", "pm25", True)
    Rule.objects.update(enabled=False)
    sync_declared([system([HIGH])])
    assert not Rule.objects.get().enabled  # what staff switched off stays off
    Rule.objects.update(enabled=True)
    sync_declared([system()])
    assert not Rule.objects.get().enabled
    sync_declared([system([HIGH])])
    assert Rule.objects.get().enabled  # named again, in force again


@pytest.mark.django_db
def test_rules_are_bound_to_the_datastreams_they_select(station) -> None:
    rows = [
        HIGH,
        RuleRow(
            code="hour",
            name_zh="",
            name_en="",
            kind="below",
            property="pm10",
            period="hour",
            limit=1.0,
        ),
        RuleRow(code="other", name_zh="", name_en="", kind="above", limit=1.0, system="traffic"),
        RuleRow(
            code="copy",
            name_zh="",
            name_en="",
            kind="duplicate",
            property="pm10",
            other_property="pm25",
            count=24,
        ),
        RuleRow(
            code="stuck", name_zh="", name_en="", kind="flat", thing_kind="air_station", count=10
        ),
    ]
    pm10 = ObservedPropertyRow(code="pm10", name_zh="PM10", name_en="PM10", max_rate_per_h=900.0)
    sync_declared([system(rows, (PM25, pm10))])
    table = load_rule_table(load_directory())
    ids = dict(station.datastreams.values_list("channel", "id"))
    codes = dict(Rule.objects.values_list("id", "code"))
    bound = {
        (codes[r], d)
        for r, d in zip(table.thresholds.rule, table.thresholds.datastream, strict=True)
    }
    assert bound == {
        ("pm25-high", ids["2011/a34004-Rtd"]),
        ("pm25-high", ids["2061/a34004-Avg"]),
        ("hour", ids["2061/a34002-Avg"]),
    }
    pairs = set(zip(table.pairs.datastream.tolist(), table.pairs.other.tolist(), strict=True))
    assert pairs == {
        (ids["2011/a34002-Rtd"], ids["2011/a34004-Rtd"]),
        (ids["2061/a34002-Avg"], ids["2061/a34004-Avg"]),
    }
    assert set(table.flats.datastream.tolist()) == set(ids.values())
    assert table.rates.rule.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("field", "period", "statistic"),
    [
        ("2011/a34004-Rtd", "instant", "value"),
        ("2051/w01018-Avg", "minute", "mean"),
        ("2061/w00000-Cou", "hour", "total"),
        ("2031/a21026-ZsMax", "day", "max"),
    ],
)
def test_an_hj212_field_says_what_its_reading_stands_for(field, period, statistic) -> None:
    channel = Channel(field=field, property="x")
    assert meaning_of("hj212", channel) == (period, statistic)


def test_what_a_channel_says_itself_goes_before_its_field() -> None:
    channel = Channel(field="2011/a-Rtd", property="x", period="minute", statistic="mean")
    assert meaning_of("hj212", channel) == ("minute", "mean")
    assert meaning_of("mqtt", Channel(field="t", property="x")) == ("instant", "value")


def test_a_profile_declared_in_two_shapes_is_refused(air_profile: DeviceProfile) -> None:
    declare_profiles([air_profile])
    assert find_profile("air-station") == air_profile
    other = DeviceProfile(name="air-station", protocol="hj212", title="", channels=())
    with pytest.raises(ProfileError, match="declared twice"):
        declare_profiles([other])
    twice = hj212_channels("a34004", "pm25", "") * 2
    with pytest.raises(ProfileError, match="a field twice"):
        declare_profiles([DeviceProfile(name="b", protocol="hj212", title="", channels=twice)])
