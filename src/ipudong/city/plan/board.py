"""The board as rows: where every mark of the plan stands, ready for a page or a terminal."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ipudong.city.plan.forecast import Flat, Forecast, TooShort
from ipudong.city.plan.models import ActionPlan, Attempt, Mark, Snapshot, Task

MET, ON_COURSE, BEHIND = "met", "on_course", "behind"
TOO_EARLY, NOT_MEASURED, QUALITATIVE = "too_early", "not_measured", "qualitative"
STATUS_TITLES = {
    MET: _("Met"),
    ON_COURSE: _("On course"),
    BEHIND: _("Behind"),
    TOO_EARLY: _("Too early to tell"),
    NOT_MEASURED: _("Not measured yet"),
    QUALITATIVE: _("In words only, not measured"),
}
GROUP_TITLES = {
    "infrastructure": _("Information infrastructure"),
    "application": _("Applications"),
}

Outlook = Forecast | TooShort | Flat


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a mark's history."""

    on: dt.date
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkStatus:
    """One mark as of an instant; `latest` is None until it has been measured."""

    mark: Mark
    status: str
    latest: Snapshot | None
    history: tuple[Point, ...]
    outlook: Outlook
    attempt: Attempt | None

    @property
    def value(self) -> float | None:
        """The latest value in the mark's unit."""
        return self.latest.value if self.latest else None

    @property
    def status_title(self) -> str:
        """The status in the active language."""
        return str(STATUS_TITLES[self.status])

    @property
    def forecast(self) -> Forecast | None:
        """The forecast, when the history is long enough and has moved."""
        return self.outlook if isinstance(self.outlook, Forecast) else None

    @property
    def share_of_target(self) -> float | None:
        """How much of the target is there, 0 to 1; for marks to stay below, target over value."""
        if self.value is None:
            return None
        if self.mark.is_met_by(self.value):
            return 1.0
        least, most = sorted((self.value, self.mark.target))
        return max(0.0, least / most) if most > 0 else 0.0

    @property
    def reason(self) -> str:
        """Why the latest attempt gave no value; "" when it did or when there was none."""
        return self.attempt.reason if self.attempt else ""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One task with all its marks."""

    task: Task
    marks: tuple[MarkStatus, ...]
    departments: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """Number of marks by status."""
        return Counter(row.status for row in self.marks)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole plan as of an instant."""

    as_of: dt.datetime
    plan: ActionPlan | None
    tasks: tuple[TaskStatus, ...]

    @property
    def counts(self) -> Counter[str]:
        """Number of marks by status over all tasks."""
        return sum((task.counts for task in self.tasks), Counter())

    @property
    def measured(self) -> int:
        """Marks that have a value."""
        return sum(row.latest is not None for task in self.tasks for row in task.marks)

    @property
    def total(self) -> int:
        """All marks."""
        return sum(len(task.marks) for task in self.tasks)


def judge(mark: Mark, latest: Snapshot | None, outlook: Outlook, today: dt.date) -> str:
    """The status of a mark.

    Met is met, whatever the date. After its due date an unmet mark is behind, however well it
    moves. Before it, the expected value at the due date decides; without a forecast it is too early
    to tell.
    """
    if latest is None:
        return QUALITATIVE if mark.is_assumed else NOT_MEASURED
    if mark.is_met_by(latest.value):
        return MET
    if mark.due_on <= today:
        return BEHIND
    if isinstance(outlook, Flat):
        return BEHIND
    if isinstance(outlook, TooShort):
        return TOO_EARLY
    return ON_COURSE if outlook.meets(mark.target, mark.direction) else BEHIND
