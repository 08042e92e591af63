"""The tables of the lake: their columns, their key, their place.

Delta has no unsigned numbers, so `quality` and `status` are widened on disk and narrowed again by
whoever reads. `arrival` is the journal row a reading came with: of equal (key, time) the greatest
arrival is the truth.
"""

from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from ipudong.store.batches import OBSERVATIONS, POSITIONS, TIME

SCHEMA_VERSION = 1

MINUTE = "observations_minute"
HOUR = "observations_hour"
DAY = "observations_day"


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table. `columns` are those inside the files; `day` is the partition besides."""

    name: str
    key: str
    columns: pa.Schema

    @property
    def schema(self) -> pa.Schema:
        """All columns, the partition first."""
        return self.columns.insert(0, pa.field("day", pa.date32(), nullable=False))


def _columns(*fields: tuple[str, pa.DataType], nullable: frozenset[str] = frozenset()) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=name in nullable) for name, kind in fields])


OBSERVATION_TABLE = Table(
    OBSERVATIONS,
    "datastream",
    _columns(
        ("datastream", pa.int32()),
        ("time", TIME),
        ("result", pa.float64()),
        ("quality", pa.int16()),
        ("arrival", pa.int64()),
    ),
)
POSITION_TABLE = Table(
    POSITIONS,
    "thing",
    _columns(
        ("thing", pa.int32()),
        ("time", TIME),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("speed", pa.float64()),
        ("heading", pa.float64()),
        ("altitude", pa.float64()),
        ("status", pa.int64()),
        ("arrival", pa.int64()),
    ),
)
# `count` counts every reading, `valid_count` those of valid quality; min, mean, max and last are of
# the valid ones and null where there is none. `time` is the start of the interval.
ROLLUP_COLUMNS = _columns(
    ("datastream", pa.int32()),
    ("time", TIME),
    ("count", pa.int64()),
    ("valid_count", pa.int64()),
    ("min", pa.float64()),
    ("mean", pa.float64()),
    ("max", pa.float64()),
    ("last", pa.float64()),
    nullable=frozenset({"min", "mean", "max", "last"}),
)
ROLLUP_TABLES = {name: Table(name, "datastream", ROLLUP_COLUMNS) for name in (MINUTE, HOUR, DAY)}
ROLLUP_INTERVALS = {
    MINUTE: timedelta(minutes=1),
    HOUR: timedelta(hours=1),
    DAY: timedelta(days=1),
}
READING_TABLES = {OBSERVATIONS: OBSERVATION_TABLE, POSITIONS: POSITION_TABLE}
TABLES = READING_TABLES | ROLLUP_TABLES
