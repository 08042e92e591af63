"""Names of case events: what electronic supervision, statistics and pages go by.

Payloads are of version 1 and described in docs/reference/casework.md. No payload holds a person's
data beyond the key of the applicant.
"""

from typing import Final

OPENED: Final = "opened"
SUBMITTED: Final = "submitted"
ACCEPTED: Final = "accepted"
NOT_ACCEPTED: Final = "not_accepted"
TASK_OPENED: Final = "task_opened"
TASK_CLAIMED: Final = "task_claimed"
TASK_RELEASED: Final = "task_released"
TASK_REASSIGNED: Final = "task_reassigned"
TASK_DELEGATED: Final = "task_delegated"
TASK_COMPLETED: Final = "task_completed"
TASK_CANCELED: Final = "task_canceled"
SUSPENDED: Final = "suspended"
SUPPLEMENTED: Final = "supplemented"
RESUMED: Final = "resumed"
EXTENDED: Final = "extended"
CONSULTED: Final = "consulted"
CONSULTATION_ANSWERED: Final = "consultation_answered"
MESSAGE_SENT: Final = "message_sent"
MESSAGE_RECEIVED: Final = "message_received"
TIMER_FIRED: Final = "timer_fired"
RULE_DECIDED: Final = "rule_decided"
SERVICE_DONE: Final = "service_done"
SERVICE_FAILED: Final = "service_failed"
DECIDED: Final = "decided"
REFUSED: Final = "refused"
ISSUED: Final = "issued"
DELIVERED: Final = "delivered"
WITHDRAWN: Final = "withdrawn"
CLOSED: Final = "closed"
EVALUATED: Final = "evaluated"
HANDLED_OFFLINE: Final = "handled_offline"
MOVED: Final = "moved"

EVENT_NAMES: Final = frozenset(
    value for name, value in globals().items() if name.isupper() and isinstance(value, str)
)
