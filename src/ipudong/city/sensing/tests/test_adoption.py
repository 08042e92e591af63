"""Strangers are kept apart and counted; a person makes them things."""

from datetime import timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import QuarantinedDevice, Thing
from ipudong.city.sensing.profiles import DeviceProfile
from ipudong.city.sensing.services import (
    QuarantineRow,
    adopt_device,
    dismiss_device,
    ensure_channels,
    quarantine_device,
    quarantine_devices,
    register_thing,
)
from ipudong.city.sensing.services import quarantine as quarantine_module

pytestmark = pytest.mark.django_db

FRAME = b"##0100QN=1;ST=22;CN=2011;PW=654321;MN=A1;CP=&&&&"


def hear(noon, identity="A1", fields=("2011/a34004-Rtd",), **more) -> QuarantinedDevice:
    facts = {"reason": "unknown_identity", "credential": "654321", "at": noon, **more}
    quarantine_device("hj212", identity, "10.0.0.9:77", FRAME, fields=fields, **facts)
    return QuarantinedDevice.objects.get(identity=identity)


def adopt(device, noon, **more) -> Thing:
    facts = {"name_zh": "新站", "profile": "air-station", "by": "officer", "at": noon, **more}
    return adopt_device(quarantined=device, **facts)


def test_a_stranger_is_one_row_that_counts_its_frames_and_channels(noon) -> None:
    hear(noon)
    later = noon + timedelta(minutes=1)
    device = hear(later, fields=("2061/a34004-Avg",))
    assert device.frames == 2
    assert device.fields == ["2011/a34004-Rtd", "2061/a34004-Avg"]
    assert (device.first_at, device.last_at) == (noon, later)
    assert "654321" not in device.shown
    assert "654321" not in repr(device)


def test_adopting_makes_a_thing_with_what_it_sends_and_its_profile_knows(
    properties, air_profile: DeviceProfile, noon
) -> None:
    device = hear(noon, fields=("2011/a34004-Rtd", "2061/a34004-Avg", "2011/zz-Rtd"))
    thing = adopt(device, noon, lon=121.5, lat=31.2, organisation="某厂")
    assert (thing.kind, thing.system, thing.expected_interval_s) == (
        "air_station",
        "environment",
        300,
    )
    streams = {s.channel: s for s in thing.datastreams.all()}
    assert set(streams) == {"2011/a34004-Rtd", "2061/a34004-Avg"}
    hourly = streams["2061/a34004-Avg"]
    assert (hourly.period, hourly.statistic, hourly.scale) == ("hour", "mean", 1000.0)
    known = load_directory().find_device("hj212", "A1")
    assert known is not None
    assert known.accepts("654321")
    device.refresh_from_db()
    assert (device.state, device.thing, device.credential) == ("adopted", thing, "")


def test_adoption_is_audited_without_the_password(properties, air_profile, noon) -> None:
    thing = adopt(hear(noon), noon, credential="777777")
    entry = Entry.objects.get(action="sensing.adopt_device")
    assert (entry.actor, entry.subject) == ("officer", f"thing:{thing.pk}")
    assert "777777" not in str(entry.detail)
    assert "654321" not in str(entry.detail)


def test_a_device_that_sent_no_data_yet_gets_all_channels(properties, air_profile, noon) -> None:
    thing = adopt(hear(noon, fields=()), noon)
    assert thing.datastreams.count() == len(air_profile.channels)


def test_channels_that_come_later_are_made_when_the_profile_knows_them(
    properties, air_profile, noon
) -> None:
    thing = adopt(hear(noon), noon)
    fields = ["2011/a34002-Rtd", "2011/a34004-Rtd", "2011/zz-Rtd"]
    assert ensure_channels(thing_id=thing.pk, fields=fields) == 1
    assert ensure_channels(thing_id=thing.pk, fields=fields) == 0
    assert ensure_channels(thing_id=10_000, fields=fields) == 0


def test_a_device_is_adopted_once(properties, air_profile, noon) -> None:
    device = hear(noon)
    adopt(device, noon)
    with pytest.raises(SensingError) as refused:
        adopt(device, noon)
    assert refused.value.code == "already_adopted"


def test_an_unknown_profile_or_one_of_another_protocol_is_refused(properties, noon) -> None:
    with pytest.raises(SensingError) as refused:
        adopt(hear(noon), noon, profile="nothing")
    assert refused.value.code == "unknown_profile"
    assert Thing.objects.count() == 0


def test_a_new_password_of_a_known_device_is_accepted_by_adopting_it(
    station: Thing, air_profile, noon
) -> None:
    device = hear(noon, identity=station.identity, reason="wrong_credential")
    thing = adopt(device, noon, name_zh=station.name_zh)
    assert thing.pk == station.pk
    known = load_directory().find_device("hj212", station.identity)
    assert known is not None
    assert known.accepts("654321")
    assert not known.accepts("123456")
    assert (thing.lon, thing.lat) == (121.7, 31.19)  # nobody entered another place


def test_a_dismissed_stranger_stays_dismissed_and_is_counted(noon) -> None:
    device = hear(noon)
    dismiss_device(quarantined=device, by="officer")
    device = hear(noon)
    assert (device.state, device.frames) == ("dismissed", 2)


def test_an_inventor_of_identities_fills_no_disk(noon, monkeypatch) -> None:
    monkeypatch.setattr(quarantine_module, "DEVICES_KEPT", 3)
    for number in range(5):
        hear(noon + timedelta(seconds=number), identity=f"A{number}")
    kept = QuarantinedDevice.objects.order_by("identity").values_list("identity", flat=True)
    assert list(kept) == ["A2", "A3", "A4"]


def test_many_strangers_are_kept_with_few_statements(noon, django_assert_max_num_queries) -> None:
    rows = [
        QuarantineRow("hj212", f"A{n % 300}", "10.0.0.9:1", FRAME, "unknown_identity", noon)
        for n in range(600)
    ]
    for total in (2, 4):
        with django_assert_max_num_queries(40):
            quarantine_devices(rows)
        assert set(QuarantinedDevice.objects.values_list("frames", flat=True)) == {total}
    assert QuarantinedDevice.objects.count() == 300


def test_registering_twice_is_registering_once(properties, noon) -> None:
    facts = {"name_zh": "历史站", "kind": "air_station", "system": "environment", "at": noon}
    first = register_thing(**facts)
    again = register_thing(**facts, lon=121.5, lat=31.2)
    assert first.pk == again.pk
    assert Thing.objects.get().lon == 121.5


def test_a_channel_of_an_undeclared_property_is_refused(station, air_profile, noon) -> None:
    with pytest.raises(SensingError) as refused:
        register_thing(
            name_zh="站",
            kind="k",
            system="s",
            at=noon,
            channels=[air_profile.channels[0].__class__(field="x", property="unheard_of")],
        )
    assert refused.value.fields == {"properties": ["unheard_of"]}
