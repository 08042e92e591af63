"""Counting again, holding back, going up, telling, and opening a case."""

from datetime import timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.identity.services import create_account
from ipudong.city.sensing.alarm_events import AlarmRaised
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Alarm,
    Delivery,
    NotificationPolicy,
    Rule,
    RuleVersion,
    Suppression,
    Thing,
)
from ipudong.city.sensing.services.alarm_ledger import apply_rule_changes
from ipudong.city.sensing.services.alarms import (
    acknowledge_alarm,
    acknowledge_alarms,
    assign_alarm,
    close_alarm,
    switch_rule,
)
from ipudong.city.sensing.services.cases import open_cases
from ipudong.city.sensing.services.escalation import escalate_alarms
from ipudong.city.sensing.services.rules import (
    change_rule,
    copy_rule,
    delete_rule,
    draft_rule,
    values_of,
)
from ipudong.city.sensing.services.suppressions import (
    MaintenanceScope,
    end_suppression,
    plan_maintenance,
    release_suppressed,
    shelve_alarm,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rule(station: Thing) -> Rule:
    return Rule.objects.create(
        code="hot", name_zh="过热", kind="above", severity="red", limit=60.0, quiet_s=300
    )


@pytest.fixture
def streams(station: Thing) -> list[int]:
    return list(station.datastreams.values_list("pk", flat=True))


def at_second(noon, rule, stream, second, value=70.0) -> AlarmEvent:
    time = to_us(noon) + second * SECOND_US
    return AlarmEvent(rule.pk, stream, time, time, value, value)


def raise_at(noon, rule, stream, second=0, value=70.0) -> None:
    event = at_second(noon, rule, stream, second, value)
    apply_rule_changes(Changes(raised=(event,)), at=noon + timedelta(seconds=second))


def clear_at(noon, rule, stream, second) -> None:
    event = at_second(noon, rule, stream, second, 70.0)
    apply_rule_changes(Changes(cleared=(event,)), at=noon + timedelta(seconds=second))


def told() -> list[tuple[str, int, str]]:
    rows = Delivery.objects.order_by("pk").values_list("occasion", "level", "address")
    return list(rows)


# Again and again.


def test_an_alarm_raised_again_soon_counts_on_the_same_row(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    clear_at(noon, rule, streams[0], 60)
    raise_at(noon, rule, streams[0], 359, value=90.0)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.occurrences, alarm.cleared_at, alarm.peak) == (
        "raised",
        2,
        None,
        90.0,
    )
    assert alarm.last_at == noon + timedelta(seconds=359)
    assert [step.code for step in alarm.steps.all()] == ["again"]
    assert len(told()) == 1  # it was told of when it was raised


def test_after_the_quiet_time_it_is_another_alarm(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    clear_at(noon, rule, streams[0], 60)
    raise_at(noon, rule, streams[0], 361)
    assert [alarm.occurrences for alarm in Alarm.objects.all()] == [1, 1]


def test_within_one_batch_too_and_who_took_it_keeps_it(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    acknowledge_alarm(alarm=Alarm.objects.get(), by="officer", at=noon)
    flicker = Changes(
        raised=tuple(at_second(noon, rule, streams[0], second) for second in (20, 40)),
        cleared=tuple(at_second(noon, rule, streams[0], second) for second in (10, 30)),
    )
    apply_rule_changes(flicker, at=noon + MINUTE)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.occurrences) == ("acknowledged", 3)


def test_a_closed_alarm_does_not_go_on(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    clear_at(noon, rule, streams[0], 60)
    close_alarm(alarm=Alarm.objects.get(), by="officer", at=noon + MINUTE, reason="dealt_with")
    raise_at(noon, rule, streams[0], 90)
    assert sorted(Alarm.objects.values_list("state", "close_reason")) == [
        ("closed", "dealt_with"),
        ("raised", ""),
    ]


# Held back.


def plan(noon, **scope) -> Suppression:
    return plan_maintenance(
        scope=MaintenanceScope(**scope),
        start_at=noon,
        end_at=noon + timedelta(hours=2),
        reason="更换探头",
        by="officer",
        at=noon - MINUTE,
    )


def test_during_maintenance_alarms_are_counted_and_told_to_nobody(
    rule, station, streams, noon
) -> None:
    window = plan(noon, thing=station.pk)
    raise_at(noon, rule, streams[0], 60)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.suppression, told()) == ("suppressed", window, [])
    clear_at(noon, rule, streams[0], 120)
    assert Alarm.objects.get().state == "suppressed"
    release_suppressed(now=noon + timedelta(hours=3))
    assert (Alarm.objects.get().state, told()) == ("suppressed", [])
    assert window.alarms.count() == 1


def test_what_still_stands_after_maintenance_is_raised_then(rule, streams, noon) -> None:
    plan(noon, system="environment")
    raise_at(noon, rule, streams[0], 60)
    later = noon + timedelta(hours=2)
    assert release_suppressed(now=later - MINUTE) == 0
    assert release_suppressed(now=later) == 1
    assert release_suppressed(now=later) == 0
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.escalate_at) == ("raised", later + 5 * MINUTE)
    assert told() == [("raised", 0, "role:duty_officer")]


@pytest.mark.parametrize(
    ("scope", "is_held"),
    [
        ({"thing_kind": "air_station"}, True),
        ({"thing_kind": "pump"}, False),
        ({"system": "traffic"}, False),
        ({"place_code": "310115000000"}, True),
        ({"place_code": "310115005000"}, True),
        ({"place_code": "310115006000"}, False),
    ],
)
def test_maintenance_holds_back_what_it_names(scope, is_held, rule, station, streams, noon) -> None:
    Thing.objects.filter(pk=station.pk).update(place_code="310115005000")
    plan(noon, **scope)
    raise_at(noon, rule, streams[0], 60)
    assert (Alarm.objects.get().state == "suppressed") is is_held


def test_maintenance_needs_a_scope_a_reason_and_an_end(noon) -> None:
    def attempt(scope, start, end, reason="x"):
        plan_maintenance(
            scope=scope, start_at=start, end_at=end, reason=reason, by="officer", at=noon
        )

    hour, one = timedelta(hours=1), MaintenanceScope(thing_kind="pump")
    for code, *arguments in (
        ("no_scope", MaintenanceScope(), noon, noon + hour),
        ("bad_period", one, noon, noon),
        ("bad_period", one, noon, noon + timedelta(days=400)),
        ("bad_period", one, noon - 2 * hour, noon - hour),
        ("empty_reason", one, noon, noon + hour, " "),
    ):
        with pytest.raises(SensingError, match=code):
            attempt(*arguments)
    assert not Suppression.objects.exists()


def test_a_shelved_alarm_comes_back_by_itself(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    shelve_alarm(alarm=Alarm.objects.get(), hours=2, reason="已知", by="officer", at=noon)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.escalate_at) == ("suppressed", None)
    # Ending and beginning anew while shelved is counted, not told.
    clear_at(noon, rule, streams[0], 60)
    raise_at(noon, rule, streams[0], 1200)
    assert list(Alarm.objects.values_list("state", flat=True)) == ["suppressed"] * 2
    assert escalate_alarms(now=noon + timedelta(hours=1)) == 0
    release_suppressed(now=noon + timedelta(hours=2))
    assert sorted(Alarm.objects.values_list("state", flat=True)) == ["raised", "suppressed"]


def test_a_shelf_taken_back_early_and_an_alarm_that_cannot_be_shelved(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    shelf = shelve_alarm(alarm=Alarm.objects.get(), hours=2, reason="已知", by="officer", at=noon)
    with pytest.raises(SensingError, match="alarm_closed"):
        shelve_alarm(alarm=Alarm.objects.get(), hours=2, reason="x", by="officer", at=noon)
    end_suppression(suppression=shelf, by="officer", at=noon + MINUTE)
    end_suppression(suppression=shelf, by="another", at=noon + MINUTE)
    assert Alarm.objects.get().state == "raised"
    assert Suppression.objects.get().ended_by == "officer"
    for hours, reason, code in ((0, "x", "bad_period"), (999, "x", "bad_period"), (1, "", "empty")):
        with pytest.raises(SensingError, match=code):
            shelve_alarm(
                alarm=Alarm.objects.get(), hours=hours, reason=reason, by="officer", at=noon
            )


# Floods.


def test_a_flood_of_one_rule_is_one_summary_and_ends_with_its_last_alarm(
    rule, streams, noon
) -> None:
    Rule.objects.update(flood_per_min=1)
    storm = tuple(at_second(noon, rule, stream, 1) for stream in streams)
    apply_rule_changes(Changes(raised=storm), at=noon)
    summary = Alarm.objects.get(is_summary=True)
    assert summary.occurrences == len(streams) - 1
    assert Alarm.objects.filter(state="raised").count() == 2  # the first, and the summary
    assert Alarm.objects.filter(summary=summary, state="suppressed").count() == len(streams) - 1
    assert len(told()) == 2
    for stream in streams[:-1]:
        clear_at(noon, rule, stream, 30)
    assert Alarm.objects.get(is_summary=True).state == "raised"
    clear_at(noon, rule, streams[-1], 40)
    assert Alarm.objects.get(is_summary=True).state == "cleared"


def test_more_of_a_flood_joins_the_summary_that_stands(rule, streams, noon) -> None:
    Rule.objects.update(flood_per_min=1)
    for second, stream in enumerate(streams[:3]):
        raise_at(noon, rule, stream, second)
    assert Alarm.objects.get(is_summary=True).occurrences == 2
    close_alarm(
        alarm=Alarm.objects.get(is_summary=True), by="officer", at=noon, note="演练", reason="test"
    )
    assert Alarm.objects.filter(state="closed").count() == 3


# Going up.


def test_an_alarm_nobody_takes_goes_up_level_by_level(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    assert escalate_alarms(now=noon + 4 * MINUTE) == 0
    assert escalate_alarms(now=noon + 5 * MINUTE) == 1
    assert escalate_alarms(now=noon + 5 * MINUTE) == 0
    assert escalate_alarms(now=noon + 20 * MINUTE) == 1
    assert escalate_alarms(now=noon + timedelta(days=9)) == 0  # no third level is set
    assert told() == [
        ("raised", 0, "role:duty_officer"),
        ("escalated", 1, "role:department_head"),
        ("escalated", 2, "role:administrator"),
    ]
    assert [step.detail for step in Alarm.objects.get().steps.all()] == [{"level": 1}, {"level": 2}]


def test_taking_an_alarm_or_its_end_stops_the_climb(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    raise_at(noon, rule, streams[1])
    acknowledge_alarm(alarm=Alarm.objects.first(), by="officer", at=noon)
    clear_at(noon, rule, Alarm.objects.last().datastream_id, 60)
    assert escalate_alarms(now=noon + timedelta(days=1)) == 0


def test_a_rule_may_climb_by_minutes_of_its_own(rule, streams, noon) -> None:
    Rule.objects.update(escalate_after_min=1)
    raise_at(noon, rule, streams[0])
    done = [escalate_alarms(now=noon + minute * MINUTE) for minute in range(1, 6)]
    assert done == [1, 1, 1, 0, 0]


# Who is told.


def policy(**more) -> NotificationPolicy:
    NotificationPolicy.objects.all().delete()
    values = {"title": "t", "channel": "email", "recipient_kind": "role", "recipient": "clerk"}
    return NotificationPolicy.objects.create(**(values | more))


def test_everybody_with_a_role_and_an_address_is_written_to_once(rule, streams, noon) -> None:
    for name, email in (("a", "a@example.org"), ("b", ""), ("c", "c@example.org")):
        create_account(
            username=name,
            password="a river in the east 9",
            roles=("clerk", "duty_officer"),
            email=email,
            by="system:test",
        )
    policy()
    raise_at(noon, rule, streams[0])
    assert sorted(address for _, _, address in told()) == ["a@example.org", "c@example.org"]
    assert set(Delivery.objects.values_list("state", "endpoint")) == {("waiting", "email")}


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"severity": "red"}, True),
        ({"system": "environment"}, True),
        ({"system": "traffic"}, False),
        ({"kind": "above"}, True),
        ({"kind": "flat"}, False),
        ({"enabled": False}, False),
        ({"level": 1}, False),
    ],
)
def test_a_policy_tells_of_what_it_names(more, is_told, rule, streams, noon) -> None:
    policy(channel="webhook", recipient_kind="address", recipient="https://a.example:8/x", **more)
    raise_at(noon, rule, streams[0])
    assert told() == ([("raised", 0, "https://a.example:8/x")] if is_told else [])
    assert all(row.endpoint == "a.example:8" for row in Delivery.objects.all())


