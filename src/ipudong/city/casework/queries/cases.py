"""Cases, their events and their picture, scoped by who asks."""

from dataclasses import dataclass

from django.db.models import QuerySet

from ipudong.city.casework.access import (
    WORK,
    is_house,
    may_see,
    permits_of,
)
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    Case,
    CaseEvent,
    CaseKindVersion,
    Consultation,
    ProcessState,
    ServiceCall,
    TaskState,
    Wait,
)
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.processes.state import list_passed
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.roles import DISTRICT_LEADER, SUPERVISOR

PAGE = 50
LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """A case's process as drawn: the file, the ids it stands at and those it has passed."""

    bpmn: str
    current: tuple[str, ...]
    passed: tuple[str, ...]


def get_case(actor: Actor, number: str) -> Case:
    """One case. CaseworkError `unknown_case` also for those the actor may not see: whether a number
    exists is nobody's business."""
    rows = Case.objects.select_related("kind")
    case = rows.defer("kind__process", "kind__forms", "kind__decisions").filter(number=number)
    found = case.first()
    if found is None or not may_see(actor, found):
        raise CaseworkError("unknown_case")
    return found


def find_case(actor: Actor, number: str) -> Case | None:
    """One case, None where there is none the actor may see."""
    try:
        return get_case(actor, number)
    except CaseworkError:
        return None


def list_cases_of(
    applicant: Applicant, *, before: int | None = None, limit: int = PAGE
) -> list[Case]:
    """A party's cases, newest first; `before` is the id of the last one of the page before. The
    caller has made sure that the reader acts for the applicant."""
    rows = Case.objects.filter(applicant_kind=applicant.kind, applicant_id=applicant.id)
    return _page(rows, before, limit)


def list_own_cases(actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[Case]:
    """Cases that the actor opened or that are bound to their account."""
    if actor.account_id is None:
        return []
    return _page(Case.objects.filter(account_id=actor.account_id), before, limit)


def list_department_cases(
    actor: Actor,
    *,
    department: str = "",
    state: str = "",
    kind: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Case]:
    """Cases of the actor's departments, of all for supervision; newest first."""
    rows = Case.objects.all()
    if not (is_house(actor) or actor.roles & {SUPERVISOR, DISTRICT_LEADER}):
        if WORK not in permits_of(actor):
            return []
        rows = rows.filter(department__in=actor.departments)
    for field, value in (("department", department), ("state", state), ("kind_code", kind)):
        if value:
            rows = rows.filter(**{field: value})
    return _page(rows, before, limit)


def list_events(number: str, *, after: int = 0) -> list[CaseEvent]:
    """What happened to a case, first to last. The caller has the case from `get_case`."""
    rows = CaseEvent.objects.filter(case__number=number, sequence__gt=after)
    return list(rows.order_by("sequence"))


def list_events_after(event_id: int, *, limit: int = 1000) -> list[CaseEvent]:
    """Events of all cases by id, for readers that follow them (supervision, statistics).

    A transaction that began earlier may end later: look back by some ids and pass over what is
    known.
    """
    rows = CaseEvent.objects.filter(pk__gt=event_id).select_related("case")
    return list(rows.order_by("pk")[:limit])


def list_consultations(actor: Actor, *, limit: int = PAGE) -> list[Consultation]:
    """Questions to the actor's departments that are not answered, the most urgent first."""
    if WORK not in permits_of(actor):
        return []
    rows = Consultation.objects.filter(answered_at=None, department__in=actor.departments)
    return list(rows.select_related("case").order_by("due_on", "id")[: min(limit, LARGEST_PAGE)])


def draw_process(number: str) -> Picture:
    """The picture of a case's process. The caller has the case from `get_case`."""
    case = Case.objects.select_related("kind").filter(number=number).first()
    if case is None:
        raise CaseworkError("unknown_case")
    current = [
        *case.tasks.filter(state=TaskState.OPEN).values_list("code", flat=True),
        *Wait.objects.filter(case=case).values_list("code", flat=True),
        *ServiceCall.objects.filter(case=case, done_at=None).values_list("code", flat=True),
    ]
    state = ProcessState.objects.filter(case=case).first()
    passed = list_passed(state.steps) if state else []
    return Picture(case.kind.process, tuple(dict.fromkeys(current)), tuple(passed))


def list_kinds() -> list[CaseKindVersion]:
    """The current version of every kind."""
    rows = CaseKindVersion.objects.filter(current=True)
    return list(rows.defer("process", "forms", "decisions").order_by("code"))


def list_versions(code: str) -> list[CaseKindVersion]:
    """All versions of a kind, newest first."""
    rows = CaseKindVersion.objects.filter(code=code)
    return list(rows.defer("process", "forms", "decisions").order_by("-number"))


def _page(rows: QuerySet[Case], before: int | None, limit: int) -> list[Case]:
    if before is not None:
        rows = rows.filter(pk__lt=before)
    wide = ("kind__process", "kind__forms", "kind__decisions", "data")
    rows = rows.select_related("kind").defer(*wide).order_by("-pk")
    return list(rows[: max(1, min(limit, LARGEST_PAGE))])
