"""Devices are registered, proved, judged online, described by staff, and taken away."""

import json
from datetime import timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.directory import directory_version, load_directory
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.field_guesses import guess_field, guess_surely
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import (
    DeviceFacts,
    ProfileRow,
    ProvisioningKey,
    QuarantinedDevice,
    Thing,
    ThingAvailability,
)
from ipudong.city.sensing.presence import Presence, find_presence, presence_filter
from ipudong.city.sensing.profiles import (
    Channel,
    DeviceProfile,
    declare_profiles,
    find_profile,
    sync_declared,
)
from ipudong.city.sensing.queries.devices import count_presences, measure_shares
from ipudong.city.sensing.services import (
    FirmwareReport,
    accept_certificate,
    adopt_device,
    apply_profile,
    define_property,
    delete_profile,
    edit_device,
    ensure_channels,
    issue_credential,
    make_provisioning_key,
    measure_availability,
    name_fields,
    note_firmware,
    note_left,
    provision_device,
    quarantine_device,
    register_device,
    register_thing,
    resume_device,
    revoke_credential,
    revoke_provisioning_key,
    save_profile,
    suspend_device,
    touch_things,
)
from ipudong.city.sensing.short_ids import read_short_id, short_id_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> None:
    """Observed properties and profiles of every district."""
    sync_declared([HOUSE])
    declare_profiles(HOUSE.device_profiles)


@pytest.fixture
def sensor(house: None, noon) -> Thing:
    """A sensor of no particular kind."""
    return register_device(
        profile="generic_json", identity="room-7", name_zh="七号", by="officer", at=noon
    )


def directory_device(protocol: str, identity: str):
    device = load_directory().find_device(protocol, identity)
    assert device is not None
    return device


# Registration and credentials.


def test_a_device_is_registered_once(sensor: Thing, noon) -> None:
    with pytest.raises(SensingError) as refused:
        register_device(
            profile="generic_json", identity="room-7", name_zh="又", by="officer", at=noon
        )
    assert refused.value.code == "identity_taken"
    assert Entry.objects.filter(action="sensing.register_device").count() == 1


def test_a_token_is_told_once_kept_as_a_hash_and_ends_the_one_before(sensor, noon) -> None:
    first = issue_credential(thing=sensor, by="officer", at=noon)
    second = issue_credential(thing=sensor, by="officer", at=noon)
    device = directory_device("mqtt", "room-7")
    assert (device.accepts(first), device.accepts(second)) == (False, True)
    stored = Thing.objects.get(pk=sensor.pk).credential
    assert second not in stored
    assert stored.startswith("sha256$")
    told = json.dumps(list(Entry.objects.values_list("detail", flat=True)))
    assert first not in told
    assert second not in told


def test_a_revoked_device_is_let_in_with_nothing(sensor, noon) -> None:
    token = issue_credential(thing=sensor, by="officer", at=noon)
    revoke_credential(thing=sensor, by="officer", at=noon)
    device = directory_device("mqtt", "room-7")
    assert not any(device.accepts(offer) for offer in ("", token, "revoked", "sha256$revoked"))


def test_a_certificate_is_known_by_its_fingerprint(sensor, noon) -> None:
    print_ = ":".join(["AB"] * 32)
    accept_certificate(thing=sensor, fingerprint=print_, by="officer", at=noon)
    assert directory_device("mqtt", "room-7").accepts("x509$" + "ab" * 32)
    with pytest.raises(SensingError) as refused:
        accept_certificate(thing=sensor, fingerprint="abc", by="officer", at=noon)
    assert refused.value.code == "bad_fingerprint"


def test_protocols_that_send_their_password_get_one_they_can_send(house, noon) -> None:
    terminal = register_device(
        profile="jt808_terminal", identity="13800138000", name_zh="车", by="officer", at=noon
    )
    code = issue_credential(thing=terminal, by="officer", at=noon)
    assert directory_device("jt808", "13800138000").accepts(code)
    assert code.isalnum()


# Provisioning.


def make_key(noon, **more) -> tuple[ProvisioningKey, str]:
    facts = {"label": "批次", "profile": "generic_json", "most_uses": 2, "by": "officer"}
    return make_provisioning_key(
        **{**facts, "at": noon, "expires_at": noon + timedelta(days=1), **more}
    )


