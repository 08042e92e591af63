"""Tasks, consultations and cases as lists show them. No person's name stands in a list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from ipudong.city.casework.calendar.days import Calendar
from ipudong.city.casework.models import Case, Consultation, Task
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.identity.models import Department
from ipudong.portal.cases.deadlines import Deadline, judge_deadline
from ipudong.portal.cases.officers import call_officers
from ipudong.portal.cases.opinions import OPINIONS
from ipudong.portal.templatetags.portal import name_of

STATE_TONES = {
    "draft": "",
    "submitted": "river",
    "accepted": "river",
    "suspended": "notice",
    "closed": "good",
}
OUTCOME_TONES = {"refused": "bad", "not_accepted": "bad", "withdrawn": "", "lapsed": ""}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task with its words."""

    task: Task
    deadline: Deadline
    department: str
    holder: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ConsultationRow:
    """A question to a department, with its words."""

    consultation: Consultation
    deadline: Deadline
    department: str
    asking: str
    opinion: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case with its words."""

    case: Case
    deadline: Deadline
    department: str
    state: str
    tone: str


def list_departments(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, name) of departments, by code."""
    rows = Department.objects.filter(code__in=list(codes)).order_by("code")
    return [(row.code, name_of(row)) for row in rows]


def call_departments(codes: Iterable[str]) -> Mapping[str, str]:
    """Names by code; a code that is not known calls itself."""
    wanted = {code for code in codes if code}
    return {code: code for code in wanted} | dict(list_departments(wanted))


def draw_tasks(tasks: Sequence[Task], me: str) -> list[TaskRow]:
    """Rows of tasks, as `me` sees them today."""
    today, calendar = timezone.localdate(), get_calendar()
    offices = call_departments(task.department for task in tasks)
    holders = call_officers(task.holder for task in tasks)
    return [
        TaskRow(
            task,
            judge_deadline(task.due_on, today, calendar),
            offices.get(task.department, ""),
            holders.get(task.holder, ""),
            task.holder == me,
        )
        for task in tasks
    ]


def draw_consultations(rows: Sequence[Consultation]) -> list[ConsultationRow]:
    """Rows of questions."""
    today, calendar = timezone.localdate(), get_calendar()
    codes = [code for row in rows for code in (row.department, row.asking_department)]
    offices = call_departments(codes)
    return [
        ConsultationRow(
            row,
            judge_deadline(row.due_on, today, calendar),
            offices.get(row.department, ""),
            offices.get(row.asking_department, ""),
            str(OPINIONS.get(row.opinion, "")),
        )
        for row in rows
    ]


def draw_cases(cases: Sequence[Case]) -> list[CaseRow]:
    """Rows of cases."""
    today, calendar = timezone.localdate(), get_calendar()
    offices = call_departments(case.department for case in cases)
    return [draw_case(case, offices, today, calendar) for case in cases]


def draw_case(case: Case, offices: Mapping[str, str], today: date, calendar: Calendar) -> CaseRow:
    """A case's row; a finished one has an outcome and no deadline any more."""
    due_on = case.promised_due_on if case.is_open else None
    return CaseRow(
        case,
        judge_deadline(due_on, today, calendar),
        offices.get(case.department, case.department),
        say_state(case),
        OUTCOME_TONES.get(case.outcome, STATE_TONES.get(case.state, "")),
    )


def say_state(case: Case) -> str:
    """Where it stands; of a finished one how it ended."""
    return str(case.get_outcome_display() if case.outcome else case.get_state_display())
