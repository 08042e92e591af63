"""Readings of many frames as columns, filled end to end while the journal is busy."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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

    def extend(
        self,
        datastreams: NDArray[np.int32],
        times_us: NDArray[np.int64],
        results: NDArray[np.float64],
        qualities: NDArray[np.uint8],
        clock_ok: NDArray[np.bool_],
    ) -> None:
        """Add whole columns, for doors that decode many frames at once."""
        self.datastreams.frombytes(np.ascontiguousarray(datastreams, np.int32).tobytes())
        self._time_us.frombytes(np.ascontiguousarray(times_us, np.int64).tobytes())
        self._result.frombytes(np.ascontiguousarray(results, np.float64).tobytes())
        self._quality += np.ascontiguousarray(qualities, np.uint8).tobytes()
        self._clock_ok += np.ascontiguousarray(clock_ok, np.bool_).tobytes()

    def to_columns(self) -> Columns:
        """The readings as numpy views; the buffer is given up."""
        return Columns(
            np.frombuffer(self.datastreams, np.int32),
            np.frombuffer(self._time_us, np.int64),
            np.frombuffer(self._result, np.float64),
            np.frombuffer(self._quality, np.uint8),
            np.frombuffer(self._clock_ok, np.bool_),
        )


@dataclass(slots=True)
class Positions:
    """Positions of one commit: `thing` int32, `time_us` int64 since 1970 UTC, `lon` and `lat`
    degrees WGS 84, `speed` km/h, `heading` degrees from north, `altitude` m, all float64, NaN where
    unknown; `status` uint32, the bits of JT/T 808 table 25 (`FIXED` is a position that holds)."""

    thing: NDArray[np.int32]
    time_us: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed: NDArray[np.float64]
    heading: NDArray[np.float64]
    altitude: NDArray[np.float64]
    status: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.thing)

    def to_batch(self) -> pa.RecordBatch:
        """The Arrow batch that goes to the journal."""
        return batches.positions(
            self.thing,
            self.time_us,
            self.lon,
            self.lat,
            self.speed,
            self.heading,
            self.altitude,
            self.status,
        )


FIXED: Final = 1 << 1  # JT/T 808-2019 table 25, bit 1


class PositionBuffer:
    """Pieces of positions, joined once for each commit."""

    __slots__ = ("_pieces", "_rows")

    def __init__(self) -> None:
        self._pieces: list[Positions] = []
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def extend(self, positions: Positions) -> None:
        """Add positions; the arrays are kept, not copied."""
        self._pieces.append(positions)
        self._rows += len(positions)

    def to_positions(self) -> Positions:
        """All of them in the order they came."""
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces[0]
        return Positions(
            *(
                np.concatenate([getattr(piece, name) for piece in pieces])
                for name in Positions.__slots__
            )
        )
