"""Chance that can be asked again: the same key and instant always give the same number.

Values depend on nothing but their key, so a station that back-fills last night sends exactly what
it would have sent live.
"""

import hashlib
import math
from functools import lru_cache

_SPAN = float(1 << 32)


@lru_cache(maxsize=65_536)
def chance(*key: str | int) -> float:
    """A number in [0, 1) for a key."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / _SPAN


@lru_cache(maxsize=65_536)
def _knot(*key: str | int) -> float:
    """About a standard normal: the sum of four even ones, scaled to a deviation of 1."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=16).digest()
    total = sum(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)) / _SPAN
    return (total - 2.0) * math.sqrt(3.0)


def wave(key: str, seed: int, time_s: float, knot_s: float) -> float:
    """Smooth noise of mean 0 and deviation about 1 whose memory is `knot_s` seconds."""
    index = math.floor(time_s / knot_s)
    fraction = time_s / knot_s - index
    weight = fraction * fraction * (3 - 2 * fraction)
    before, after = _knot(key, seed, index), _knot(key, seed, index + 1)
    # Blending two independent knots lowers the deviation; divide it out.
    return (before + weight * (after - before)) / math.hypot(1 - weight, weight)


def bump(
    key: str, seed: int, time_s: float, *, every_s: float, odds: float, width_s: float
) -> float:
    """0 most of the time, rising to 1 in episodes: in each `every_s` one happens by `odds`.

    `width_s` is about how long an episode stays above one half.
    """
    index = math.floor(time_s / every_s)
    highest = 0.0
    for n in (index - 1, index, index + 1):
        if chance(key, seed, n, "happens") < odds:
            middle_s = (n + chance(key, seed, n, "when")) * every_s
            spread_s = width_s * (0.6 + 0.8 * chance(key, seed, n, "width")) / 2.355
            highest = max(highest, math.exp(-0.5 * ((time_s - middle_s) / spread_s) ** 2))
    return highest
