"""What people do about exceedances and findings."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.systems.environment.models import (
    DataFinding,
    EventNote,
    EventState,
    ExceedanceEvent,
    FindingState,
)


class EventError(Exception):
    """A change that was refused: `event_closed`, `event_lasts`, `empty_note`."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields


@transaction.atomic
def acknowledge_event(*, event: ExceedanceEvent, by: str, at: datetime) -> ExceedanceEvent:
    """Say that somebody has seen it; a second time changes nothing. Raises EventError."""
    event = _lock(event)
    if event.acknowledged_at is None:
        event.state = EventState.ACKNOWLEDGED
        event.acknowledged_at, event.acknowledged_by = at, by
        event.save()
        _record(event, "environment.acknowledge_event", by, {})
    return event


@transaction.atomic
def note_event(*, event: ExceedanceEvent, text: str, by: str, at: datetime) -> EventNote:
    """Write a note on an event, closed ones too. Raises EventError `empty_note`."""
    if not text.strip():
        raise EventError("empty_note", event=event.pk)
    note = EventNote.objects.create(event=event, at=at, by=by, text=text.strip())
    _record(event, "environment.note_event", by, {"note": note.pk})
    return note


@transaction.atomic
def close_event(
    *, event: ExceedanceEvent, by: str, at: datetime, note: str = ""
) -> ExceedanceEvent:
    """Finish an event; one that still lasts needs a note saying why. Raises EventError."""
    event = _lock(event)
    if event.lasts and not note.strip():
        raise EventError("event_lasts", event=event.pk)
    if note.strip():
        note_event(event=event, text=note, by=by, at=at)
    event.state = EventState.CLOSED
    event.closed_at, event.closed_by = at, by
    event.save()
    _record(event, "environment.close_event", by, {})
    return event


@transaction.atomic
def settle_finding(*, finding: DataFinding, by: str) -> None:
    """Say that somebody has looked into a data finding; the finding itself stays."""
    settled = DataFinding.objects.filter(pk=finding.pk, state=FindingState.OPEN)
    if settled.update(state=FindingState.SETTLED, settled_by=by):
        record(
            actor=by,
            action="environment.settle_finding",
            subject=f"finding:{finding.pk}",
            detail={"code": finding.code},
        )


def _lock(event: ExceedanceEvent) -> ExceedanceEvent:
    fresh = ExceedanceEvent.objects.select_for_update().get(pk=event.pk)
    if fresh.state == EventState.CLOSED:
        raise EventError("event_closed", event=event.pk)
    return fresh


def _record(event: ExceedanceEvent, action: str, by: str, detail: dict[str, Any]) -> None:
    facts = {"thing": event.thing_id, "factor": event.observed_property_id, **detail}
    record(actor=by, action=action, subject=f"exceedance:{event.pk}", detail=facts)
