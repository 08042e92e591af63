"""What a plan file says, as frozen rows."""

import datetime as dt
from dataclasses import dataclass

# The systems of the house, by the key a task must carry; their order is the plan's.
TASK_KEYS = (
    *("broadband", "wireless", "convergence", "rural_access", "govservice", "govcollab"),
    *("citysense", "traffic", "grid", "environment", "safety", "health", "education"),
    *("community", "agriculture", "manufacturing", "finance", "shipping", "commerce"),
    *("cybersecurity", "neighborhood", "newtown", "training"),
)
GROUPS = ("infrastructure", "application")
# A quantity is an amount, a share has numerator and denominator, a milestone stands for words.
KINDS = ("quantity", "share", "milestone")
AT_LEAST, MORE_THAN, AT_MOST = "at_least", "more_than", "at_most"
DIRECTIONS = (AT_LEAST, MORE_THAN, AT_MOST)
# Whether the figure stands in the plan or is this house's reading of words without a number.
FROM_SOURCE, ASSUMED = "source", "assumed"
FIGURES = (FROM_SOURCE, ASSUMED)


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A responsible unit of the plan."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRow:
    """One mark (功能标志): the wording that sets it, and the figure it is judged by."""

    code: str
    wording_zh: str
    title_zh: str
    title_en: str
    kind: str
    unit: str
    direction: str
    target: float
    due_on: dt.date
    figure: str
    assumption_zh: str
    assumption_en: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One key task (重点任务); the first department leads."""

    number: int
    key: str
    group: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    departments: tuple[str, ...]
    marks: tuple[MarkRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan file."""

    code: str
    title_zh: str
    title_en: str
    issuer_zh: str
    issuer_en: str
    issued_on: dt.date
    starts_on: dt.date
    ends_on: dt.date
    departments: tuple[DepartmentRow, ...]
    tasks: tuple[TaskRow, ...]

    @property
    def marks(self) -> tuple[MarkRow, ...]:
        """All marks, in the order of the file."""
        return tuple(mark for task in self.tasks for mark in task.marks)


def is_met(value: float, target: float, direction: str) -> bool:
    """Whether a value satisfies a target in its direction."""
    if direction == AT_MOST:
        return value <= target
    return value > target if direction == MORE_THAN else value >= target
