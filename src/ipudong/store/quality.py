"""The quality byte of an observation: what the source said, and what our checks found.

The low nibble is the mark the station sent (HJ 212-2017 table 8, `Flag`); the high bits are the
verdicts of our own checks, so neither can hide the other.
"""

from enum import IntEnum, IntFlag
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

SOURCE_MASK = 0x0F
CHECK_MASK = 0xF0


class Source(IntEnum):
    """The source's mark, low nibble; the letter is the HJ 212 data flag."""

    NORMAL = 0  # N
    STOPPED = 1  # F
    MAINTENANCE = 2  # M
    MANUAL = 3  # S
    FAULT = 4  # D
    CALIBRATION = 5  # C
    OVER_RANGE = 6  # T
    COMMUNICATION = 7  # B
    EVENT = 13  # ours: what was observed is no number; an event row beside the reading says it
    WITHDRAWN = 14  # ours: the observation was deleted; history passes such rows over
    UNKNOWN = 15


class Check(IntFlag):
    """What our checks found, high bits."""

    OUT_OF_RANGE = 0x10
    TIME_OFF = 0x20
    SUSPECT = 0x40  # flat line, duplicate column, impossible rate
    RESENT = 0x80  # late, re-sent history; not a defect


DEFECT_MASK = int(Check.OUT_OF_RANGE | Check.TIME_OFF | Check.SUSPECT)
# A value is valid when both the source calls it normal and no check found a defect.
INVALID_MASK = SOURCE_MASK | DEFECT_MASK

NORMAL = int(Source.NORMAL)
EVENT = int(Source.EVENT)
WITHDRAWN = int(Source.WITHDRAWN)
OUT_OF_RANGE = int(Check.OUT_OF_RANGE)
TIME_OFF = int(Check.TIME_OFF)
SUSPECT = int(Check.SUSPECT)
RESENT = int(Check.RESENT)

_HJ212_SOURCES = {
    "N": Source.NORMAL,
    "F": Source.STOPPED,
    "M": Source.MAINTENANCE,
    "S": Source.MANUAL,
    "D": Source.FAULT,
    "C": Source.CALIBRATION,
    "T": Source.OVER_RANGE,
    "B": Source.COMMUNICATION,
}


@overload
def is_valid(quality: int) -> bool: ...
@overload
def is_valid(quality: NDArray[np.integer]) -> NDArray[np.bool_]: ...
def is_valid(quality: int | NDArray[np.integer]) -> bool | NDArray[np.bool_]:
    """True where the source says NORMAL and none of our checks found a defect (RESENT is none)."""
    if isinstance(quality, np.ndarray):
        return (quality & INVALID_MASK) == 0
    return (int(quality) & INVALID_MASK) == 0


def is_withdrawn(quality: NDArray[np.integer]) -> NDArray[np.bool_]:
    """True where the observation was deleted: the row stands only to outlive what it replaces."""
    return (quality & SOURCE_MASK) == WITHDRAWN


def get_source(quality: int) -> Source:
    """The source's mark; values the standard leaves free read as UNKNOWN."""
    try:
        return Source(int(quality) & SOURCE_MASK)
    except ValueError:
        return Source.UNKNOWN


def list_checks(quality: int) -> tuple[Check, ...]:
    """The verdicts of our own checks in this byte."""
    return tuple(check for check in Check if int(quality) & check)


def from_hj212_flag(letter: str | None) -> Source:
    """The mark of an HJ 212 data flag letter; no flag means NORMAL, an unlisted one UNKNOWN."""
    if not letter:
        return Source.NORMAL
    return _HJ212_SOURCES.get(letter.upper(), Source.UNKNOWN)


def marked(quality: ArrayLike, check: Check) -> NDArray[np.uint8]:
    """The same bytes with one check's bit set."""
    return np.asarray(quality, dtype=np.uint8) | np.uint8(check)
