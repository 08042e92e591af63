"""BCD[6] times of the wire, YYMMDDhhmmss in GMT+8 (JT/T 808, 4.2), as instants and text."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

TIME_BYTES: Final = 6
_OFFSET_US: Final = 8 * 3600 * 1_000_000  # GMT+8, no daylight saving
_MONTHS_TO_2000: Final = 360  # from 1970
_MONTH = np.dtype("M8[M]")
_DAY = np.dtype("M8[D]")


def format_text(raw: bytes) -> str:
    """``2018-07-15T10:10:10``, local time, whatever the digits are: nothing sent is lost."""
    digits = raw.hex()
    year, month, day, hour, minute, second = (digits[at : at + 2] for at in range(0, 12, 2))
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}"


def encode_text(text: str) -> bytes:
    """The reverse of `format_text`. Raises ValueError."""
    digits = "".join(character for character in text if character not in "-T:")
    if len(digits) != 14 or not digits.startswith("20"):
        raise ValueError(f"no time such as 2018-07-15T10:10:10: {text!r}")
    return bytes.fromhex(digits[2:])


def find_times_us(raw: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 UTC of BCD times of shape (n, 6), and which are real times.

    What is no real time (a digit over 9, month 13, 30 February, hour 24) gives 0 and False.
    """
    low, high = raw & 0x0F, raw >> 4
    good = ((low < 10) & (high < 10)).all(axis=1)
    parts = (high * 10 + low).astype(np.int64)
    year, month, day, hour, minute, second = parts.T
    good &= (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(good, year * 12 + month - 1 + _MONTHS_TO_2000, 0)
    first = months.astype(_MONTH).astype(_DAY).astype(np.int64)
    after = (months + 1).astype(_MONTH).astype(_DAY).astype(np.int64)
    good &= first + day <= after
    seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return np.where(good, seconds * 1_000_000 - _OFFSET_US, 0), good


def find_time_us(raw: bytes) -> int | None:
    """Microseconds since 1970 UTC of one BCD time; None if it is no real time."""
    times, good = find_times_us(np.frombuffer(raw, np.uint8).reshape(1, TIME_BYTES))
    return int(times[0]) if good[0] else None
