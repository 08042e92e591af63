"""Batches: the columns readings travel in, from the listener to the lake.

A batch is an Arrow record batch of one kind. There are two kinds: `observations` (one number of one
datastream at one instant) and `positions` (where a moving thing was). Times are microseconds since
1970-01-01 UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from ipudong.store.errors import InvalidBatch

OBSERVATIONS = "observations"
POSITIONS = "positions"

TIME = pa.timestamp("us", tz="UTC")

OBSERVATION_SCHEMA = pa.schema(
    [
        pa.field("datastream", pa.int32(), nullable=False),
        pa.field("time", TIME, nullable=False),
        pa.field("result", pa.float64(), nullable=False),
        pa.field("quality", pa.uint8(), nullable=False),
    ]
)
POSITION_SCHEMA = pa.schema(
    [
        pa.field("thing", pa.int32(), nullable=False),
        pa.field("time", TIME, nullable=False),
        pa.field("lon", pa.float64(), nullable=False),
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("speed", pa.float64(), nullable=False),
        pa.field("heading", pa.float64(), nullable=False),
        pa.field("altitude", pa.float64(), nullable=False),
        pa.field("status", pa.uint32(), nullable=False),
    ]
)
# Instants the calendar types on the way (date32, datetime, ISO text) can all say.
MIN_TIME_US = -62_135_596_800_000_000  # 0001-01-01
MAX_TIME_US = 253_402_300_799_999_999  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Kind:
    """What a batch of one kind looks like; `key` is the column that says whose reading it is."""

    name: str
    key: str
    schema: pa.Schema
    dtypes: tuple[np.dtype, ...]


def _kind(name: str, schema: pa.Schema) -> Kind:
    dtypes = (field.type.to_pandas_dtype() for field in schema)
    plain = tuple(np.dtype("int64" if i == 1 else dtype) for i, dtype in enumerate(dtypes))
    return Kind(name, schema.names[0], schema, plain)


KINDS: Mapping[str, Kind] = {
    OBSERVATIONS: _kind(OBSERVATIONS, OBSERVATION_SCHEMA),
    POSITIONS: _kind(POSITIONS, POSITION_SCHEMA),
}

Column: TypeAlias = Sequence[Any] | np.ndarray | Any  # or an Arrow array


def get_kind(name: str) -> Kind:
    """The kind of this name; raises InvalidBatch when there is none."""
    try:
        return KINDS[name]
    except KeyError:
        raise InvalidBatch(name, "unknown kind") from None


def build(kind: str, *columns: Column) -> pa.RecordBatch:
    """A batch from its columns in schema order.

    Each column is a sequence or an array of equal length; times are int64 microseconds UTC (a
    numpy datetime64 of any unit is converted), a None result is NaN. Raises InvalidBatch.
    """
    spec = get_kind(kind)
    if len(columns) != len(spec.schema):
        raise InvalidBatch(kind, f"{len(columns)} columns given, {len(spec.schema)} wanted")
    if len({len(column) for column in columns}) != 1:
        raise InvalidBatch(kind, "columns of unequal length")
    try:
        arrays = [
            _to_arrow(column, dtype, field)
            for column, dtype, field in zip(columns, spec.dtypes, spec.schema, strict=True)
        ]
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
        raise InvalidBatch(kind, str(error)) from error
    return validate(kind, pa.RecordBatch.from_arrays(arrays, schema=spec.schema))


def _to_arrow(column: Column, dtype: np.dtype, field: pa.Field) -> pa.Array:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return column.cast(field.type)
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "M":
            column = column.astype("datetime64[us]").astype(np.int64)
        return pa.array(column).cast(field.type)  # a checked cast: what does not fit raises
    return pa.array(np.array(column, dtype=dtype), type=field.type)


def observations(
    datastream: Column, time: Column, result: Column, quality: Column | int = 0
) -> pa.RecordBatch:
    """A batch of observations; one quality for all rows may be given as a number."""
    if isinstance(quality, int):
        quality = np.full(len(datastream), quality, dtype=np.uint8)
    return build(OBSERVATIONS, datastream, time, result, quality)


def positions(
    thing: Column,
    time: Column,
    lon: Column,
    lat: Column,
    speed: Column | None = None,
    heading: Column | None = None,
    altitude: Column | None = None,
    status: Column | None = None,
) -> pa.RecordBatch:
    """A batch of positions: degrees WGS 84, km/h, degrees from north, metres; unknown is NaN."""
    unknown = np.full(len(thing), np.nan)
    optional = [unknown if column is None else column for column in (speed, heading, altitude)]
    if status is None:
        status = np.zeros(len(thing), dtype=np.uint32)
    return build(POSITIONS, thing, time, lon, lat, *optional, status)


def validate(kind: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch itself when it is one of its kind; raises InvalidBatch when not."""
    spec = get_kind(kind)
    if not batch.schema.equals(spec.schema):
        raise InvalidBatch(kind, f"schema is {batch.schema.to_string()!r}")
    for name in spec.schema.names:
        if batch.column(name).null_count:
            raise InvalidBatch(kind, f"column {name} has nulls")
    times = to_numpy(batch, "time")
    if len(times) and (times.min() < MIN_TIME_US or times.max() > MAX_TIME_US):
        raise InvalidBatch(kind, "time outside years 1 to 9999")
    return batch


def to_numpy(batch: pa.RecordBatch | pa.Table, name: str) -> np.ndarray:
    """A column as numpy; times as int64 microseconds."""
    column = batch.column(name)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_timestamp(column.type):
        column = column.view(pa.int64())
    return column.to_numpy(zero_copy_only=False)


def concat(kind: str, batches: Iterable[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of all rows, in the order given; of no batches, the empty batch."""
    parts = list(batches)
    if len(parts) == 1:
        return parts[0]
    table = pa.Table.from_batches(parts, schema=get_kind(kind).schema).combine_chunks()
    return table.to_batches()[0] if table.num_rows else empty(kind)


def empty(kind: str) -> pa.RecordBatch:
    """A batch without rows."""
    schema = get_kind(kind).schema
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def encode(batch: pa.RecordBatch) -> bytes:
    """The batch as an Arrow IPC stream, self-describing.

    Not compressed: LZ4 halves the bytes and costs the same time in processor as it saves on disk.
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def decode(kind: str, payload: bytes) -> pa.RecordBatch:
    """The batch of an IPC stream; raises InvalidBatch when it is not one of this kind."""
    try:
        with pa.ipc.open_stream(payload) as reader:
            batch = concat(kind, reader)
    except (pa.ArrowException, OSError) as error:
        raise InvalidBatch(kind, str(error)) from error
    return validate(kind, batch)
