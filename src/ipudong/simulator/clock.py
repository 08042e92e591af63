"""The time a simulated district lives in."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


@dataclass
class Clock:
    """Runs `speed` times as fast as the real one from `start`, and never ahead of it: a district
    that is behind catches up and then lives in the present."""

    start: datetime
    speed: float = 1.0
    real: Callable[[], datetime] = real_now
    monotonic: Callable[[], float] = time.monotonic
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.monotonic()

    def now(self) -> datetime:
        """The district's present."""
        passed_s = (self.monotonic() - self._since) * self.speed
        return min(self.start + timedelta(seconds=passed_s), self.real())
