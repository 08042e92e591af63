"""Tables of casework, one file per subject."""

from ipudong.city.casework.models.calendar import WorkCalendar
from ipudong.city.casework.models.cases import (
    OPEN_STATES,
    ActKey,
    Case,
    CaseState,
    Channel,
    Outcome,
    ProcessState,
)
from ipudong.city.casework.models.catalogue import Depth, ItemKind, ServiceItem, ServiceItemVersion
from ipudong.city.casework.models.conversation import (
    Consultation,
    Message,
    Opinion,
    Suspension,
    SuspensionReason,
)
from ipudong.city.casework.models.documents import (
    Attachment,
    AuthorityKey,
    Licence,
    LicenceUse,
    Paper,
)
from ipudong.city.casework.models.events import CaseEvent, CaseEventError
from ipudong.city.casework.models.kinds import CaseKindVersion
from ipudong.city.casework.models.read_complaints import ReadComplaint
from ipudong.city.casework.models.supervision import (
    Card,
    CardAct,
    CardEntry,
    CardState,
    Color,
    Complaint,
    ComplaintState,
    QuarterScore,
    SupervisedCase,
    SupervisionMark,
)
from ipudong.city.casework.models.tasks import ServiceCall, Task, TaskState, Wait

__all__ = [
    "OPEN_STATES",
    "ActKey",
    "Attachment",
    "AuthorityKey",
    "Card",
    "CardAct",
    "CardEntry",
    "CardState",
    "Case",
    "CaseEvent",
    "CaseEventError",
    "CaseKindVersion",
    "CaseState",
    "Channel",
    "Color",
    "Complaint",
    "ComplaintState",
    "Consultation",
    "Depth",
    "ItemKind",
    "Licence",
    "LicenceUse",
    "Message",
    "Opinion",
    "Outcome",
    "Paper",
    "ProcessState",
    "QuarterScore",
    "ReadComplaint",
    "ServiceCall",
    "ServiceItem",
    "ServiceItemVersion",
    "SupervisedCase",
    "SupervisionMark",
    "Suspension",
    "SuspensionReason",
    "Task",
    "TaskState",
    "Wait",
    "WorkCalendar",
]
