"""The Parquet files of the lake: small, sorted, with statistics that let readers skip."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ipudong.store import batches

ROW_GROUP_ROWS = 32_768  # a station-day of minutes is a third of it; see bench/history.py


def write(rows: pa.Table, path: Path) -> None:
    """Write sorted rows so that one key of one day touches one or two row groups."""
    sorted_ints = [field.name for field in rows.schema if _is_steady(field)]
    pq.write_table(
        rows,
        path,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        use_dictionary=[name for name in ("quality", "status") if name in rows.column_names],
        column_encoding=dict.fromkeys(sorted_ints, "DELTA_BINARY_PACKED"),
    )


def _is_steady(field: pa.Field) -> bool:
    is_dictionary = field.name in ("quality", "status")
    return not is_dictionary and (pa.types.is_integer(field.type) or field.name == "time")


def stats(rows: pa.Table, key: str) -> dict[str, Any]:
    """Delta's per-file statistics of the key and the time."""
    keys, times = rows.column(key).to_numpy(), batches.to_numpy(rows, "time")
    first, last = np.datetime_as_string(
        np.array([times.min(), times.max()], dtype="datetime64[us]"), timezone="UTC"
    )
    return {
        "numRecords": rows.num_rows,
        "minValues": {key: int(keys.min()), "time": str(first)},
        "maxValues": {key: int(keys.max()), "time": str(last)},
        "nullCount": {key: 0, "time": 0},
    }


def is_whole(path: Path) -> bool:
    """True when the file can be opened: a half-written one has no footer."""
    try:
        pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return False
    return True