def test_devices_register_themselves_as_often_as_the_key_says(house, noon) -> None:
    _key, text = make_key(noon)
    thing, token = provision_device(key=text, identity="a-1", at=noon, name="一号")
    assert directory_device("mqtt", "a-1").accepts(token)
    assert (thing.name_zh, thing.profile) == ("一号", "generic_json")
    other, _token = provision_device(key=text, identity="", at=noon)
    assert len(other.identity) == 12
    with pytest.raises(SensingError) as refused:
        provision_device(key=text, identity="a-3", at=noon)
    assert refused.value.code == "bad_key"
    assert Thing.objects.count() == 2


def test_a_key_that_is_forged_expired_or_revoked_opens_nothing(house, noon) -> None:
    key, text = make_key(noon)
    revoked, revoked_text = make_key(noon)
    revoke_provisioning_key(key=revoked, by="officer", at=noon)
    tries = [("x" * 32, noon), (text, noon + timedelta(days=2)), (revoked_text, noon), ("", noon)]
    for offered, at in tries:
        with pytest.raises(SensingError) as refused:
            provision_device(key=offered, identity="a-1", at=at)
        assert refused.value.code == "bad_key"
    key.refresh_from_db()
    assert key.uses == 0
    assert text not in key.key_hash


def test_a_refused_device_uses_nothing_up(house, noon, sensor) -> None:
    key, text = make_key(noon)
    for identity, code in (("room-7", "identity_taken"), ("../etc", "bad_identity")):
        with pytest.raises(SensingError) as refused:
            provision_device(key=text, identity=identity, at=noon)
        assert refused.value.code == code
    key.refresh_from_db()
    assert key.uses == 0


# Generic devices and their fields.


@pytest.mark.parametrize(
    ("field", "observed", "unit"),
    [
        ("temperature", "temperature", "Cel"),
        ("env.Temp", "temperature", "Cel"),
        ("uplink.object.humidity", "humidity", "%"),
        ("pm2_5", "pm25", "ug/m3"),
        ("PM2.5", "pm25", "ug/m3"),
        ("湿度", "humidity", "%"),
        ("weather/wind_speed", "wind_speed", "m/s"),
        ("battery_voltage", "battery_voltage", "V"),
    ],
)
def test_common_names_of_fields_are_recognized(field: str, observed: str, unit: str) -> None:
    guess = guess_field(field)
    assert guess is not None
    assert (guess.property, guess.unit) == (observed, unit)


def test_names_that_say_little_are_offered_but_never_taken() -> None:
    assert guess_field("t") is not None
    assert guess_surely("t") is None
    assert guess_field("frobnication") is None


def test_every_guess_observes_what_every_district_has() -> None:
    declared = {row.code: row.unit for row in HOUSE.observed_properties}
    for name in ("tempf", "wh", "batterymv", "温度", "rpm", "kwh", "hcho"):
        guess = guess_field(name)
        assert guess is not None
        assert declared[guess.property] == guess.unit


def test_a_fahrenheit_reading_becomes_celsius() -> None:
    guess = guess_field("temp_f")
    assert guess is not None
    assert 212 * guess.scale + guess.offset == pytest.approx(100.0)


def test_a_generic_device_takes_sure_fields_and_keeps_the_others_for_a_person(sensor) -> None:
    assert ensure_channels(thing_id=sensor.pk, fields=["temperature", "t", "foo.bar"]) == 1
    assert DeviceFacts.objects.get(thing=sensor).unnamed_fields == ["foo.bar", "t"]
    define_property(code="bar", name_zh="某物", unit="1", by="officer")
    name_fields(
        thing=sensor, channels=[Channel(field="foo.bar", property="bar", unit="1")], by="officer"
    )
    assert DeviceFacts.objects.get(thing=sensor).unnamed_fields == ["t"]
    assert set(sensor.datastreams.values_list("channel", flat=True)) == {"temperature", "foo.bar"}


