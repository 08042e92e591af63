"""A circuit breaker: an endpoint that failed several times is left alone for a while."""

from dataclasses import dataclass
from typing import Final

OPENS_AFTER: Final = 3
FIRST_REST_S: Final = 15.0
LONGEST_REST_S: Final = 600.0


@dataclass(slots=True)
class Breaker:
    """One endpoint's. Instants are seconds of a monotonic clock.

    While it rests nothing is sent; then one message is the test: if it fails, the rest is twice as
    long.
    """

    failures: int = 0
    rests_until: float = 0.0

    def rest_s(self, now: float) -> float:
        """Seconds it still rests; 0 when a message may be tried."""
        return max(0.0, self.rests_until - now)

    def note_delivered(self) -> None:
        """The endpoint answers."""
        self.failures, self.rests_until = 0, 0.0

    def note_failed(self, now: float) -> None:
        """The endpoint does not answer, or not well."""
        self.failures += 1
        if self.failures >= OPENS_AFTER:
            rest_s = FIRST_REST_S * 2 ** min(self.failures - OPENS_AFTER, 10)
            self.rests_until = now + min(rest_s, LONGEST_REST_S)