def test_a_lesser_alarm_is_not_told_to_who_asked_for_grave_ones(rule, streams, noon) -> None:
    policy(severity="red")
    Rule.objects.update(severity="yellow")
    raise_at(noon, rule, streams[0])
    assert told() == []


def test_the_end_is_told_to_who_asked_for_it(rule, streams, noon) -> None:
    policy(recipient_kind="address", recipient="x@example.org", tells_cleared=True)
    raise_at(noon, rule, streams[0])
    clear_at(noon, rule, streams[0], 60)
    assert [occasion for occasion, _, _ in told()] == ["raised", "cleared"]


# People.


def test_many_are_acknowledged_at_once_and_one_is_given_to_somebody(rule, streams, noon) -> None:
    for stream in streams[:3]:
        raise_at(noon, rule, stream)
    alarms = list(Alarm.objects.all())
    close_alarm(alarm=alarms[0], by="officer", at=noon, note="x")
    assert acknowledge_alarms(alarms=list(Alarm.objects.all()), by="officer", at=noon) == 2
    assign_alarm(alarm=alarms[1], to="clerk-li", by="officer", at=noon)
    assert Alarm.objects.get(pk=alarms[1].pk).assigned_to == "clerk-li"
    with pytest.raises(SensingError, match="alarm_closed"):
        assign_alarm(alarm=alarms[0], to="x", by="officer", at=noon)
    with pytest.raises(SensingError, match="unknown_reason"):
        close_alarm(alarm=alarms[1], by="officer", at=noon, note="x", reason="because")


