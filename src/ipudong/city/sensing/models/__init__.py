"""Tables of sensing: things and their datastreams, rules and alarms, what came in wrong."""

from ipudong.city.sensing.models.alarms import (
    OPEN_STATES,
    Alarm,
    AlarmNote,
    AlarmState,
    AlarmStep,
    CloseReason,
    Rule,
    RuleKind,
    Severity,
)
from ipudong.city.sensing.models.fences import (
    Fence,
    FenceShape,
)
from ipudong.city.sensing.models.intake import (
    CommandState,
    FrameCounter,
    QuarantinedDevice,
    QuarantineState,
    RejectedFrame,
    StationCommand,
)
from ipudong.city.sensing.models.notification import (
    Channel,
    Delivery,
    DeliveryState,
    EscalationStep,
    MessageReading,
    NotificationPolicy,
    Occasion,
    RecipientKind,
)
from ipudong.city.sensing.models.rule_records import (
    RuleTrial,
    RuleVersion,
    TrialState,
)
from ipudong.city.sensing.models.suppressions import (
    Suppression,
    SuppressionKind,
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
    "AlarmStep",
    "Channel",
    "CloseReason",
    "CommandState",
    "Datastream",
    "Delivery",
    "DeliveryState",
    "EscalationStep",
    "Fence",
    "FenceShape",
    "FrameCounter",
    "Latest",
    "MessageReading",
    "NotificationPolicy",
    "ObservedProperty",
    "Occasion",
    "Period",
    "QuarantineState",
    "QuarantinedDevice",
    "RecipientKind",
    "RejectedFrame",
    "Revision",
    "Rule",
    "RuleKind",
    "RuleTrial",
    "RuleVersion",
    "Severity",
    "StationCommand",
    "Statistic",
    "Status",
    "Suppression",
    "SuppressionKind",
    "Thing",
    "ThingState",
    "TrialState",
]