def test_a_stranger_is_adopted_with_what_a_person_said_of_its_fields(house, noon) -> None:
    quarantine_device(
        "mqtt", "m-1", "10.0.0.9", b"{}", "unknown_identity", noon, ("a", "temp"), "secret token"
    )
    said = [Channel(field="a", property="co2", unit="[ppm]", scale=10.0)]
    thing = adopt_device(
        quarantined=QuarantinedDevice.objects.get(),
        name_zh="新",
        profile="generic_json",
        by="officer",
        at=noon,
        channels=said,
    )
    streams = dict(thing.datastreams.values_list("channel", "observed_property"))
    assert streams == {"a": "co2", "temp": "temperature"}
    assert directory_device("mqtt", "m-1").accepts("secret token")
    assert "secret token" not in Thing.objects.get(pk=thing.pk).credential


# Profiles as rows.

WRITTEN = DeviceProfile(
    name="our-node",
    protocol="mqtt",
    title="",
    channels=(Channel(field="a.b", property="temperature", unit="Cel", scale=0.1),),
    expected_interval_s=60,
    topic="nodes/{identity}/up",
)


def test_a_written_profile_is_known_and_tells_the_gateways(house, noon) -> None:
    before = directory_version()
    save_profile(profile=WRITTEN, by="officer", at=noon, title_zh="节点", title_en="Node")
    assert directory_version() > before
    load_directory()
    found = find_profile("our-node")
    assert found is not None
    assert (found.topic, found.channels, str(found.title)) == (
        WRITTEN.topic,
        WRITTEN.channels,
        "节点",
    )


def test_a_changed_profile_reaches_its_devices_when_asked(house, noon) -> None:
    save_profile(profile=WRITTEN, by="officer", at=noon, title_zh="节点")
    thing = register_device(profile="our-node", identity="n-1", name_zh="一", by="officer", at=noon)
    changed = DeviceProfile(
        name="our-node",
        protocol="mqtt",
        title="",
        channels=(
            Channel(field="a.b", property="temperature", unit="Cel", scale=0.5),
            Channel(field="c", property="humidity", unit="%"),
        ),
    )
    save_profile(profile=changed, by="officer", at=noon, title_zh="节点")
    assert apply_profile(name="our-node", by="officer") == 1
    scales = dict(thing.datastreams.values_list("channel", "scale"))
    assert scales == {"a.b": 0.5, "c": 1.0}


def test_declared_profiles_are_not_overwritten_and_used_ones_not_deleted(house, noon) -> None:
    declared = DeviceProfile(name="generic_json", protocol="mqtt", title="", channels=())
    with pytest.raises(SensingError) as refused:
        save_profile(profile=declared, by="officer", at=noon, title_zh="x")
    assert refused.value.code == "profile_declared"
    save_profile(profile=WRITTEN, by="officer", at=noon, title_zh="节点")
    register_device(profile="our-node", identity="n-1", name_zh="一", by="officer", at=noon)
    with pytest.raises(SensingError) as refused:
        delete_profile(name="our-node", by="officer")
    assert refused.value.fields["devices"] == 1
    Thing.objects.update(status="retired")
    delete_profile(name="our-node", by="officer")
    assert not ProfileRow.objects.exists()
    assert find_profile("our-node") is None


def test_a_profile_that_names_a_field_twice_or_an_unknown_property_is_refused(house, noon) -> None:
    twice = (Channel(field="a", property="co2"), Channel(field="a", property="humidity"))
    for channels, code in ((twice, "field_twice"), (twice[:1], None)):
        profile = DeviceProfile(name="p", protocol="mqtt", title="", channels=channels)
        if code is None:
            save_profile(profile=profile, by="officer", at=noon, title_zh="x")
            continue
        with pytest.raises(SensingError) as refused:
            save_profile(profile=profile, by="officer", at=noon, title_zh="x")
        assert refused.value.code == code


# Online, availability, firmware.


def heard(thing: Thing, at, **more) -> None:
    touch_things({thing.pk: to_us(at)}, **more)


def stands(thing: Thing, now) -> Presence:
    """How a thing stands, asked of the thing and of the list, which must agree."""
    fresh = Thing.objects.select_related("state").get(pk=thing.pk)
    found = find_presence(fresh, now=now)
    for presence in Presence:
        listed = Thing.objects.filter(presence_filter(presence, now=now), pk=thing.pk).exists()
        assert listed is (presence is found), (presence, found)
    return found


