"""Rows are sorted and unique whatever their keys, times and order of arrival."""

from hypothesis import given
from hypothesis import strategies as st

from ipudong.store import batches, layout
from ipudong.store.batches import MAX_TIME_US, MIN_TIME_US
from ipudong.store.tables import OBSERVATION_TABLE

KEYS = st.one_of(st.integers(0, 3), st.sampled_from([-(2**31), 2**31 - 1]))
TIMES = st.one_of(st.integers(0, 3), st.sampled_from([MIN_TIME_US, MAX_TIME_US]))
READINGS = st.lists(st.tuples(KEYS, TIMES, st.integers(1, 4)), min_size=1, max_size=40)


def as_rows(readings: list[tuple[int, int, int]]):
    """Each reading (key, time, arrival) as a batch of its own; its result is its position."""
    entries = [
        (arrival, batches.observations([key], [time], [float(position)]))
        for position, (key, time, arrival) in enumerate(readings)
    ]
    return layout.to_table(OBSERVATION_TABLE, entries)


@given(READINGS)
def test_of_equal_readings_the_last_arrived_then_the_last_given_is_kept(readings: list) -> None:
    expected: dict[tuple[int, int], tuple[int, int]] = {}
    for position, (key, time, arrival) in enumerate(readings):
        expected[key, time] = max(expected.get((key, time), (0, 0)), (arrival, position))
    rows = layout.unique(as_rows(readings), OBSERVATION_TABLE)
    keys = batches.to_numpy(rows, "datastream").tolist()
    times = batches.to_numpy(rows, "time").tolist()
    assert list(zip(keys, times, strict=True)) == sorted(expected)
    kept = [int(result) for result in rows.column("result").to_pylist()]
    assert kept == [expected[pair][1] for pair in sorted(expected)]


@given(READINGS)
def test_rows_that_arrived_in_order_come_to_the_same(readings: list) -> None:
    in_order = sorted(readings, key=lambda reading: reading[2])
    rows = layout.unique(as_rows(in_order), OBSERVATION_TABLE)
    newest = {(key, time): position for position, (key, time, _) in enumerate(in_order)}
    assert [int(x) for x in rows.column("result").to_pylist()] == [
        newest[pair] for pair in sorted(newest)
    ]


@given(READINGS)
def test_the_checksum_knows_no_order_but_every_change(readings: list) -> None:
    rows = layout.unique(as_rows(readings), OBSERVATION_TABLE)
    backwards = rows.take(list(range(rows.num_rows))[::-1])
    assert layout.checksum(rows) == layout.checksum(backwards)
    assert layout.checksum(rows) != layout.checksum(rows.slice(1))
