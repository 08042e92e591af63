"""Writes of casework: one verb one function, one transaction."""

from ipudong.city.casework.services.calls import retry_service_calls, run_service_calls
from ipudong.city.casework.services.cases import (
    accept_case,
    evaluate_case,
    note_delivery,
    note_offline,
    open_case,
    refuse_case,
    save_draft,
    submit_case,
    withdraw_case,
)
from ipudong.city.casework.services.conversation import (
    answer_consultation,
    consult,
    read_messages,
    send_message,
)
from ipudong.city.casework.services.kinds import (
    CaseKindError,
    declare_case_kind,
    declare_case_kinds,
)
from ipudong.city.casework.services.suspensions import (
    answer_applicant,
    ask_applicant,
    extend_case,
    resume_case,
    suspend_case,
)
from ipudong.city.casework.services.tasks import (
    claim_task,
    complete_task,
    delegate_task,
    reassign_task,
    release_task,
    save_task_draft,
)
from ipudong.city.casework.services.versions import move_case
from ipudong.city.casework.services.waiting import correlate_message, drive_cases, fire_timers

__all__ = [
    "CaseKindError",
    "accept_case",
    "answer_applicant",
    "answer_consultation",
    "ask_applicant",
    "claim_task",
    "complete_task",
    "consult",
    "correlate_message",
    "declare_case_kind",
    "declare_case_kinds",
    "delegate_task",
    "drive_cases",
    "evaluate_case",
    "extend_case",
    "fire_timers",
    "move_case",
    "note_delivery",
    "note_offline",
    "open_case",
    "read_messages",
    "reassign_task",
    "refuse_case",
    "release_task",
    "resume_case",
    "retry_service_calls",
    "run_service_calls",
    "save_draft",
    "save_task_draft",
    "send_message",
    "submit_case",
    "suspend_case",
    "withdraw_case",
]
