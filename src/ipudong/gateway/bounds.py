"""Who may come in, and how much rubbish one sender may send: shared by every door."""

from collections import Counter
from typing import Final, Protocol

FLOOD_WINDOW_S: Final = 60.0


class Limits(Protocol):
    """How many connections a door takes."""

    @property
    def max_connections(self) -> int:
        """In all."""
        ...

    @property
    def max_connections_per_peer(self) -> int:
        """From one address."""
        ...


class Admission:
    """Counts open connections in all and by address."""

    def __init__(self, bounds: Limits) -> None:
        self._bounds = bounds
        self._by_peer: Counter[str] = Counter()
        self._total = 0

    def find_refusal(self, peer: str) -> str | None:
        """Why a connection from this address must not be taken in, None when it may."""
        if self._total >= self._bounds.max_connections:
            return "too_many_connections"
        if self._by_peer[peer] >= self._bounds.max_connections_per_peer:
            return "too_many_from_peer"
        return None

    def enter(self, peer: str) -> None:
        """Count a connection that was taken in."""
        self._total += 1
        self._by_peer[peer] += 1

    def leave(self, peer: str) -> None:
        """Count it out again."""
        self._total -= 1
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]


class FloodGuard:
    """Says when frames come too thick: more than the bound within a minute."""

    __slots__ = ("_bound", "_count", "_since")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._count = 0
        self._since = 0.0

    def note(self, now: float, count: int) -> bool:
        """Count frames; True when there were too many. `now` is monotonic seconds."""
        if now - self._since > FLOOD_WINDOW_S:
            self._since, self._count = now, 0
        self._count += count
        return self._count > self._bound
