"""What rules found in a batch, as plain data: alarms to raise, to clear, and new peaks."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One change of one rule at one datastream (0: the thing as a whole).

    `time_us` is the event time of the reading that made the change, `began_us` of the first reading
    of the excursion; `peak` its worst value so far; `other` the second datastream of a copied pair;
    `lon` and `lat` where a moving thing was.
    """

    rule_id: int
    datastream: int
    time_us: int
    began_us: int
    value: float
    peak: float
    thing: int = 0
    other: int = 0
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one batch in event order; `suspect` marks rows of the batch as SUSPECT."""

    raised: tuple[AlarmEvent, ...] = ()
    cleared: tuple[AlarmEvent, ...] = ()
    peaked: tuple[AlarmEvent, ...] = ()
    suspect: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.raised or self.cleared or self.peaked)
