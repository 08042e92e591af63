"""Writes a synthetic population to the two files that `ipudong import` takes."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa


def write_batches(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches as an Arrow IPC file and return the number of rows."""
    rows = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
