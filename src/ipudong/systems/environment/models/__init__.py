"""Tables of the environment system: what a station is judged by, what was found, what came in."""

from ipudong.systems.environment.models.events import (
    EventNote,
    EventState,
    ExceedanceEvent,
)
from ipudong.systems.environment.models.records import DataFinding, FindingState, ImportRun
from ipudong.systems.environment.models.stations import (
    Averaging,
    Body,
    Outlet,
    OutletKind,
    OutletLimit,
    WaterSection,
)

__all__ = [
    "Averaging",
    "Body",
    "DataFinding",
    "EventNote",
    "EventState",
    "ExceedanceEvent",
    "FindingState",
    "ImportRun",
    "Outlet",
    "OutletKind",
    "OutletLimit",
    "WaterSection",
]
