"""A deleted observation is in no answer of the history, wherever its rows lie."""

from datetime import timedelta

import pytest

from ipudong.store.batches import to_numpy
from ipudong.store.quality import WITHDRAWN
from ipudong.store.tests.test_history import DAY_US, MINUTE_US, NEW_YEAR, NEW_YEAR_US, Store, store

__all__ = ["store"]

NAN = float("nan")


def fill(store: Store, seal_first: bool, seal_last: bool) -> None:
    """Readings at minutes 0, 1, 2 of stream 1; that of minute 2 is withdrawn."""
    store.put([1, 1, 1, 2], [0, 1, 2, 0], [10.0, 11.0, 12.0, 5.0])
    if seal_first:
        store.seal()
    store.put([1], [2], [NAN], WITHDRAWN)
    if seal_last:
        store.seal()


@pytest.mark.parametrize("seal_first", [False, True])
@pytest.mark.parametrize("seal_last", [False, True])
def test_a_withdrawn_reading_is_in_no_answer(
    store: Store, seal_first: bool, seal_last: bool
) -> None:
    fill(store, seal_first, seal_last)
    assert store.history.read([1]).column("result").to_pylist() == [10.0, 11.0]
    expression = store.history.observations([1])
    assert sorted(store.history.run(expression).column("result").to_pylist()) == [10.0, 11.0]
    latest = store.history.latest([1, 2])
    assert latest.column("result").to_pylist() == [11.0, 5.0]
    hours = store.history.aggregate(
        [1], NEW_YEAR, NEW_YEAR + timedelta(hours=1), timedelta(hours=1)
    )
    assert store.history.run(hours).column("count").to_pylist() == [2]
    assert store.history.count_and_checksum()[0] == 3


def test_what_is_sent_again_after_it_was_withdrawn_stands_again(store: Store) -> None:
    fill(store, seal_first=True, seal_last=True)
    store.put([1], [2], [13.0])
    assert store.history.read([1]).column("result").to_pylist() == [10.0, 11.0, 13.0]
    assert store.history.latest([1]).column("result").to_pylist() == [13.0]


def test_the_latest_before_withdrawn_ones_is_found_days_back(store: Store) -> None:
    day = DAY_US // MINUTE_US
    store.put([1], [0], [1.0])
    store.seal()
    store.put([1, 1], [9 * day, 10 * day], [2.0, 3.0])
    store.seal()
    store.put([1, 1], [9 * day, 10 * day], [NAN, NAN], [WITHDRAWN, WITHDRAWN])
    latest = store.history.latest([1])
    assert (latest.column("result").to_pylist(), to_numpy(latest, "time").tolist()) == (
        [1.0],
        [NEW_YEAR_US],
    )


def test_a_day_rolled_up_with_a_withdrawn_reading_does_not_count_it(store: Store) -> None:
    fill(store, seal_first=True, seal_last=True)
    store.lake.roll_up()
    days = store.history.aggregate([1], NEW_YEAR, NEW_YEAR + timedelta(days=1), timedelta(days=1))
    table = store.history.run(days)
    assert table.column("count").to_pylist() == [2]
    assert table.column("last").to_pylist() == [11.0]
