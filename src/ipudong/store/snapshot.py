"""One version of a lake table as arrays: which files it has and what each can hold."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

DAY_US = 86_400_000_000
_WIDEST = np.iinfo(np.int64)
# Above this many files of one day with overlapping keys, assume duplicates instead of comparing.
_COMPARE_AT_MOST = 256


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one version, one array element each; times in microseconds, days since 1970."""

    paths: NDArray[np.object_]
    days: NDArray[np.int64]
    rows: NDArray[np.int64]
    sizes: NDArray[np.int64]
    key_min: NDArray[np.int64]
    key_max: NDArray[np.int64]
    time_min: NDArray[np.int64]
    time_max: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, which: NDArray) -> "Files":
        """The files at these indices, or where the mask is true."""
        return Files(
            self.paths[which],
            self.days[which],
            self.rows[which],
            self.sizes[which],
            self.key_min[which],
            self.key_max[which],
            self.time_min[which],
            self.time_max[which],
        )

    def select(
        self, keys: NDArray[np.int64] | None, start_us: int | None, end_us: int | None
    ) -> "Files":
        """The files that may hold these (sorted) keys within [start, end)."""
        chosen = np.ones(len(self), dtype=bool)
        if start_us is not None:
            chosen &= (self.days >= start_us // DAY_US) & (self.time_max >= start_us)
        if end_us is not None:
            chosen &= (self.days * DAY_US < end_us) & (self.time_min < end_us)
        if keys is not None:
            after = np.searchsorted(keys, self.key_min, "left")
            chosen &= after < np.searchsorted(keys, self.key_max, "right")
        return self.take(chosen)

    def of_day(self, day: int) -> "Files":
        """The files of one day partition."""
        return self.take(self.days == day)

    def is_unique(self) -> bool:
        """True when no (key, time) can be in two of these files (each file is unique in itself)."""
        same_day = self.days[1:] == self.days[:-1]
        suspects = same_day & (self.key_min[1:] <= self.key_max[:-1])
        if not suspects.any():
            return True
        return all(_are_disjoint(self.of_day(day)) for day in np.unique(self.days[1:][suspects]))


def _are_disjoint(files: Files) -> bool:
    if len(files) > _COMPARE_AT_MOST:
        return False
    keys = (files.key_min[:, None] <= files.key_max) & (files.key_min <= files.key_max[:, None])
    times = (files.time_min[:, None] <= files.time_max) & (
        files.time_min <= files.time_max[:, None]
    )
    return int((keys & times).sum()) == len(files)  # each overlaps itself only


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A table at one version; `transactions` are the marks our own writers left in it."""

    version: int
    files: Files
    transactions: dict[str, int]

    @property
    def sealed(self) -> int:
        """The last journal id this version holds; 0 before the first."""
        return self.transactions.get("journal", 0)


def files_from_actions(actions: pa.Table, key: str) -> Files:
    """The files of a Delta table's flattened add actions, by day, then key, then time."""
    files = Files(
        np.array(actions["path"].to_pylist(), dtype=object),
        actions["partition.day"].combine_chunks().view(pa.int32()).to_numpy().astype(np.int64),
        _numbers(actions, "num_records", 0),
        _numbers(actions, "size_bytes", 0),
        _numbers(actions, f"min.{key}", _WIDEST.min),
        _numbers(actions, f"max.{key}", _WIDEST.max),
        _numbers(actions, "min.time", _WIDEST.min),
        _numbers(actions, "max.time", _WIDEST.max),
    )
    return files.take(np.lexsort((files.time_min, files.key_min, files.days)))


def _numbers(actions: pa.Table, name: str, missing: int) -> NDArray[np.int64]:
    if name not in actions.column_names:
        return np.full(actions.num_rows, missing, dtype=np.int64)
    column = actions[name].combine_chunks()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", "UTC")).view(pa.int64())
    return column.cast(pa.int64()).fill_null(missing).to_numpy(zero_copy_only=False)