def test_a_device_is_online_for_two_intervals_and_a_minute(sensor, noon) -> None:
    Thing.objects.update(expected_interval_s=300)
    assert stands(sensor, noon) is Presence.NEVER
    heard(sensor, noon, connected=False)
    assert stands(sensor, noon + timedelta(seconds=660)) is Presence.ONLINE
    assert stands(sensor, noon + timedelta(seconds=661)) is Presence.OFFLINE


def test_a_session_that_is_kept_alive_is_online_though_it_is_silent(sensor, noon) -> None:
    heard(sensor, noon)
    later = noon + timedelta(hours=5)
    assert stands(sensor, later) is Presence.ONLINE
    heard(sensor, noon, connected=False)
    assert stands(sensor, later) is Presence.OFFLINE


def test_replays_and_files_are_neither_online_nor_late(house, noon) -> None:
    facts = {"kind": "k", "system": "s", "at": noon}
    replay = register_thing(
        name_zh="旧", protocol="hj212", identity="1", properties={"replayed": True}, **facts
    )
    filed = register_thing(name_zh="档", protocol="imported", identity="f", **facts)
    nameless = register_thing(name_zh="无", **facts)
    assert stands(replay, noon) is Presence.REPLAYED
    assert stands(filed, noon) is stands(nameless, noon) is Presence.FILED


def test_suspended_and_retired_devices_are_counted_as_such(sensor, noon) -> None:
    heard(sensor, noon)
    suspend_device(thing=sensor, by="officer", at=noon)
    assert stands(sensor, noon) is Presence.SUSPENDED
    assert load_directory().find_device("mqtt", "room-7") is None
    resume_device(thing=sensor, by="officer")
    counts = count_presences(Thing.objects.all(), now=noon)
    assert (counts[Presence.ONLINE], sum(counts.values())) == (1, 1)


def test_availability_is_the_share_of_watched_time(sensor, noon) -> None:
    Thing.objects.update(expected_interval_s=60)
    heard(sensor, noon, connected=False)
    for minutes in (0, 30, 60, 90):
        measure_availability(noon + timedelta(minutes=minutes), span_s=1800)
    row = ThingAvailability.objects.get()
    assert (row.watched_s, row.online_s) == (7200, 1800)
    shares = measure_shares(sensor, now=noon)
    assert (shares.week, shares.month) == (0.25, 0.25)
    assert measure_shares(sensor, now=noon + timedelta(days=8)).week is None


def test_a_device_watched_for_minutes_is_too_new_for_a_share(sensor, noon) -> None:
    Thing.objects.update(expected_interval_s=60)
    heard(sensor, noon, connected=False)
    assert not measure_shares(sensor, now=noon).is_new
    for minutes in (0, 5):
        measure_availability(noon + timedelta(minutes=minutes), span_s=300)
    shares = measure_shares(sensor, now=noon)
    assert (shares.is_new, shares.week, shares.month) == (True, None, None)


def test_what_doors_tell_is_kept(sensor, noon) -> None:
    note_firmware([FirmwareReport(sensor.pk, "1.2.3", noon, "X1"), FirmwareReport(9, "1", noon)])
    note_left({sensor.pk: "keep_alive", 99: "x"}, at=noon)
    facts = DeviceFacts.objects.get()
    assert (facts.firmware, facts.hardware, facts.left_reason) == ("1.2.3", "X1", "keep_alive")


def test_editing_says_what_changed_and_nothing_else(sensor, noon) -> None:
    edit_device(thing=sensor, by="officer", name_zh="七号房", lon=None, lat=None)
    assert Entry.objects.get(action="sensing.edit_device").detail == {"changed": ["name_zh"]}
    with pytest.raises(SensingError):
        edit_device(thing=sensor, by="officer", credential="x")


# Labels.


@pytest.mark.parametrize("number", [0, 1, 31, 32, 36, 37, 12345, 2**31 - 1])
def test_a_short_id_leads_back_to_its_number_however_it_is_typed(number: int) -> None:
    text = short_id_of(number)
    assert read_short_id(text) == number
    assert read_short_id(text.lower()) == number


def test_one_slip_of_the_finger_leads_nowhere() -> None:
    text = short_id_of(12345)
    for place, digit in enumerate(text):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if digit not in ("-", other):
                assert read_short_id(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "-", "abc", "é-1", "0" * 99 + "-0", "U-0"])
def test_what_is_no_short_id_is_none(text: str) -> None:
    assert read_short_id(text) is None