# Cases.


def test_an_alarm_opens_one_case_whatever_happens_to_the_handlers(rule, streams, noon) -> None:
    Rule.objects.update(opens_case=True)
    raise_at(noon, rule, streams[0])
    book: dict[str, str] = {}
    asked: list[AlarmRaised] = []

    def broken(raised: AlarmRaised) -> str:
        raise RuntimeError("no case today")

    def grid_desk(raised: AlarmRaised) -> str:
        asked.append(raised)
        return book.setdefault(raised.key, f"PD-{len(book) + 1:04}")

    assert open_cases([broken, lambda _: ""], now=noon) == 0
    assert open_cases([broken, grid_desk], now=noon) == 1
    assert open_cases([grid_desk], now=noon) == 0
    alarm = Alarm.objects.get()
    assert alarm.case_reference == "PD-0001"
    assert (asked[0].rule, asked[0].severity, asked[0].thing_name) == ("hot", "red", "川沙站")
    # A worker that died before it wrote the reference asks again and gets the same case.
    Alarm.objects.update(case_reference="")
    open_cases([grid_desk], now=noon)
    assert (Alarm.objects.get().case_reference, len(book)) == ("PD-0001", 1)


def test_no_case_is_opened_for_what_is_suppressed_or_not_meant(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    assert open_cases([lambda _: "PD-1"], now=noon) == 0
    Rule.objects.update(opens_case=True)
    Alarm.objects.update(state="suppressed")
    assert open_cases([lambda _: "PD-1"], now=noon) == 0


# Rules.


def test_a_rule_is_drafted_changed_and_switched_on_and_every_act_is_kept(rule, noon) -> None:
    draft = draft_rule(values=values_of(rule) | {"name_zh": "新"}, by="officer", at=noon)
    assert (draft.enabled, draft.is_draft, draft.code) == (False, True, f"own-{draft.pk}")
    changed = change_rule(rule=draft, values={"limit": 80.0}, by="head", at=noon)
    change_rule(rule=changed, values={"limit": 80.0}, by="head", at=noon)  # nothing new
    switch_rule(rule=changed, enabled=True, by="head", at=noon)
    draft.refresh_from_db()
    assert (draft.version, draft.limit, draft.is_draft, draft.enabled) == (2, 80.0, False, True)
    versions = RuleVersion.objects.filter(rule=draft).order_by("pk")
    assert [(row.number, row.act, row.by) for row in versions] == [
        (1, "drafted", "officer"),
        (2, "changed", "head"),
        (2, "switched_on", "head"),
    ]
    assert [row.values.get("limit") for row in versions] == [60.0, 80.0, None]
    actions = list(Entry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["sensing.draft_rule", "sensing.change_rule", "sensing.switch_rule"]


def test_a_rule_of_a_system_is_copied_not_changed_and_a_used_one_not_deleted(
    rule, streams, noon
) -> None:
    Rule.objects.update(declared=True)
    with pytest.raises(SensingError, match="rule_declared"):
        change_rule(rule=rule, values={"limit": 1.0}, by="officer", at=noon)
    copy = copy_rule(rule=rule, by="officer", at=noon)
    assert (copy.declared, copy.limit, copy.name_zh) == (False, 60.0, "过热（副本）")
    raise_at(noon, copy, streams[0])
    with pytest.raises(SensingError, match="rule_used"):
        delete_rule(rule=copy, by="officer")
    Alarm.objects.all().delete()
    delete_rule(rule=copy, by="officer")
    assert Rule.objects.count() == 1


def test_a_rule_that_now_watches_something_else_ends_its_alarms(rule, streams, noon) -> None:
    raise_at(noon, rule, streams[0])
    change_rule(rule=rule, values={"severity": "yellow"}, by="officer", at=noon)
    assert Alarm.objects.get().state == "raised"
    change_rule(rule=rule, values={"observed_property_id": "pm10"}, by="officer", at=noon)
    assert Alarm.objects.get().state == "cleared"
