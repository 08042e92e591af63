"""Rules, areas, maintenance and messages: what staff do, and what others may not."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from ipudong.city.sensing.models import (
    Alarm,
    Delivery,
    EscalationStep,
    Fence,
    NotificationPolicy,
    Rule,
    RuleTrial,
    Suppression,
)
from ipudong.city.sensing.services.suppressions import release_suppressed

SignIn = Callable[[str], Client]
ABOVE = {
    "name_zh": "PM2.5 偏高",
    "observed_property": "pm25",
    "limit": "75",
    "hysteresis": "5",
    "duration_min": "10",
    "severity": "orange",
    "quiet_min": "10",
}
SQUARE = "121.5, 31.2\n121.6, 31.2\n121.6, 31.3"


@pytest.fixture
def officer(sign_in: SignIn) -> Client:
    client = sign_in("duty_officer")
    client.cookies["django_language"] = "en"
    return client


def draft(client: Client, kind: str = "above", **more) -> Rule:
    answer = client.post(reverse("portal:draft_rule", args=[kind]), ABOVE | more)
    assert answer.status_code == 302, answer.context["form"].errors
    return Rule.objects.get(code__startswith="own-")


def test_a_rule_is_drafted_in_minutes_and_kept_in_seconds(officer: Client, alarm: Alarm) -> None:
    rule = draft(officer)
    assert (rule.limit, rule.duration_s, rule.quiet_s, rule.enabled) == (75.0, 600, 600, False)
    page = officer.get(reverse("portal:rule", args=[rule.pk])).content.decode()
    assert "is above 75 µg/m³, for at least 10 minutes" in page
    assert "Draft" in page


def test_a_rule_says_whose_readings_it_watches(officer: Client, alarm: Alarm) -> None:
    rule = draft(officer, period="hour", statistic="mean")
    Rule.objects.filter(pk=rule.pk).update(system="environment", thing_kind="air_station")
    listed = officer.get(reverse("portal:rules")).content.decode()
    assert "Air quality stations · Environment network · Hour · Mean" in listed
    stream = alarm.thing.datastreams.all()[0]
    Rule.objects.filter(pk=rule.pk).update(datastream=stream, observed_property=None)
    listed = officer.get(reverse("portal:rules")).content.decode()
    assert f"{alarm.thing.name_en} · {stream.observed_property.name_en}" in listed
    assert "Hour · Mean · Hour" not in listed
    assert f"{stream.observed_property.name_en} is above 75" in listed


def test_saving_can_ask_for_a_trial_and_the_page_follows_it(officer: Client, alarm: Alarm) -> None:
    rule = draft(officer, **{"try": "1"})
    trial = RuleTrial.objects.get(rule=rule)
    part = officer.get(reverse("portal:trial", args=[rule.pk])).content.decode()
    assert "every 1s" in part
    assert "<html" not in part
    trial.state, trial.count, trial.streams = "done", 14, 3
    trial.save()
    part = officer.get(reverse("portal:trial", args=[rule.pk])).content.decode()
    assert "<strong>14 alarms</strong> in the last 30 days" in part
    assert "every 1s" not in part


def test_a_rule_is_changed_switched_copied_and_deleted(officer: Client, alarm: Alarm) -> None:
    rule = draft(officer)
    url = reverse("portal:edit_rule", args=[rule.pk])
    form = officer.get(url).context["form"]
    assert (form["duration_min"].value(), form["limit"].value()) == (10.0, 75.0)
    officer.post(url, ABOVE | {"limit": "90"})
    officer.post(reverse("portal:switch_rule", args=[rule.pk]), {"enabled": "1"})
    rule.refresh_from_db()
    assert (rule.limit, rule.version, rule.enabled) == (90.0, 2, True)
    page = officer.get(reverse("portal:rule", args=[rule.pk])).content.decode()
    assert "75.0 → 90.0" in page
    officer.post(reverse("portal:copy_rule", args=[rule.pk]))
    copied = Rule.objects.exclude(pk=rule.pk).get(code__startswith="own-")
    officer.post(reverse("portal:delete_rule", args=[copied.pk]))
    assert not Rule.objects.filter(pk=copied.pk).exists()


def test_a_rule_that_rang_is_kept(officer: Client, alarm: Alarm) -> None:
    answer = officer.post(reverse("portal:delete_rule", args=[alarm.rule_id]), follow=True)
    assert "has raised alarms" in answer.content.decode()
    assert Rule.objects.filter(pk=alarm.rule_id).exists()


def test_a_rule_of_a_system_is_not_edited(officer: Client) -> None:
    rule = Rule.objects.filter(declared=True).first()
    assert officer.get(reverse("portal:edit_rule", args=[rule.pk])).status_code == 302


@pytest.mark.parametrize(
    ("kind", "form", "field"),
    [
        ("above", {"limit": ""}, "limit"),
        ("above", {"limit": "nan"}, "limit"),
        ("above", {"limit": "1e400"}, "limit"),
        ("above", {"duration_min": "-5"}, "duration_min"),
        ("above", {"thing": "no such device"}, "thing"),
        ("missing", {}, "span_min"),
        ("dwell", {"duration_min": "5", "limit": ""}, "limit"),
        ("inside", {}, "fence"),
        ("combination", {"member1_property": "pm25", "member1_limit": "1"}, "member2_property"),
        (
            "combination",
            {"member1_property": "pm25", "member1_limit": "1", "member2_limit": "3"},
            "member2_limit",
        ),
    ],
)
def test_a_form_that_says_too_little_is_sent_back(
    kind: str, form: dict, field: str, officer: Client, alarm: Alarm
) -> None:
    answer = officer.post(reverse("portal:draft_rule", args=[kind]), ABOVE | form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Rule.objects.filter(code__startswith="own-").exists()


def test_a_combination_keeps_its_conditions(officer: Client, alarm: Alarm) -> None:
    members = {
        "member1_property": "pm25",
        "member1_side": "above",
        "member1_limit": "60",
        "member2_property": "pm10",
        "member2_side": "below",
        "member2_limit": "0.5",
        "span_min": "5",
    }
    rule = draft(officer, "combination", **members)
    assert [(m["property"], m["above"], m["limit"]) for m in rule.members] == [
        ("pm25", True, 60.0),
        ("pm10", False, 0.5),
    ]
    assert rule.span_s == 300
    page = officer.get(reverse("portal:rule", args=[rule.pk])).content.decode()
    assert "All of these conditions hold together" in page


@pytest.mark.parametrize("kind", ["nonsense", "duplicate"])
def test_only_kinds_with_a_form_have_an_editor(kind: str, officer: Client) -> None:
    assert officer.get(reverse("portal:draft_rule", args=[kind])).status_code == 404


def test_every_kind_has_a_form_that_opens(officer: Client) -> None:
    for kind, _title, _row in officer.get(reverse("portal:new_rule")).context["kinds"]:
        assert officer.get(reverse("portal:draft_rule", args=[kind])).status_code == 200


def test_rules_are_found_by_state_kind_and_words(officer: Client, alarm: Alarm) -> None:
    draft(officer)
    url = reverse("portal:rules")

    def found(**query: str) -> int:
        return officer.get(url, query).context["page"].paginator.count

    assert found(state="draft") == found(q="偏高", state="draft") == 1
    assert found(q="zzz") == 0
    assert found(kind="above", state="on") >= 1


# Areas.


def test_an_area_is_drawn_used_and_then_kept(officer: Client) -> None:
    form = {"name_zh": "外高桥", "shape": "polygon", "corners": SQUARE}
    assert officer.post(reverse("portal:new_fence"), form).status_code == 302
    fence = Fence.objects.get()
    assert fence.corners == [[121.5, 31.2], [121.6, 31.2], [121.6, 31.3]]
    values = {"name_zh": "驶入", "fence": fence.pk, "severity": "red", "hysteresis": "50"}
    officer.post(reverse("portal:draft_rule", args=["inside"]), values)
    answer = officer.post(reverse("portal:delete_fence", args=[fence.pk]), follow=True)
    assert "Rules use this area" in answer.content.decode()
    Rule.objects.filter(fence=fence).delete()
    officer.post(reverse("portal:delete_fence", args=[fence.pk]))
    assert not Fence.objects.exists()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"shape": "polygon", "corners": "121.5, 31.2\n121.6, 31.2"}, "too_few_corners"),
        ({"shape": "polygon", "corners": "0,0\n1,1\n1,0\n0,1"}, "crossing"),
        ({"shape": "polygon", "corners": "0,0\n999,1\n1,0"}, "outside_the_world"),
        ({"shape": "circle", "lon": "121.5", "lat": "31.2"}, "no_circle"),
        ({"shape": "place"}, "unknown_place"),
    ],
)
def test_an_area_that_encloses_nothing_is_sent_back(form: dict, code: str, officer: Client) -> None:
    answer = officer.post(reverse("portal:new_fence"), {"name_zh": "区"} | form)
    assert answer.status_code == 422
    assert answer.context["form"].has_error("__all__", code)


@pytest.mark.parametrize("corners", ["a, b\n1,2\n3,4", "1,2,3\n1,2\n3,4", "nan, nan\n1,2\n3,4"])
def test_corners_that_are_none_are_sent_back(corners: str, officer: Client) -> None:
    form = {"name_zh": "区", "shape": "polygon", "corners": corners}
    assert officer.post(reverse("portal:new_fence"), form).status_code == 422


# Alarms.


def test_marked_alarms_are_taken_at_once(officer: Client, alarm: Alarm) -> None:
    form = {"alarm": [alarm.pk, "999", "x"], "query": "severity=yellow"}
    answer = officer.post(reverse("portal:acknowledge_alarms"), form)
    assert answer.headers["Location"].endswith("?severity=yellow")
    alarm.refresh_from_db()
    assert alarm.acknowledged_by == "a-duty_officer"


def test_the_list_is_narrowed_and_taken_away_as_a_file(officer: Client, alarm: Alarm) -> None:
    url = reverse("portal:alarms")
    for query, count in (
        ({"kind": "above"}, 1),
        ({"kind": "flat"}, 0),
        ({"system": "environment", "state": "all"}, 1),
        ({"place": "310115005000"}, 0),
        ({"age": "nonsense", "state": "nonsense"}, 1),
    ):
        assert officer.get(url, query).context["page"].paginator.count == count, query
    text = b"".join(officer.get(reverse("portal:alarms_file", args=["csv"])).streaming_content)
    assert "川沙站" in text.decode() or "Chuansha" in text.decode()
    book = officer.get(reverse("portal:alarms_file", args=["xlsx"])).content
    rows = list(load_workbook(BytesIO(book)).active.values)
    assert len(rows) == 2
    assert rows[1][0] == alarm.pk
    assert officer.get(reverse("portal:alarms_file", args=["exe"])).status_code == 404


def test_an_alarm_is_given_away_put_aside_and_taken_back(officer: Client, alarm: Alarm) -> None:
    officer.post(reverse("portal:assign_alarm", args=[alarm.pk]), {"to": "clerk-li"})
    form = {"hours": "4", "reason": "已知"}
    officer.post(reverse("portal:shelve_alarm", args=[alarm.pk]), form)
    alarm.refresh_from_db()
    assert (alarm.assigned_to, alarm.state) == ("clerk-li", "suppressed")
    page = officer.get(reverse("portal:alarm", args=[alarm.pk])).content.decode()
    assert "Put aside for 4 hours" in page
    officer.post(reverse("portal:take_back_alarm", args=[alarm.pk]))
    alarm.refresh_from_db()
    assert alarm.state == "raised"
    answer = officer.post(
        reverse("portal:shelve_alarm", args=[alarm.pk]),
        {"hours": "0", "reason": "x"},
        headers={"HX-Request": "true"},
    )
    assert "Choose between one hour and a week" in answer.content.decode()


def test_the_page_says_who_was_told_and_the_desk_shows_the_message(
    officer: Client, alarm: Alarm
) -> None:
    page = officer.get(reverse("portal:alarm", args=[alarm.pk])).content.decode()
    assert "Duty officer" in page
    Delivery.objects.update(queued_at=alarm.changed_at.now(alarm.changed_at.tzinfo))
    assert officer.get(reverse("portal:desk")).context["unread"] == 1
    officer.post(reverse("portal:read_messages"))
    assert officer.get(reverse("portal:desk")).context["unread"] == 0


# Maintenance.


def test_maintenance_is_planned_and_ended(officer: Client, alarm: Alarm) -> None:
    form = {
        "thing": f"川沙站 #{alarm.thing_id}",
        "start_at": "2027-01-01T08:00",
        "end_at": "2027-01-01T10:00",
        "reason": "更换探头",
    }
    assert officer.post(reverse("portal:plan_maintenance"), form).status_code == 302
    row = Suppression.objects.get()
    assert row.thing_id == alarm.thing_id
    assert "更换探头" in officer.get(reverse("portal:maintenance")).content.decode()
    officer.post(reverse("portal:end_suppression", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_by == "a-duty_officer"
    release_suppressed(now=row.end_at)


@pytest.mark.parametrize(
    "form",
    [
        {"start_at": "2027-01-01T08:00", "end_at": "2027-01-01T10:00", "reason": "x"},
        {"system": "environment", "start_at": "2027-01-01T08:00", "end_at": "2027-01-01T07:00"},
        {"system": "environment", "start_at": "yesterday", "end_at": "2027-01-01T07:00"},
    ],
)
def test_half_a_plan_is_sent_back(form: dict, officer: Client) -> None:
    assert officer.post(reverse("portal:plan_maintenance"), form).status_code == 422
    assert not Suppression.objects.exists()


# Who is told.

POLICY = {
    "title": "指挥中心",
    "severity": "red",
    "level": "0",
    "channel": "webhook",
    "recipient_kind": "address",
    "address": "https://hook.example/x",
    "secret": "a key nobody sees",
    "enabled": "on",
}


def test_a_policy_is_made_tested_and_its_key_never_shown(sign_in: SignIn) -> None:
    head = sign_in("department_head")
    assert head.post(reverse("portal:new_policy"), POLICY).status_code == 302
    policy = NotificationPolicy.objects.get(title="指挥中心")
    url = reverse("portal:policy", args=[policy.pk])
    assert "a key nobody sees" not in head.get(url).content.decode()
    head.post(url, POLICY | {"secret": "", "title": "新名"})
    policy.refresh_from_db()
    assert (policy.secret, policy.title) == ("a key nobody sees", "新名")
    head.post(reverse("portal:test_policy", args=[policy.pk]))
    row = Delivery.objects.get(occasion="test")
    assert (row.endpoint, row.state) == ("hook.example", "waiting")
    assert "hook.example" in head.get(reverse("portal:policies")).content.decode()
    Delivery.objects.update(state="dead", error="HTTP 410")
    assert "HTTP 410" in head.get(reverse("portal:deliveries")).content.decode()
    head.post(reverse("portal:retry_delivery", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "waiting"
    head.post(reverse("portal:delete_policy", args=[policy.pk]))
    assert not NotificationPolicy.objects.filter(pk=policy.pk).exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "http://["}, "address"),
        ({"channel": "email"}, "address"),
        ({"channel": "sms", "address": "call me"}, "address"),
        ({"channel": "mqtt", "address": "a/#"}, "address"),
        ({"recipient_kind": "role", "role": "clerk"}, "recipient_kind"),
        ({"recipient_kind": "account", "channel": "portal", "account": "nobody"}, "account"),
        ({"recipient_kind": "role", "channel": "portal"}, "role"),
    ],
)
def test_a_policy_nobody_can_be_reached_by_is_sent_back(
    more: dict, field: str, sign_in: SignIn
) -> None:
    answer = sign_in("administrator").post(reverse("portal:new_policy"), POLICY | more)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_minutes_of_escalation_are_set(sign_in: SignIn) -> None:
    head = sign_in("department_head")
    head.post(reverse("portal:set_escalation"), {"red_1": "3", "red_2": "", "blue_1": "0"})
    steps = EscalationStep.objects.values_list("severity", "level", "after_min")
    assert list(steps) == [("red", 1, 3)]
    head.post(reverse("portal:set_escalation"), {"red_1": "-3"})
    assert EscalationStep.objects.count() == 1


# Who may not.

FORBIDDEN = (
    ("clerk", "portal:new_rule", ()),
    ("clerk", "portal:draft_rule", ("above",)),
    ("clerk", "portal:fences", ()),
    ("clerk", "portal:new_fence", ()),
    ("clerk", "portal:policies", ()),
    ("duty_officer", "portal:policies", ()),
    ("duty_officer", "portal:new_policy", ()),
    ("duty_officer", "portal:deliveries", ()),
    ("resident", "portal:rules", ()),
    ("resident", "portal:maintenance", ()),
    ("resident", "portal:alarms_file", ("csv",)),
    ("resident", "portal:desk", ()),
)


@pytest.mark.parametrize(("role", "name", "arguments"), FORBIDDEN)
def test_who_has_another_role_is_refused(
    role: str, name: str, arguments: tuple, sign_in: SignIn
) -> None:
    assert sign_in(role).get(reverse(name, args=arguments)).status_code == 403


ACTS = (
    ("portal:switch_rule", "rule"),
    ("portal:copy_rule", "rule"),
    ("portal:delete_rule", "rule"),
    ("portal:try_rule", "rule"),
    ("portal:edit_rule", "rule"),
    ("portal:assign_alarm", "alarm"),
    ("portal:shelve_alarm", "alarm"),
    ("portal:take_back_alarm", "alarm"),
    ("portal:acknowledge_alarms", ""),
    ("portal:plan_maintenance", ""),
    ("portal:end_suppression", "other"),
    ("portal:delete_fence", "other"),
    ("portal:set_escalation", ""),
    ("portal:delete_policy", "other"),
    ("portal:test_policy", "other"),
    ("portal:retry_delivery", "other"),
)


def test_who_only_looks_can_do_none_of_it(sign_in: SignIn, alarm: Alarm) -> None:
    clerk = sign_in("clerk")
    numbers = {"rule": [alarm.rule_id], "alarm": [alarm.pk], "other": [1], "": []}
    for name, of in ACTS:
        assert clerk.post(reverse(name, args=numbers[of])).status_code == 403, name
    alarm.refresh_from_db()
    assert alarm.state == "raised"


# Mail.


def test_without_a_mail_server_nobody_is_promised_mail(client: Client, district, settings) -> None:
    client.cookies["django_language"] = "en"
    settings.IPUDONG_MAIL_IS_SET = False
    login = client.get(reverse("account_login")).content.decode()
    assert "Ask your administrator for a new one" in login
    assert reverse("account_reset_password") not in login
    reset = client.get(reverse("account_reset_password")).content.decode()
    assert "sends no e-mail" in reset
    assert 'type="email"' not in reset
    settings.IPUDONG_MAIL_IS_SET = True
    assert (
        reverse("account_reset_password") in client.get(reverse("account_login")).content.decode()
    )
    assert "Send the link" in client.get(reverse("account_reset_password")).content.decode()


def test_map_spec_asks_for_drawing(officer: Client) -> None:
    spec = officer.get(reverse("portal:new_fence")).context["map"]
    assert json.loads(json.dumps(spec))["fence"] is True
