"""Tables of the environment system: what a station is judged by, what was found, what came in."""

from ipudong.systems.environment.models.events import (
    EventNote,
    EventState,
    ExceedanceEvent,
    StationDay,
)
from ipudong.systems.environment.models.records import DataFinding, FindingState, ImportRun
from ipudong.systems.environment.models.stations import (
    Body,
    Outlet,
    OutletKind,
    OutletLimit,
    WaterSection,
)

__all__ = [
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
    "StationDay",
    "WaterSection",
]
