"""Readings of many frames as columns, filled end to end while the journal is busy."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store import batches


@dataclass(slots=True)
class Columns:
    """Readings of one commit: `datastream` int32, `time_us` int64 since 1970 UTC, `result`
    float64, `quality` uint8 (`store.quality`), `clock_ok` bool (the sender's clock is right)."""

    datastream: NDArray[np.int32]
    time_us: NDArray[np.int64]
    result: NDArray[np.float64]
    quality: NDArray[np.uint8]
    clock_ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.datastream)

    def to_batch(self) -> pa.RecordBatch:
        """The Arrow batch that goes to the journal."""
        return batches.observations(self.datastream, self.time_us, self.result, self.quality)


class ColumnBuffer:
    """Growing columns. Appending a frame copies memory and makes no object per reading."""

    __slots__ = ("_clock_ok", "_quality", "_result", "_time_us", "datastreams")

    def __init__(self) -> None:
        self.datastreams = array("i")
        self._time_us = array("q")
        self._result = array("d")
        self._quality = bytearray()
        self._clock_ok = bytearray()

    def __len__(self) -> int:
        return len(self.datastreams)

    def append(
        self,
        datastreams: "array[int]",
        times_us: "array[int]",
        results: Sequence[float],
        qualities: bytes,
        clock_ok: bool,
    ) -> None:
        """Add the readings of one frame; all columns are as long as each other."""
        self.datastreams += datastreams
        self._time_us += times_us
        self._result.extend(results)
        self._quality += qualities
        self._clock_ok += (b"\x01" if clock_ok else b"\x00") * len(qualities)

    def to_columns(self) -> Columns:
        """The readings as numpy views; the buffer is given up."""
        return Columns(
            np.frombuffer(self.datastreams, np.int32),
            np.frombuffer(self._time_us, np.int64),
            np.frombuffer(self._result, np.float64),
            np.frombuffer(self._quality, np.uint8),
            np.frombuffer(self._clock_ok, np.bool_),
        )
