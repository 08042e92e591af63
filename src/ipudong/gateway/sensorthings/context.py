"""What reading one request needs to know: its root, its moment, the live state, what is left."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.live.latest import LatestReadings, LatestRows
from ipudong.gateway.sensorthings.kept import Shelf

MAX_ENTITIES: Final = 100_000
MAX_CANDIDATES: Final = 20_000

TakeLatest = Callable[[NDArray[np.int32]], LatestRows]


@dataclass(slots=True)
class Context:
    """One request. `base` is the service root's address without a slash at its end."""

    base: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    take_latest: TakeLatest = field(default_factory=lambda: LatestReadings().take)
    lengths_us: NDArray[np.int64] | None = None  # by datastream id, see directory.Streams
    shelf: Shelf = field(default_factory=Shelf)
    entities_left: int = MAX_ENTITIES
    candidates_left: int = MAX_CANDIDATES

    def spend(self, entities: int) -> None:
        """Count entities read for the answer. Raises RequestRefused (400) beyond the bound."""
        self.entities_left -= entities
        if self.entities_left < 0:
            raise bad_request(
                "expand_too_large",
                f"The answer would have more than {MAX_ENTITIES} entities: ask for fewer with "
                "$top, also inside $expand.",
            )

    def spend_candidates(self, entities: int) -> None:
        """Count entities a filter is tried on one by one. Raises RequestRefused (400)."""
        self.candidates_left -= entities
        if self.candidates_left < 0:
            raise bad_request(
                "filter_too_wide",
                "This filter or order cannot be decided by the database, and more than "
                f"{MAX_CANDIDATES} entities would have to be tried: narrow it with a comparison "
                "of id, name or a related entity, joined by and.",
            )
