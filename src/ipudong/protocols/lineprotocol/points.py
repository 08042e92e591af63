"""What lines say, and what is wrong with them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Value = float | int | bool | str

# Units of a timestamp as (multiplier, divisor) to microseconds; `n`, `u`, `m`, `h` are InfluxDB 1.
PRECISIONS: Final = {
    "": (1, 1000),
    "n": (1, 1000),
    "ns": (1, 1000),
    "u": (1, 1),
    "us": (1, 1),
    "ms": (1000, 1),
    "s": (1_000_000, 1),
    "m": (60_000_000, 1),
    "h": (3_600_000_000, 1),
}


class LineError(ValueError):
    """A line that is not line protocol: a stable `code`, and what was found in words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was refused; `line` counts from 1, `text` is its beginning."""

    line: int
    code: str
    detail: str
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A measurement and its tags in the order they were written."""

    measurement: str
    tags: tuple[tuple[str, str], ...] = ()

    def find_tag(self, name: str) -> str | None:
        """The value of a tag."""
        return next((value for key, value in self.tags if key == name), None)


@dataclass(frozen=True, slots=True)
class Point:
    """One line. `time` is in the unit that was agreed, None where the receiver's clock counts."""

    series: Series
    fields: tuple[tuple[str, Value], ...]
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers of many lines, one row for each field: `line` int32 from 1, `series` and `field`
    int32 places in `series_table` and `field_table`, `value` float64, `time` int64 in the unit of
    the sender, valid where `has_time`. `texts` counts the values that are no numbers."""

    line: NDArray[np.int32]
    series: NDArray[np.int32]
    field: NDArray[np.int32]
    value: NDArray[np.float64]
    time: NDArray[np.int64]
    has_time: NDArray[np.bool_]
    series_table: tuple[Series, ...]
    field_table: tuple[str, ...]
    bad: tuple[BadLine, ...] = ()
    bad_count: int = 0
    texts: int = 0

    def __len__(self) -> int:
        return len(self.line)


def to_us(time: NDArray[np.int64], precision: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 of timestamps in a unit, and where they are within years 1 to 9999.

    Raises KeyError for a unit that is none.
    """
    multiplier, divisor = PRECISIONS[precision]
    low = -62_135_596_800_000_000 // multiplier
    high = 253_402_300_799_999_999 // multiplier
    whole = time // divisor
    is_good = (whole >= low) & (whole <= high)
    return np.where(is_good, whole, 0) * multiplier, is_good
