"""The life of an alarm, from the reading that raised it to the person who closes it."""

from datetime import timedelta

import numpy as np
import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.permits import declare_permits
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import SECOND_US, from_us, to_us
from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Alarm, Datastream, Latest, Rule, Thing
from ipudong.city.sensing.queries import (
    AlarmFilter,
    AlarmTail,
    count_open_alarms,
    get_alarm,
    list_alarm_changes,
    list_alarms,
)
from ipudong.city.sensing.rules import RuleEngine, load_rule_table
from ipudong.city.sensing.services import (
    acknowledge_alarm,
    apply_rule_changes,
    close_alarm,
    note_alarm,
    retire_thing,
    switch_rule,
)
from ipudong.config.permits import HOUSE_PERMITS

pytestmark = pytest.mark.django_db

OFFICER = Actor(name="officer", roles=frozenset({"duty_officer"}))


@pytest.fixture(autouse=True)
def house_permits() -> None:
    declare_permits(HOUSE_PERMITS)


@pytest.fixture
def rule(station: Thing) -> Rule:
    return Rule.objects.create(
        code="pm25-high",
        name_zh="PM2.5 超标",
        kind="above",
        severity="orange",
        system="environment",
        observed_property_id="pm25",
        period="instant",
        limit=150.0,
    )


@pytest.fixture
def stream(station: Thing):
    return station.datastreams.get(channel="2011/a34004-Rtd")


def event(rule, stream, noon, seconds, value=200.0, peak=None) -> AlarmEvent:
    at = to_us(noon) + seconds * SECOND_US
    return AlarmEvent(rule.pk, stream.pk, at, to_us(noon), value, peak or value)


def raise_alarm(rule, stream, noon) -> Alarm:
    apply_rule_changes(Changes(raised=(event(rule, stream, noon, 60),)), at=noon)
    return Alarm.objects.get()


def test_a_reading_over_the_limit_becomes_an_alarm_and_a_good_one_clears_it(
    rule, stream, noon
) -> None:
    engine = RuleEngine(load_rule_table(load_directory()))
    for minute, value in ((0, 100.0), (1, 180.0), (2, 220.0), (3, 90.0)):
        changes = engine.evaluate(
            np.array([stream.pk], np.int32),
            np.array([to_us(noon) + minute * 60 * SECOND_US], np.int64),
            np.array([value]),
            np.zeros(1, np.uint8),
        )
        apply_rule_changes(changes, at=noon + timedelta(hours=2))
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.severity, alarm.value, alarm.peak, alarm.limit) == (
        "cleared",
        "orange",
        180.0,
        220.0,
        150.0,
    )
    # Event time, not the time of arrival.
    assert alarm.raised_at == noon + timedelta(minutes=1)
    assert alarm.cleared_at == noon + timedelta(minutes=3)
    assert alarm.noticed_at == noon + timedelta(hours=2)


def test_only_one_alarm_stands_per_rule_and_datastream(rule, stream, noon) -> None:
    raise_alarm(rule, stream, noon)
    apply_rule_changes(Changes(raised=(event(rule, stream, noon, 90),)), at=noon)
    assert Alarm.objects.count() == 1


def test_raising_and_clearing_within_one_batch_keep_their_order(rule, stream, noon) -> None:
    changes = Changes(
        raised=(event(rule, stream, noon, 1), event(rule, stream, noon, 3)),
        cleared=(event(rule, stream, noon, 2, value=10.0, peak=250.0),),
    )
    assert len(apply_rule_changes(changes, at=noon)) == 2
    states = Alarm.objects.order_by("raised_at").values_list("state", "peak")
    assert list(states) == [("cleared", 250.0), ("raised", 200.0)]


def test_events_of_things_gone_meanwhile_are_passed_over(rule, stream, noon) -> None:
    gone = AlarmEvent(rule.pk, 9999, to_us(noon), to_us(noon), 1.0, 1.0)
    no_rule = AlarmEvent(9999, stream.pk, to_us(noon), to_us(noon), 1.0, 1.0)
    assert apply_rule_changes(Changes(raised=(gone, no_rule)), at=noon) == []


