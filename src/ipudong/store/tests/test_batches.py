"""Batches keep what they were given and refuse what is not one."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.store import batches
from ipudong.store.errors import InvalidBatch

READINGS = st.lists(
    st.tuples(
        st.integers(-(2**31), 2**31 - 1),
        st.integers(batches.MIN_TIME_US, batches.MAX_TIME_US),
        st.floats(),
        st.integers(0, 255),
    )
)


@given(READINGS)
def test_what_is_encoded_decodes_to_the_same_batch(readings: list) -> None:
    columns = list(zip(*readings, strict=True)) or [[], [], [], []]
    batch = batches.observations(*columns)
    decoded = batches.decode("observations", batches.encode(batch))
    for name in batch.schema.names:
        left, right = batches.to_numpy(batch, name), batches.to_numpy(decoded, name)
        assert np.array_equal(left, right, equal_nan=name == "result")


def test_a_large_batch_comes_back_whole() -> None:
    batch = batches.observations(np.arange(5000), np.arange(5000) * 60_000_000, np.zeros(5000))
    assert batches.decode("observations", batches.encode(batch)).equals(batch)


def test_lists_and_arrays_and_datetimes_build_the_same_batch() -> None:
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    noon_us = int(noon.timestamp()) * 1_000_000
    from_lists = batches.observations([1, 2], [noon_us] * 2, [1.0, 2.0], [0, 128])
    from_arrays = batches.observations(
        np.array([1, 2], dtype=np.int64),
        np.array(["2026-01-01T12:00:00"] * 2, dtype="datetime64[s]"),
        np.array([1.0, 2.0], dtype=np.float32),
        np.array([0, 128], dtype=np.uint8),
    )
    assert from_lists.equals(from_arrays)
    assert from_lists.column("time")[0].as_py() == noon


@pytest.mark.parametrize(
    "columns",
    [
        ([1], [1, 2], [1.0], [0]),
        ([2**31], [1], [1.0], [0]),
        (np.array([2**31]), np.array([1]), np.array([1.0]), np.array([0])),
        ([1], [None], [1.0], [0]),
        ([1], [1], ["a"], [0]),
        ([1], [1], [1.0], [256]),
        ([1], [2**62], [1.0], [0]),
        ([1], [1], [1.0]),
    ],
)
def test_columns_that_are_no_batch_are_refused(columns: tuple) -> None:
    with pytest.raises(InvalidBatch) as caught:
        batches.build("observations", *columns)
    assert caught.value.code == "store.invalid_batch"


def test_an_unknown_kind_and_a_foreign_schema_are_refused() -> None:
    with pytest.raises(InvalidBatch):
        batches.get_kind("rumors")
    with pytest.raises(InvalidBatch):
        batches.validate("observations", pa.RecordBatch.from_pydict({"a": [1]}))
    with pytest.raises(InvalidBatch):
        batches.decode("observations", b"not arrow at all")


def test_positions_need_only_where_and_when() -> None:
    batch = batches.positions([7], [1], [121.5], [31.2])
    assert batch.schema.equals(batches.POSITION_SCHEMA)
    assert np.isnan(batch.column("speed")[0].as_py())
    assert batch.column("status").to_pylist() == [0]


def test_concatenation_keeps_order_and_may_be_empty() -> None:
    first = batches.observations([1], [1], [1.0])
    second = batches.observations([0], [0], [0.0])
    both = batches.concat("observations", [first, second])
    assert both.column("datastream").to_pylist() == [1, 0]
    assert batches.concat("observations", []).num_rows == 0
