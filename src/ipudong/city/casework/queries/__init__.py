"""Reads of casework, scoped by who asks."""

from ipudong.city.casework.queries.cases import (
    Picture,
    draw_process,
    find_case,
    get_case,
    list_cases_of,
    list_consultations,
    list_department_cases,
    list_events,
    list_events_after,
    list_kinds,
    list_own_cases,
    list_versions,
)
from ipudong.city.casework.queries.tasks import (
    TaskPage,
    get_task,
    list_applicant_tasks,
    list_department_tasks,
    list_my_tasks,
    list_pool,
    list_tasks_of,
)

__all__ = [
    "Picture",
    "TaskPage",
    "draw_process",
    "find_case",
    "get_case",
    "get_task",
    "list_applicant_tasks",
    "list_cases_of",
    "list_consultations",
    "list_department_cases",
    "list_department_tasks",
    "list_events",
    "list_events_after",
    "list_kinds",
    "list_my_tasks",
    "list_own_cases",
    "list_pool",
    "list_tasks_of",
    "list_versions",
]
