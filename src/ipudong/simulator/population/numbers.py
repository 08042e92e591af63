"""Citizen numbers by the column: division, birth day, sequence by day and sex, check character."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Counties 99 are given to no place: such a number belongs to nobody.
HERE: Final = 310199
ELSEWHERE: Final = (340199, 320199, 410199, 360199, 330199, 420199, 510199, 350199, 370199, 430199)
_WEIGHTS: Final = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
_CHECKS: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
_SEQUENCES: Final = 1000


def citizen_numbers(
    division: NDArray[np.int64], birth_days: NDArray[np.int64], is_male: NDArray[np.bool_]
) -> NDArray[np.str_]:
    """GB 11643 numbers, all different. Raises OverflowError when a day has more than 500 births
    of a sex in one division."""
    days = birth_days.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    month_days = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    place_in_day = _count_within(np.stack([division, birth_days, is_male.astype(np.int64)]))
    sequence = place_in_day * 2 + is_male
    if len(sequence) and int(sequence.max()) >= _SEQUENCES:
        raise OverflowError("a day has more births than sequence numbers")
    parts = ((division, 6), (years, 4), (months, 2), (month_days, 2), (sequence, 3))
    digits = np.concatenate([_digits(values, width) for values, width in parts], axis=1)
    checks = _CHECKS[(digits @ _WEIGHTS) % 11]
    text = np.concatenate([digits.astype(np.uint8) + ord("0"), checks[:, None]], axis=1)
    return np.ascontiguousarray(text).view("S18").ravel().astype(str)


def _digits(values: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return values[:, None] // powers % 10


def _count_within(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each column of `keys` how many equal columns stand before it."""
    order = np.lexsort(keys[::-1])
    ordered = keys[:, order]
    new = np.ones(keys.shape[1], dtype=bool)
    new[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, keys.shape[1]))
    counts = np.empty(keys.shape[1], dtype=np.int64)
    counts[order] = np.arange(keys.shape[1]) - np.repeat(starts, sizes)
    return counts