def test_a_new_peak_is_written_to_the_standing_alarm(rule, stream, noon) -> None:
    raise_alarm(rule, stream, noon)
    apply_rule_changes(Changes(peaked=(event(rule, stream, noon, 70, 300.0),)), at=noon)
    assert Alarm.objects.get().peak == 300.0


def test_an_officer_acknowledges_notes_and_closes(rule, stream, noon) -> None:
    alarm = raise_alarm(rule, stream, noon)
    acknowledge_alarm(alarm=alarm, by="officer", at=noon)
    assert Alarm.objects.get().state == "acknowledged"
    acknowledge_alarm(alarm=alarm, by="another", at=noon)
    assert Alarm.objects.get().acknowledged_by == "officer"
    note_alarm(alarm=alarm, text=" 已电话核实 ", by="officer", at=noon)
    apply_rule_changes(Changes(cleared=(event(rule, stream, noon, 80, 10.0, 200.0),)), at=noon)
    close_alarm(alarm=alarm, by="officer", at=noon)
    alarm = get_alarm(OFFICER, alarm.pk)
    assert alarm.state == "closed"
    assert [note.text for note in alarm.notes.all()] == ["已电话核实"]
    actions = Entry.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions) == [
        "sensing.acknowledge_alarm",
        "sensing.note_alarm",
        "sensing.close_alarm",
    ]


def test_an_alarm_that_still_holds_is_closed_only_with_a_reason(rule, stream, noon) -> None:
    alarm = raise_alarm(rule, stream, noon)
    with pytest.raises(SensingError) as refused:
        close_alarm(alarm=alarm, by="officer", at=noon)
    assert refused.value.code == "alarm_open"
    close_alarm(alarm=alarm, by="officer", at=noon, note="设备检修")
    apply_rule_changes(Changes(raised=(event(rule, stream, noon, 90),)), at=noon)
    assert Alarm.objects.count() == 1  # not raised anew while the condition goes on
    apply_rule_changes(Changes(cleared=(event(rule, stream, noon, 95, 9.0),)), at=noon)
    closed = Alarm.objects.get()
    assert (closed.state, closed.cleared_at) == ("closed", noon + timedelta(seconds=95))
    apply_rule_changes(Changes(raised=(event(rule, stream, noon, 99),)), at=noon)
    assert Alarm.objects.count() == 2


def test_a_closed_alarm_takes_no_more_acts_but_notes(rule, stream, noon) -> None:
    alarm = raise_alarm(rule, stream, noon)
    close_alarm(alarm=alarm, by="officer", at=noon, note="误报")
    for act in (acknowledge_alarm, close_alarm):
        with pytest.raises(SensingError, match="alarm_closed"):
            act(alarm=alarm, by="officer", at=noon)
    note_alarm(alarm=alarm, text="复核", by="officer", at=noon)
    with pytest.raises(SensingError, match="empty_note"):
        note_alarm(alarm=alarm, text="  ", by="officer", at=noon)


def test_a_rule_put_out_of_force_and_a_retired_thing_leave_no_open_alarm(
    rule, stream, station, noon
) -> None:
    raise_alarm(rule, stream, noon)
    switch_rule(rule=rule, enabled=False, by="officer", at=noon)
    assert Alarm.objects.get().state == "cleared"
    assert load_rule_table(load_directory()).thresholds.rule.tolist() == []
    switch_rule(rule=rule, enabled=True, by="officer", at=noon)
    apply_rule_changes(Changes(raised=(event(rule, stream, noon, 90),)), at=noon)
    retire_thing(thing=station, by="officer", at=noon)
    assert set(Alarm.objects.values_list("state", flat=True)) == {"cleared"}


def test_an_engine_that_starts_anew_clears_the_alarms_of_the_one_before(rule, stream, noon) -> None:
    raise_alarm(rule, stream, noon)
    engine = RuleEngine(load_rule_table(load_directory()))
    changes = engine.evaluate(
        np.array([stream.pk], np.int32),
        np.array([to_us(noon) + 300 * SECOND_US], np.int64),
        np.array([20.0]),
        np.zeros(1, np.uint8),
    )
    apply_rule_changes(changes, at=noon)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.peak) == ("cleared", 200.0)


