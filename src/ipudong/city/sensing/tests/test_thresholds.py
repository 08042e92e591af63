"""The vectorised threshold rules do what a reading-by-reading model does."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.sensing.rules.bindings import Binding, Bindings
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.table import RuleTable, Standing

SECOND = 1_000_000
NONE = Bindings.build([])


def make_engine(*rows: Binding, size: int = 8) -> RuleEngine:
    table = RuleTable(1, size, Bindings.build(rows), NONE, NONE, NONE)
    return RuleEngine(table)


def feed(engine: RuleEngine, rows, quality=None):
    """Rows are (datastream, second, value)."""
    streams = np.array([r[0] for r in rows], np.int32)
    times = np.array([int(r[1] * SECOND) for r in rows], np.int64)
    values = np.array([r[2] for r in rows], np.float64)
    quality = np.zeros(len(rows), np.uint8) if quality is None else np.array(quality, np.uint8)
    return engine.evaluate(streams, times, values, quality)


def seconds(events):
    return [(e.rule_id, e.datastream, e.time_us // SECOND, e.value) for e in events]


def test_a_value_over_the_limit_raises_and_one_back_under_it_clears() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    changes = feed(engine, [(3, 0, 9.0), (3, 1, 11.0), (3, 2, 12.0), (3, 3, 10.0)])
    assert seconds(changes.raised) == [(1, 3, 1, 11.0)]
    assert seconds(changes.cleared) == [(1, 3, 3, 10.0)]
    assert changes.raised[0].peak == changes.cleared[0].peak == 12.0


def test_a_value_equal_to_the_limit_is_no_exceedance() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    assert not feed(engine, [(3, 0, 10.0)])


def test_below_looks_the_other_way_and_the_peak_is_the_lowest() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=5.0, sign=-1.0, hysteresis=1.0))
    changes = feed(engine, [(3, 0, 4.0), (3, 1, 3.0), (3, 2, 5.5), (3, 3, 6.0)])
    assert seconds(changes.raised) == [(1, 3, 0, 4.0)]
    assert seconds(changes.cleared) == [(1, 3, 3, 6.0)]
    assert changes.cleared[0].peak == 3.0


def test_hysteresis_keeps_an_alarm_until_the_value_is_well_under() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0, hysteresis=2.0))
    changes = feed(engine, [(3, 0, 11.0), (3, 1, 9.0), (3, 2, 11.0), (3, 3, 8.0)])
    assert seconds(changes.raised) == [(1, 3, 0, 11.0)]
    assert seconds(changes.cleared) == [(1, 3, 3, 8.0)]


def test_duration_asks_for_an_unbroken_excursion_across_batches() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0, duration_us=10 * SECOND))
    assert not feed(engine, [(3, 0, 11.0), (3, 4, 9.0), (3, 5, 11.0)])
    assert not feed(engine, [(3, 14, 12.0)])
    changes = feed(engine, [(3, 15, 11.5)])
    assert seconds(changes.raised) == [(1, 3, 15, 11.5)]
    assert changes.raised[0].began_us == 5 * SECOND
    assert changes.raised[0].peak == 12.0


def test_late_readings_and_repeats_change_nothing() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    feed(engine, [(3, 100, 5.0)])
    assert not feed(engine, [(3, 99, 50.0), (3, 100, 50.0)])


def test_resent_history_raises_no_live_alarm() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    assert not feed(engine, [(3, 100, 50.0)], quality=[0x80])


def test_only_valid_readings_are_judged() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    rows = [(3, second, 50.0) for second in range(5)]
    assert not feed(engine, rows, quality=[0x10, 0x20, 0x40, 4, 5])
    assert not feed(engine, [(3, 9, float("inf"))])


def test_a_worse_value_of_a_standing_alarm_is_a_new_peak() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    feed(engine, [(3, 0, 11.0)])
    changes = feed(engine, [(3, 1, 15.0), (3, 2, 12.0)])
    assert not changes.raised
    assert [event.peak for event in changes.peaked] == [15.0]
    assert not feed(engine, [(3, 3, 14.0)])


def test_two_rules_on_one_datastream_are_judged_apart() -> None:
    engine = make_engine(
        Binding(rule=1, datastream=3, limit=10.0), Binding(rule=2, datastream=3, limit=20.0)
    )
    changes = feed(engine, [(3, 0, 15.0), (3, 1, 25.0)])
    assert seconds(changes.raised) == [(1, 3, 0, 15.0), (2, 3, 1, 25.0)]


def test_rules_read_anew_keep_the_memory_of_those_that_stay() -> None:
    kept, dropped = (
        Binding(rule=1, datastream=3, limit=10.0),
        Binding(rule=2, datastream=3, limit=1),
    )
    engine = make_engine(kept, dropped)
    feed(engine, [(3, 0, 11.0)])
    added = Binding(rule=5, datastream=3, limit=11.5)
    engine.take_over(RuleTable(2, 9, Bindings.build([added, kept]), NONE, NONE, NONE))
    assert engine.version == 2
    changes = feed(engine, [(3, 1, 12.0)])
    assert seconds(changes.raised) == [(5, 3, 1, 12.0)]
    assert seconds(feed(engine, [(3, 2, 1.0)]).cleared) == [(1, 3, 2, 1.0), (5, 3, 2, 1.0)]


def test_an_engine_takes_up_the_alarms_that_stand() -> None:
    rows = Bindings.build([Binding(rule=1, datastream=3, limit=10.0)])
    engine = RuleEngine(RuleTable(1, 8, rows, NONE, NONE, NONE, standing=(Standing(1, 3, 30.0),)))
    assert not feed(engine, [(3, 0, 20.0)])
    changes = feed(engine, [(3, 1, 5.0)])
    assert seconds(changes.cleared) == [(1, 3, 1, 5.0)]
    assert changes.cleared[0].peak == 30.0


def test_datastreams_newer_than_the_rules_are_passed_over() -> None:
    engine = make_engine(Binding(rule=1, datastream=3, limit=10.0))
    changes = feed(engine, [(99, 0, 50.0), (3, 0, 50.0)])
    assert seconds(changes.raised) == [(1, 3, 0, 50.0)]


@dataclass
class NaiveRule:
    """One binding, fed one reading at a time."""

    binding: Binding
    state: str = "idle"
    began: int = 0
    peak: float = float("-inf")
    raised: list = field(default_factory=list)
    cleared: list = field(default_factory=list)

    def feed(self, time: int, value: float) -> None:
        b = self.binding
        measure, limit = value * b.sign, b.limit * b.sign
        self.peak = max(self.peak, measure)
        if measure <= limit - b.hysteresis:
            if self.state == "raised":
                self.cleared.append((time, value, self.peak * b.sign, self.began))
            self.state, self.peak = "idle", float("-inf")
        elif self.state != "raised":
            if measure > limit:
                if self.state == "idle":
                    self.state, self.began = "pending", time
                if time - self.began >= b.duration_us:
                    self.state = "raised"
                    self.raised.append((time, value, self.began))
            else:
                self.state = "idle"


class NaiveEngine:
    """All bindings, reading by reading, each batch in the order of its times."""

    def __init__(self, bindings) -> None:
        self.rules = [NaiveRule(binding) for binding in bindings]
        self.last: dict[int, int] = {}

    def feed(self, rows) -> None:
        for stream, second, value in sorted(rows, key=lambda row: row[1]):
            time = second * SECOND
            if time <= self.last.get(stream, -1):
                continue
            self.last[stream] = time
            for rule in self.rules:
                if rule.binding.datastream == stream:
                    rule.feed(time, value)


bindings = st.lists(
    st.builds(
        Binding,
        rule=st.integers(1, 50),
        datastream=st.integers(1, 4),
        sign=st.sampled_from([1.0, -1.0]),
        limit=st.integers(0, 6).map(float),
        hysteresis=st.integers(0, 2).map(float),
        duration_us=st.integers(0, 4).map(lambda s: s * SECOND),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda b: (b.rule, b.datastream),
)
readings = st.tuples(st.integers(1, 5), st.integers(0, 40), st.integers(-2, 8).map(float))
batches = st.lists(st.lists(readings, max_size=25), max_size=6)


@settings(max_examples=400, deadline=None)
@given(bindings=bindings, batches=batches)
def test_whole_batches_give_what_single_readings_give(bindings, batches) -> None:
    engine, naive = make_engine(*bindings), NaiveEngine(bindings)
    raised, cleared = [], []
    for batch in batches:
        changes = feed(engine, batch)
        raised += changes.raised
        cleared += changes.cleared
        naive.feed(batch)
        for rule in naive.rules:
            if rule.state == "raised":
                at = [
                    b
                    for b in range(len(engine._thresholds.machine.bindings))
                    if engine._thresholds.machine.bindings.rule[b] == rule.binding.rule
                    and engine._thresholds.machine.bindings.datastream[b] == rule.binding.datastream
                ]
                assert engine._thresholds.machine.peak[at[0]] == rule.peak
    for rule in naive.rules:
        key = (rule.binding.rule, rule.binding.datastream)
        mine = [e for e in raised if (e.rule_id, e.datastream) == key]
        assert [(e.time_us, e.value, e.began_us) for e in mine] == rule.raised
        ended = [e for e in cleared if (e.rule_id, e.datastream) == key]
        assert [(e.time_us, e.value, e.peak, e.began_us) for e in ended] == rule.cleared
