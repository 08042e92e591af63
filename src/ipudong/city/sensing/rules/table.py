"""Everything the engine judges by, read at once."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.combinations import CombinationTable
from ipudong.city.sensing.rules.moving import MovingTable


class Standing(NamedTuple):
    """An alarm that stands in the database: its rule, its datastream (or thing), its worst value,
    and the instant it was last raised."""

    rule: int
    subject: int
    peak: float
    seen_us: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest reading of each datastream that the database knows."""

    datastream: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    time_us: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class RuleTable:
    """All bindings in force, for datastream ids below `size`; `version` is the directory's.

    `standing` alarms of datastreams and `standing_things` of whole things are taken up by an engine
    that starts, and what it has `seen` before, so that nothing sent again is new to it.
    """

    version: int
    size: int
    thresholds: Bindings
    rates: Bindings
    flats: Bindings
    pairs: Bindings
    standing: tuple[Standing, ...] = ()
    standing_things: tuple[Standing, ...] = ()
    moving: MovingTable = field(default_factory=MovingTable)
    combinations: CombinationTable = field(default_factory=CombinationTable)
    seen: Seen = field(default_factory=Seen)
