"""Tables of sensing: things and their datastreams, rules and alarms, what came in wrong."""

from ipudong.city.sensing.models.alarms import (
    OPEN_STATES,
    Alarm,
    AlarmNote,
    AlarmState,
    Rule,
    RuleKind,
    Severity,
)
from ipudong.city.sensing.models.intake import (
    CommandState,
    FrameCounter,
    QuarantinedDevice,
    QuarantineState,
    RejectedFrame,
    StationCommand,
)
from ipudong.city.sensing.models.things import (
    Datastream,
    Latest,
    ObservedProperty,
    Period,
    Revision,
    Statistic,
    Status,
    Thing,
    ThingState,
)

__all__ = [
    "OPEN_STATES",
    "Alarm",
    "AlarmNote",
    "AlarmState",
    "CommandState",
    "Datastream",
    "FrameCounter",
    "Latest",
    "ObservedProperty",
    "Period",
    "QuarantineState",
    "QuarantinedDevice",
    "RejectedFrame",
    "Revision",
    "Rule",
    "RuleKind",
    "Severity",
    "StationCommand",
    "Statistic",
    "Status",
    "Thing",
    "ThingState",
]
