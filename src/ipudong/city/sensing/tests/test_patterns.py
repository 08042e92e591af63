"""Rates, flat lines and copied columns: found across batches, marked as suspect."""

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.sensing.rules.bindings import Binding, Bindings
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.table import RuleTable

SECOND = 1_000_000
HOUR = 3600
NONE = Bindings.build([])


def make_engine(*, rates=(), flats=(), pairs=(), thresholds=(), **more) -> RuleEngine:
    columns = (Bindings.build(rows) for rows in (thresholds, rates, flats, pairs))
    return RuleEngine(RuleTable(1, 32, *columns), **more)


def feed(engine: RuleEngine, rows, quality: int = 0):
    streams = np.array([row[0] for row in rows], np.int32)
    times = np.array([row[1] * SECOND for row in rows], np.int64)
    values = np.array([row[2] for row in rows], np.float64)
    return engine.evaluate(streams, times, values, np.full(len(rows), quality, np.uint8))


def suspects(changes) -> list[int]:
    return np.flatnonzero(changes.suspect).tolist()


def test_a_change_faster_than_the_rule_allows_raises_until_the_next_calm_step() -> None:
    engine = make_engine(rates=[Binding(rule=1, datastream=2, limit=10.0)])
    assert not feed(engine, [(2, 0, 5.0), (2, HOUR, 15.0)])
    changes = feed(engine, [(2, 2 * HOUR, 26.0), (2, 3 * HOUR, 27.0)])
    assert [(e.time_us // SECOND, e.value) for e in changes.raised] == [(2 * HOUR, 11.0)]
    assert [e.time_us // SECOND for e in changes.cleared] == [3 * HOUR]
    assert not changes.suspect.any()


def test_an_impossible_rate_is_suspect_and_raises_nothing() -> None:
    engine = make_engine(
        rates=[Binding(rule=0, datastream=2, limit=60.0, span_us=300 * SECOND)],
        thresholds=[Binding(rule=1, datastream=2, limit=100.0)],
    )
    changes = feed(engine, [(2, 0, 5.0), (2, 600, 500.0), (2, 1200, 6.0), (2, 1800, 6.5)])
    assert suspects(changes) == [1, 2]  # the leap there and the leap back
    assert not changes.raised  # what is suspect is not judged by thresholds


def test_a_short_step_counts_as_the_shortest_span() -> None:
    engine = make_engine(rates=[Binding(rule=0, datastream=2, limit=60.0, span_us=300 * SECOND)])
    assert suspects(feed(engine, [(2, 0, 5.0), (2, 1, 9.0)])) == []  # 4 in 5 minutes: 48 an hour


def test_a_flat_line_needs_both_its_count_and_its_span() -> None:
    rule = Binding(rule=1, datastream=2, count=3, span_us=100 * SECOND)
    assert not feed(make_engine(flats=[rule]), [(2, s, 7.0) for s in (0, 1, 2, 3, 99)])
    changes = feed(make_engine(flats=[rule]), [(2, s, 7.0) for s in (0, 50, 100, 101)])
    assert suspects(changes) == [2, 3]
    event = changes.raised[0]
    assert (event.time_us, event.began_us, event.value, event.peak) == (100 * SECOND, 0, 7.0, 4.0)


def test_a_flat_line_is_followed_across_batches_and_ends_with_a_change() -> None:
    engine = make_engine(flats=[Binding(rule=1, datastream=2, count=4)])
    assert not feed(engine, [(2, 1, 7.0), (2, 2, 7.0)])
    assert not feed(engine, [(2, 3, 7.0)])
    assert suspects(feed(engine, [(2, 4, 7.0)])) == [0]
    changes = feed(engine, [(2, 5, 7.0), (2, 6, 7.1), (2, 7, 7.1)])
    assert suspects(changes) == [0]
    assert [e.time_us // SECOND for e in changes.cleared] == [6]


def test_values_that_may_stay_are_never_flat() -> None:
    engine = make_engine(flats=[Binding(rule=1, datastream=2, count=3, limit=0.0)])
    assert not feed(engine, [(2, s, 0.0) for s in range(20)])
    assert feed(engine, [(2, s, 0.5) for s in range(20, 30)]).raised


def test_invalid_readings_neither_make_nor_break_a_flat_line() -> None:
    engine = make_engine(flats=[Binding(rule=1, datastream=2, count=3)])
    feed(engine, [(2, 1, 7.0), (2, 2, 7.0)])
    feed(engine, [(2, 3, 99.0)], quality=4)
    assert feed(engine, [(2, 4, 7.0)]).raised


PAIR = Binding(rule=9, datastream=2, other=5, count=4)


def moving(seconds, streams=(2, 5)):
    return [(stream, s, 10.0 + s) for s in seconds for stream in streams]


def test_a_copied_column_is_found_and_only_the_copy_is_suspect() -> None:
    changes = feed(make_engine(pairs=[PAIR]), moving(range(6)))
    assert suspects(changes) == [6, 8, 10]  # the first of the pair, from the fourth equal reading
    event = changes.raised[0]
    assert (event.datastream, event.other, event.time_us) == (2, 5, 3 * SECOND)
    assert event.began_us == 0


def test_where_no_copy_is_named_both_columns_are_suspect() -> None:
    both = Binding(rule=9, datastream=2, other=5, count=4, flags_other=True)
    assert suspects(feed(make_engine(pairs=[both]), moving(range(4)))) == [6, 7]


def test_a_copy_is_followed_across_batches_and_ends_with_a_difference() -> None:
    engine = make_engine(pairs=[PAIR])
    for second in range(3):
        assert not feed(engine, moving([second]))
    assert feed(engine, moving([3])).raised
    changes = feed(engine, [(2, 4, 1.0), (5, 4, 2.0)])
    assert [e.time_us // SECOND for e in changes.cleared] == [4]


def test_two_columns_that_stand_still_on_one_number_are_no_copy() -> None:
    rows = [(stream, s, 5.0) for s in range(30) for stream in (2, 5)]
    assert not feed(make_engine(pairs=[PAIR]), rows)


def test_zeros_say_nothing_about_a_copy() -> None:
    engine = make_engine(pairs=[PAIR])
    zeros = [(stream, s, 0.0) for s in range(10, 30) for stream in (2, 5)]
    assert not feed(engine, moving(range(3)) + zeros)
    assert feed(engine, moving([40])).raised  # the fourth equal reading that says something


def test_columns_of_different_times_are_not_compared() -> None:
    rows = moving(range(0, 20, 2), streams=(2,)) + moving(range(1, 20, 2), streams=(5,))
    assert not feed(make_engine(pairs=[PAIR]), rows)


def test_history_is_judged_only_by_an_engine_made_for_it() -> None:
    resent = 0x80
    assert not feed(make_engine(pairs=[PAIR]), moving(range(9)), quality=resent).raised
    assert feed(
        make_engine(pairs=[PAIR], judge_resent=True), moving(range(9)), quality=resent
    ).raised


values = st.integers(0, 2).map(float)
rows_of_one = st.lists(st.tuples(st.just(2), st.integers(0, 60), values), max_size=20)


@settings(max_examples=300, deadline=None)
@given(batches=st.lists(rows_of_one, max_size=5), count=st.integers(2, 5), span=st.integers(0, 9))
def test_flat_lines_of_batches_are_those_of_single_readings(batches, count, span) -> None:
    engine = make_engine(flats=[Binding(rule=1, datastream=2, count=count, span_us=span * SECOND)])
    last, value, run, began, is_raised, expected, found = -1, None, 0, 0, False, [], []
    for batch in batches:
        changes = feed(engine, batch)
        found += [("raised", e.time_us // SECOND) for e in changes.raised]
        found += [("cleared", e.time_us // SECOND) for e in changes.cleared]
        for _, second, reading in sorted(batch, key=lambda row: row[1]):
            if second <= last:
                continue
            last = second
            if reading == value:
                run += 1
            else:
                if is_raised:
                    expected.append(("cleared", second))
                value, run, began, is_raised = reading, 1, second, False
            if run >= count and second - began >= span and not is_raised:
                is_raised = True
                expected.append(("raised", second))
    assert sorted(found, key=lambda e: (e[1], e[0])) == sorted(expected, key=lambda e: (e[1], e[0]))


pair_rows = st.lists(
    st.tuples(st.sampled_from([2, 5]), st.integers(0, 30), st.integers(0, 2).map(float)),
    max_size=30,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=300, deadline=None)
@given(batches=st.lists(pair_rows, max_size=4))
def test_copies_of_batches_are_those_of_single_readings(batches) -> None:
    engine = make_engine(pairs=[Binding(rule=9, datastream=2, other=5, count=3)])
    last, before, run, moves, is_raised, expected, found = -1, None, 0, 0, False, [], []
    for batch in batches:
        changes = feed(engine, batch)
        found += [("raised", e.time_us // SECOND) for e in changes.raised]
        found += [("cleared", e.time_us // SECOND) for e in changes.cleared]
        one, two = ({s: v for d, s, v in batch if d == stream} for stream in (2, 5))
        for second in sorted(one.keys() & two.keys()):
            if second <= last or (one[second] == two[second] == 0):
                continue
            last, value = second, one[second]
            if value != two[second]:
                run = moves = 0
                if is_raised:
                    expected.append(("cleared", second))
                is_raised = False
            else:
                moves += run > 0 and value != before
                run += 1
                if run >= 3 and moves >= 2 and not is_raised:
                    is_raised = True
                    expected.append(("raised", second))
            before = value
    assert sorted(found, key=lambda e: (e[1], e[0])) == sorted(expected, key=lambda e: (e[1], e[0]))


POLLUTANTS = ("PM2.5", "PM10", "O3", "SO2", "NO2", "CO")


def read_soda(path: Path) -> list[tuple[int, int, float]]:
    """(column number, second, value) of the published hours."""
    with path.open(encoding="utf-8-sig") as file:
        hours = list(csv.DictReader(file, delimiter="\t"))
    return [
        (column, hour * HOUR, float(row[name]))
        for hour, row in enumerate(hours)
        for column, name in enumerate(POLLUTANTS, start=1)
        if row[name].replace(".", "", 1).isdigit()
    ]


def test_the_copied_column_of_the_published_shanghai_file_is_found(shared_data: Path) -> None:
    """Data index, section 3: the PM10 column is a copy of O3 in all 1,000 hours."""
    rows = read_soda(shared_data / "transit" / "soda2015" / "environment" / "air.txt")
    pairs = [
        Binding(rule=1, datastream=one, other=two, count=24, flags_other=True)
        for one, two in combinations(range(1, 7), 2)
    ]
    changes = feed(make_engine(pairs=pairs, judge_resent=True), rows)
    found = {(POLLUTANTS[e.datastream - 1], POLLUTANTS[e.other - 1]) for e in changes.raised}
    assert found == {("PM10", "O3")}
    assert not changes.cleared
