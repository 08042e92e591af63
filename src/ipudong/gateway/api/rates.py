"""How often one sender may post."""

import math
import time
from collections.abc import Callable

from ipudong.gateway.api.problems import RequestRefused

WINDOW_S = 60.0
MAX_SENDERS = 10_000


class RateLimit:
    """A bucket for each sender that refills evenly over the minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, sender: str) -> None:
        """Count one request. Raises RequestRefused (429) with the seconds to wait."""
        now = self._clock()
        if len(self._buckets) >= MAX_SENDERS:
            self._buckets.clear()
        left, at = self._buckets.get(sender, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * self._per_minute / WINDOW_S)
        if left < 1:
            wait_s = math.ceil((1 - left) * WINDOW_S / self._per_minute)
            raise RequestRefused(429, "too_many_requests", "Slow down.", retry_after_s=wait_s)
        self._buckets[sender] = (left - 1, now)
