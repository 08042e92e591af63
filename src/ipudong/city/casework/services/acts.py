"""One act on a case: the case locked, what happened told, all written in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import ActKey, Case, CaseEvent, Task
from ipudong.city.identity.actors import Actor

WIDE = ("kind__process", "kind__forms", "kind__decisions")
FIXED = {"id", "number", "kind_code", "applicant_kind", "applicant_id", "opened_by", "opened_at"}
CHANGING = [field.name for field in Case._meta.concrete_fields if field.name not in FIXED]


class Act:
    """A locked case and what is to be written with it."""

    def __init__(self, case: Case, by: Actor, at: datetime) -> None:
        self.case = case
        self.by = by
        self.at = at
        self.finished: set[str] = set()
        """Steps that this act has done; what else is gone was canceled."""
        self.asks_services = False
        self._events: list[CaseEvent] = []

    def tell(self, name: str, *, department: str | None = None, **payload: Any) -> None:
        """An event of this act; `department` is the one it counts for, else the actor's part."""
        self.case.sequence += 1
        event = CaseEvent(
            case=self.case,
            sequence=self.case.sequence,
            name=name,
            at=self.at,
            actor=self.by.name,
            department=self.case.department if department is None else department,
            payload=payload,
        )
        self._events.append(event)

    def write(self) -> None:
        """Save the case and its events."""
        self.case.changed_at = self.at
        self.case.save(update_fields=CHANGING if self.case.pk else None)
        self.flush()

    def flush(self) -> None:
        """Write the events told so far, for what reads them in the same act."""
        if self._events:
            CaseEvent.objects.bulk_create(self._events)
            self._events = []


def subject_of(case: Case) -> str:
    """The case as the audit names it."""
    return f"case:{case.number}"


@contextmanager
def acting(*, number: str, action: str, by: Actor, at: datetime, **detail: Any) -> Iterator[Act]:
    """Lock a case by its number, act, then write case, events and audit; all or nothing."""
    with transaction.atomic():
        case = _lock(number=number)
        with _writing(case, action, by, at, detail) as act:
            yield act


@contextmanager
def acting_on_task(
    *, task_id: int, action: str, by: Actor, at: datetime, **detail: Any
) -> Iterator[tuple[Act, Task]]:
    """The same by a task. The case is locked first, so that the task is read as it stands."""
    with transaction.atomic():
        case = _lock(tasks=task_id)
        task = Task.objects.get(pk=task_id)
        with _writing(case, action, by, at, {"task": task.code, **detail}) as act:
            yield act, task


@contextmanager
def _writing(
    case: Case, action: str, by: Actor, at: datetime, detail: dict[str, Any]
) -> Iterator[Act]:
    act = Act(case, by, at)
    yield act
    act.write()
    record(
        actor=by.name, action=f"casework.{action}", subject=subject_of(case), detail=detail, at=at
    )


def _lock(**lookup: Any) -> Case:
    rows = Case.objects.select_related("kind").defer(*WIDE).select_for_update(of=("self",))
    case = rows.filter(**lookup).first()
    if case is None:
        raise CaseworkError("unknown_task" if "tasks" in lookup else "unknown_case")
    return case


def is_repeated(act: Act, action: str, key: str) -> bool:
    """Whether this was done already under the caller's key; remembers the key otherwise."""
    if not key:
        return False
    _, is_new = ActKey.objects.get_or_create(
        case=act.case, action=action, key=key[:100], defaults={"at": act.at}
    )
    return not is_new