def test_alarms_are_listed_by_what_is_asked_and_hidden_from_the_public(
    rule, stream, station, noon
) -> None:
    alarm = raise_alarm(rule, stream, noon)
    assert list(list_alarms(OFFICER, AlarmFilter(states=["raised"], thing=station.pk))) == [alarm]
    assert not list_alarms(OFFICER, AlarmFilter(system="traffic")).exists()
    assert not list_alarms(OFFICER, AlarmFilter(until=from_us(to_us(noon)))).exists()
    assert count_open_alarms(OFFICER, system="environment") == 1
    assert not list_alarms(ANONYMOUS).exists()
    assert [row.pk for row in list_alarm_changes(noon - timedelta(seconds=1))] == [alarm.pk]
    assert list_alarm_changes(noon) == []


def test_a_storm_of_alarms_is_written_in_bulk(
    rule, station, noon, django_assert_max_num_queries
) -> None:
    streams = Datastream.objects.bulk_create(
        Datastream(thing=station, observed_property_id="pm25", channel=f"storm/{n}")
        for n in range(1000)
    )
    storm = tuple(event(rule, stream, noon, 60) for stream in streams)
    with django_assert_max_num_queries(50):
        assert len(apply_rule_changes(Changes(raised=storm), at=noon)) == 1000
    with django_assert_max_num_queries(60):
        apply_rule_changes(Changes(cleared=storm), at=noon)
    assert count_open_alarms(OFFICER) == 0


def test_a_tail_gives_each_change_once_even_if_it_was_committed_late(rule, stream, noon) -> None:
    tail = AlarmTail(noon - timedelta(minutes=1))
    alarm = raise_alarm(rule, stream, noon)
    assert [row.pk for row in tail.read(noon)] == [alarm.pk]
    assert tail.read(noon + timedelta(seconds=5)) == []
    # Somebody who began earlier commits only now.
    acknowledge_alarm(alarm=alarm, by="officer", at=noon - timedelta(seconds=30))
    assert [row.state for row in tail.read(noon + timedelta(seconds=5))] == ["acknowledged"]
    assert tail.read(noon + timedelta(minutes=10)) == []


def test_changes_of_one_instant_are_not_torn_apart(rule, station, noon) -> None:
    streams = Datastream.objects.bulk_create(
        Datastream(thing=station, observed_property_id="pm25", channel=f"storm/{n}")
        for n in range(5)
    )
    storm = tuple(event(rule, stream, noon, 60) for stream in streams)
    apply_rule_changes(Changes(raised=storm), at=noon)
    assert len(list_alarm_changes(noon - timedelta(seconds=1), limit=2)) == 5


def test_a_buffer_sent_again_after_a_restart_raises_and_clears_nothing(rule, stream, noon) -> None:
    def judge(minutes: int, value: float):
        return engine.evaluate(
            np.array([stream.pk], np.int32),
            np.array([to_us(noon) + minutes * 60 * SECOND_US], np.int64),
            np.array([value]),
            np.zeros(1, np.uint8),
        )

    Latest.objects.create(datastream=stream, time_us=to_us(noon), result=20.0)
    engine = RuleEngine(load_rule_table(load_directory()))
    assert not judge(-5, 400.0)
    assert not judge(0, 400.0)
    assert judge(1, 400.0).raised


def test_a_reading_from_the_future_makes_no_later_one_late(rule, stream, noon) -> None:
    engine = RuleEngine(load_rule_table(load_directory()))
    now = to_us(noon)
    for ahead_s, value, is_raised in ((3600, 400.0, False), (-1, 400.0, True)):
        changes = engine.evaluate(
            np.array([stream.pk], np.int32),
            np.array([now + ahead_s * SECOND_US], np.int64),
            np.array([value]),
            np.zeros(1, np.uint8),
            now,
        )
        assert bool(changes.raised) is is_raised
