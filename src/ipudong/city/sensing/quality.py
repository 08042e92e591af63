"""Our own verdicts on a batch of readings: physical range, clock, lateness.

Pure numpy on whole batches. The patterns that need memory (rate, flat line, copied column) are
found by the rules.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import DAY_US
from ipudong.city.sensing.directory import Directory, Streams
from ipudong.store.quality import OUT_OF_RANGE, RESENT, TIME_OFF

# A clock that was never set says 1970, 1980 or 2000; no buffer holds readings of that age.
OLDEST_US: Final = 20 * 365 * DAY_US

Bools = NDArray[np.bool_]


def assess(
    directory: Directory,
    datastream: NDArray[np.int32],
    time: NDArray[np.int64],
    result: NDArray[np.float64],
    quality: NDArray[np.uint8],
    received_at_us: int | NDArray[np.int64],
    *,
    resent: Bools | None = None,
    clock_ok: Bools | None = None,
) -> NDArray[np.uint8]:
    """The quality bytes of a batch with our checks' bits added; all arrays of one length.

    `time` and `received_at_us` are microseconds UTC. `resent`: the sender says it sends again.
    `clock_ok`: the sender's own clock (HJ 212 QN) is within a day of ours, or we asked for the
    history; without it nobody's clock is vouched for. Issue 2: a reading off by more than a day is
    kept and marked; history that a sender with a right clock sends again is no defect.
    """
    streams = directory.streams
    checks = np.zeros(len(result), np.uint8)
    checks[is_out_of_range(streams, datastream, result)] |= OUT_OF_RANGE
    age = received_at_us - (time + streams.length_us[datastream])
    off = _is_time_off(time, age, received_at_us, clock_ok)
    late = age > streams.late_after_us[datastream]
    if resent is not None:
        late |= resent
    checks[off] |= TIME_OFF
    checks[late & ~off] |= RESENT
    return quality | checks


def is_out_of_range(
    streams: Streams, datastream: NDArray[np.int32], result: NDArray[np.float64]
) -> Bools:
    """Where a value is no number or lies outside what its datastream can measure."""
    below = result < streams.valid_min[datastream]  # a comparison with NaN, no limit, is False
    above = result > streams.valid_max[datastream]
    return below | above | ~np.isfinite(result)


def _is_time_off(
    time: NDArray[np.int64],
    age: NDArray[np.int64],
    received_at_us: int | NDArray[np.int64],
    clock_ok: Bools | None,
) -> Bools:
    future = time - received_at_us > DAY_US
    old = age > DAY_US
    if clock_ok is not None:
        old &= ~clock_ok | (age > OLDEST_US)
    return future | old
