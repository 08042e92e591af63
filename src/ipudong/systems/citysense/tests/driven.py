"""A track somebody drove. Not in conftest, which is imported twice: `BEGIN` must be one instant."""

from datetime import UTC, datetime, timedelta

import numpy as np

from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.queries import Track

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
# Ten minutes along a parallel: drives, stands three minutes, drives on. (seconds, lon, lat, speed)
ROWS = [(60 * n, 121.50 + min(n, 3) / 100 + max(0, n - 6) / 100, 31.2, 0 if 3 <= n <= 6 else 57.1)
        for n in range(11)]  # fmt: skip


def make_track(rows=ROWS, *, status: int = 2) -> Track:
    """A track of (seconds since BEGIN, lon, lat, speed)."""
    seconds, lon, lat, speed = (np.array(column, float) for column in zip(*rows, strict=True))
    begin_us = to_us(BEGIN)
    unknown = np.full(len(rows), np.nan)
    return Track(
        begin_us + (seconds * 1e6).astype(np.int64),
        lon,
        lat,
        speed,
        np.full(len(rows), 90.0),
        unknown,
        np.full(len(rows), status, np.uint32),
    )
