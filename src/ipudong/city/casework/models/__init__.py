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
from ipudong.city.casework.models.tasks import ServiceCall, Task, TaskState, Wait

__all__ = [
    "OPEN_STATES",
    "ActKey",
    "Attachment",
    "AuthorityKey",
    "Case",
    "CaseEvent",
    "CaseEventError",
    "CaseKindVersion",
    "CaseState",
    "Channel",
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
    "ServiceCall",
    "ServiceItem",
    "ServiceItemVersion",
    "Suspension",
    "SuspensionReason",
    "Task",
    "TaskState",
    "Wait",
    "WorkCalendar",
]
