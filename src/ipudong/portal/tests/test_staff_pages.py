"""Alarms and devices: what a duty officer does, and what others may not."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ipudong.city.sensing.models import Alarm, QuarantinedDevice, StationCommand, Thing
from ipudong.city.sensing.services import quarantine_device

SignIn = Callable[[str], Client]


def test_a_duty_officer_sees_the_alarm_in_words(sign_in: SignIn, alarm: Alarm) -> None:
    officer = sign_in("duty_officer")
    officer.cookies["django_language"] = "en"
    listed = officer.get(reverse("portal:alarms")).content.decode()
    detail = officer.get(reverse("portal:alarm", args=[alarm.pk])).content.decode()
    assert "Chuansha" in listed
    assert "rose to 88.5 µg/m³; the limit is 75 µg/m³" in detail


def test_an_alarm_is_taken_noted_and_closed(sign_in: SignIn, alarm: Alarm) -> None:
    officer = sign_in("duty_officer")
    officer.post(reverse("portal:acknowledge_alarm", args=[alarm.pk]))
    officer.post(reverse("portal:note_alarm", args=[alarm.pk]), {"text": "现场核查"})
    officer.post(reverse("portal:close_alarm", args=[alarm.pk]), {"text": "沙尘过境"})
    alarm.refresh_from_db()
    assert (alarm.state, alarm.acknowledged_by, alarm.closed_by) == (
        "closed",
        "a-duty_officer",
        "a-duty_officer",
    )
    assert [note.text for note in alarm.notes.all()] == ["现场核查", "沙尘过境"]


def test_closing_a_standing_alarm_without_a_reason_is_refused(
    sign_in: SignIn, alarm: Alarm
) -> None:
    officer = sign_in("duty_officer")
    officer.cookies["django_language"] = "en"
    url = reverse("portal:close_alarm", args=[alarm.pk])
    answer = officer.post(url, headers={"HX-Request": "true"})
    alarm.refresh_from_db()
    assert "write why" in answer.content.decode()
    assert b"<html" not in answer.content
    assert alarm.state == "raised"


def test_who_only_looks_cannot_act(sign_in: SignIn, alarm: Alarm) -> None:
    leader = sign_in("district_leader")
    page = leader.get(reverse("portal:alarm", args=[alarm.pk])).content.decode()
    url = reverse("portal:acknowledge_alarm", args=[alarm.pk])
    assert url not in page
    assert leader.post(url).status_code == 403


def test_a_resident_is_told_that_a_page_is_not_theirs(sign_in: SignIn, alarm: Alarm) -> None:
    assert sign_in("resident").get(reverse("portal:alarms")).status_code == 403


def test_an_alarm_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    assert sign_in("duty_officer").get(reverse("portal:alarm", args=[404])).status_code == 404


def test_a_command_waits_in_the_outbox(sign_in: SignIn, alarm: Alarm) -> None:
    officer = sign_in("duty_officer")
    url = reverse("portal:command_device", args=[alarm.thing_id])
    assert officer.post(url, {"command": "set_interval", "interval_s": 60}).status_code == 302
    row = StationCommand.objects.get()
    assert (row.command, row.arguments) == ("set_interval", {"interval_s": 60})


@pytest.mark.parametrize("interval", ["", "5", "x"])
def test_a_wrong_interval_is_sent_back(interval: str, sign_in: SignIn, alarm: Alarm) -> None:
    url = reverse("portal:command_device", args=[alarm.thing_id])
    form = {"command": "set_interval", "interval_s": interval}
    assert sign_in("duty_officer").post(url, form).status_code == 422
    assert not StationCommand.objects.exists()


@pytest.fixture
def stranger(district: None) -> QuarantinedDevice:
    raw = b"##0101QN=20261122120000000;ST=22;CN=2011;PW=654321;MN=STRANGER01;Flag=4;CP=&&&&1C80\r\n"
    quarantine_device(
        "hj212", "STRANGER01", "10.0.0.9", raw, "unknown_identity", timezone.now(), (), "654321"
    )
    return QuarantinedDevice.objects.get()


def test_a_strangers_password_is_never_shown(sign_in: SignIn, stranger: QuarantinedDevice) -> None:
    page = sign_in("duty_officer").get(reverse("portal:stranger", args=[stranger.pk]))
    assert "STRANGER01" in page.content.decode()
    assert "654321" not in page.content.decode()


def test_a_stranger_is_adopted(sign_in: SignIn, stranger: QuarantinedDevice) -> None:
    officer = sign_in("duty_officer")
    url = reverse("portal:stranger", args=[stranger.pk])
    profiles = officer.get(url).context["form"].fields["profile"].choices
    form = {"name_zh": "新站", "profile": profiles[0][0], "lon": "121.6", "lat": "31.2"}
    answer = officer.post(url, form)
    thing = Thing.objects.get(identity="STRANGER01")
    assert answer.headers["Location"] == reverse("portal:device", args=[thing.pk])
    assert (thing.name_zh, thing.lon) == ("新站", 121.6)


def test_a_strange_vehicle_is_offered_the_profile_of_a_system(
    sign_in: SignIn, district: None
) -> None:
    quarantine_device("jt808", "13800138000", "10.0.0.9", b"", "unknown_identity", timezone.now())
    vehicle = QuarantinedDevice.objects.get(protocol="jt808")
    page = sign_in("duty_officer").get(reverse("portal:stranger", args=[vehicle.pk]))
    assert re.search(r'<option value="jt808-vehicle"[^>]* selected', page.content.decode())


def test_half_a_position_is_sent_back(sign_in: SignIn, stranger: QuarantinedDevice) -> None:
    url = reverse("portal:stranger", args=[stranger.pk])
    answer = sign_in("duty_officer").post(url, {"name_zh": "新站", "lon": "121.6"})
    assert answer.context["form"].has_error("__all__", "half")


@pytest.mark.parametrize("role", ["clerk", "duty_officer", "integrator", "administrator"])
def test_every_page_in_the_navigation_opens(role: str, sign_in: SignIn) -> None:
    client = sign_in(role)
    for row in client.get(reverse("portal:home")).context["navigation"]:
        assert client.get(row.url).status_code == 200
