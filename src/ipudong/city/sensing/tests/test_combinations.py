"""Several conditions together do what a reading-by-reading model does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.combinations import (
    MAX_MEMBERS,
    Combination,
    CombinationTable,
    Member,
)
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.table import RuleTable, Standing

NONE = Bindings.build([])
HEAT, SMOKE, THIRD = 3, 4, 5
FIRE = (Member(HEAT, 60.0, hysteresis=5.0), Member(SMOKE, 0.2))


def make_engine(*rows: Combination, **more) -> RuleEngine:
    table = CombinationTable.build(rows)
    return RuleEngine(RuleTable(1, 8, NONE, NONE, NONE, NONE, combinations=table, **more))


def fire(**more) -> Combination:
    return Combination(rule=1, thing=7, members=FIRE, **more)


def feed(engine: RuleEngine, *rows: tuple):
    """Rows are (datastream, second, value)."""
    changes = engine.evaluate(
        np.array([r[0] for r in rows], np.int32),
        np.array([r[1] * SECOND_US for r in rows], np.int64),
        np.array([r[2] for r in rows], np.float64),
        np.zeros(len(rows), np.uint8),
    )
    return [
        *(("raised", e.rule_id, e.thing, e.time_us // SECOND_US) for e in changes.raised),
        *(("cleared", e.rule_id, e.thing, e.time_us // SECOND_US) for e in changes.cleared),
    ]


def test_heat_and_smoke_together_raise_and_either_gone_clears() -> None:
    engine = make_engine(fire())
    assert feed(engine, (HEAT, 0, 70.0), (SMOKE, 1, 0.1)) == []
    assert feed(engine, (SMOKE, 2, 0.3)) == [("raised", 1, 7, 2)]
    assert feed(engine, (HEAT, 3, 57.0)) == []  # within the hysteresis
    assert feed(engine, (HEAT, 4, 55.0)) == [("cleared", 1, 7, 4)]


def test_the_event_counts_the_conditions_that_held() -> None:
    table = CombinationTable.build([fire(need=1)])
    engine = RuleEngine(RuleTable(1, 8, NONE, NONE, NONE, NONE, combinations=table))
    rows = ((HEAT, 0, 70.0), (SMOKE, 1, 0.3))
    changes = engine.evaluate(
        np.array([r[0] for r in rows], np.int32),
        np.array([r[1] * SECOND_US for r in rows]),
        np.array([r[2] for r in rows]),
        np.zeros(2, np.uint8),
    )
    assert [(e.value, e.datastream, e.thing) for e in changes.raised] == [(1.0, 0, 7)]
    assert feed(engine, (HEAT, 2, 10.0)) == []


def test_any_one_of_several_is_enough_where_one_is_asked() -> None:
    engine = make_engine(fire(need=1))
    assert feed(engine, (HEAT, 0, 20.0), (SMOKE, 1, 0.3)) == [("raised", 1, 7, 1)]
    assert feed(engine, (SMOKE, 2, 0.1)) == [("cleared", 1, 7, 2)]


def test_a_condition_may_look_below() -> None:
    low = Combination(rule=1, thing=7, members=(Member(HEAT, 5.0, sign=-1.0), FIRE[1]))
    assert feed(make_engine(low), (HEAT, 0, 4.0), (SMOKE, 0, 0.3)) == [("raised", 1, 7, 0)]


def test_a_reading_older_than_the_window_does_not_count() -> None:
    engine = make_engine(fire(window_us=60 * SECOND_US))
    assert feed(engine, (HEAT, 0, 70.0), (SMOKE, 61, 0.3)) == []
    assert feed(engine, (HEAT, 70, 70.0)) == [("raised", 1, 7, 70)]
    # Smoke was last heard at 61: at 122 that is too old to hold the alarm up.
    assert feed(engine, (HEAT, 122, 70.0)) == [("cleared", 1, 7, 122)]


def test_both_must_hold_for_the_whole_duration() -> None:
    engine = make_engine(fire(duration_us=10 * SECOND_US))
    assert feed(engine, (HEAT, 0, 70.0), (SMOKE, 5, 0.3), (HEAT, 14, 70.0)) == []
    assert feed(engine, (HEAT, 15, 70.0)) == [("raised", 1, 7, 15)]


def test_readings_of_one_instant_are_judged_together() -> None:
    engine = make_engine(fire())
    feed(engine, (HEAT, 0, 70.0), (SMOKE, 0, 0.1))
    assert feed(engine, (SMOKE, 9, 0.3), (HEAT, 9, 20.0)) == []


def test_late_and_repeated_readings_change_nothing() -> None:
    engine = make_engine(fire())
    feed(engine, (HEAT, 100, 70.0), (SMOKE, 100, 0.3))
    assert feed(engine, (HEAT, 99, 20.0), (SMOKE, 100, 0.0)) == []


def test_a_slower_stream_counts_as_of_the_newest_instant_known() -> None:
    engine = make_engine(fire())
    feed(engine, (HEAT, 100, 70.0))
    assert feed(engine, (SMOKE, 90, 0.3)) == [("raised", 1, 7, 100)]


def test_an_alarm_of_before_a_restart_stands_until_a_member_says_otherwise() -> None:
    standing = Standing(1, 7, 2.0, 100 * SECOND_US)
    engine = make_engine(fire(), standing_things=(standing,))
    assert feed(engine, (HEAT, 90, 20.0)) == []
    assert feed(engine, (HEAT, 110, 70.0)) == []
    assert feed(engine, (SMOKE, 111, 0.1)) == [("cleared", 1, 7, 111)]


def test_rules_read_anew_keep_what_the_members_showed() -> None:
    engine = make_engine(fire())
    feed(engine, (HEAT, 0, 70.0))
    other = Combination(rule=2, thing=2, members=(Member(THIRD, 1.0),))
    table = CombinationTable.build([other, fire()])
    engine.take_over(RuleTable(2, 8, NONE, NONE, NONE, NONE, combinations=table))
    assert feed(engine, (SMOKE, 1, 0.3)) == [("raised", 1, 7, 1)]


@pytest.mark.parametrize("count", [0, MAX_MEMBERS + 1])
def test_a_combination_has_one_to_five_conditions(count: int) -> None:
    with pytest.raises(ValueError, match="members"):
        CombinationTable.build([Combination(rule=1, thing=7, members=FIRE[:1] * count)])


class Model:
    """One combination, reading by reading; readings come in order of time."""

    def __init__(self, rule: Combination) -> None:
        self.rule, self.raised, self.since = rule, False, None
        self.holds = [False] * len(rule.members)
        self.at = [None] * len(rule.members)

    def feed(self, second: int, values: dict[int, float]) -> str | None:
        for number, member in enumerate(self.rule.members):
            if member.datastream not in values:
                continue
            value = values[member.datastream] * member.sign
            if value > member.limit * member.sign:
                self.holds[number] = True
            elif value <= member.limit * member.sign - member.hysteresis:
                self.holds[number] = False
            self.at[number] = second
        if not any(member.datastream in values for member in self.rule.members):
            return None
        window = self.rule.window_us // SECOND_US
        holding = sum(
            holds and (not window or second - at <= window)
            for holds, at in zip(self.holds, self.at, strict=True)
        )
        unknown = sum(at is None for at in self.at)
        need = self.rule.need or len(self.rule.members)
        return self._move(second, holding >= need, holding + unknown < need)

    def _move(self, second: int, over: bool, under: bool) -> str | None:
        if over:
            self.since = second if self.since is None else self.since
            ripe = (second - self.since) * SECOND_US >= self.rule.duration_us
            if ripe and not self.raised:
                self.raised = True
                return "raised"
            return None
        self.since = None
        if under and self.raised:
            self.raised = False
            return "cleared"
        return None


@st.composite
def stories(draw):
    members = tuple(
        Member(stream, draw(st.sampled_from([1.0, 2.0])), draw(st.sampled_from([1.0, -1.0])), 0.5)
        for stream in range(1, draw(st.integers(1, 3)) + 1)
    )
    rule = Combination(
        rule=1,
        thing=7,
        members=members,
        need=draw(st.integers(0, len(members))),
        window_us=draw(st.sampled_from([0, 3])) * SECOND_US,
        duration_us=draw(st.sampled_from([0, 2])) * SECOND_US,
    )
    values = st.sampled_from([0.0, 0.8, 1.2, 1.8, 2.2, 3.0])
    instants = draw(
        st.lists(st.dictionaries(st.integers(1, 4), values, min_size=1, max_size=3), max_size=30)
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(instants)), max_size=5)))
    return rule, instants, cuts


@settings(max_examples=200, deadline=None)
@given(stories())
def test_whole_batches_do_what_one_reading_after_another_does(story) -> None:
    rule, instants, cuts = story
    model = Model(rule)
    said = [(model.feed(second, values), second) for second, values in enumerate(instants)]
    expected = sorted((what, 1, 7, second) for what, second in said if what)
    engine, found = make_engine(rule), []
    for start, end in zip([0, *cuts], [*cuts, len(instants)], strict=True):
        rows = [
            (stream, second, value)
            for second in range(start, end)
            for stream, value in instants[second].items()
        ]
        found += feed(engine, *rows)
    assert sorted(found) == expected
