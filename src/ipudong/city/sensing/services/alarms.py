"""What people do about alarms: acknowledge, assign, note, close; and switching rules."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    OPEN_STATES,
    Alarm,
    AlarmNote,
    AlarmState,
    AlarmStep,
    CloseReason,
    Rule,
)
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.rules import note_switch
from ipudong.city.sensing.standing import end_standing


@transaction.atomic
def acknowledge_alarm(*, alarm: Alarm, by: str, at: datetime) -> Alarm:
    """Say that somebody has seen it. A cleared alarm can be acknowledged too and stays cleared;
    a second acknowledgement changes nothing. Raises SensingError `alarm_closed`."""
    alarm = _lock(alarm)
    if alarm.acknowledged_at is None:
        if alarm.state == AlarmState.RAISED:
            alarm.state = AlarmState.ACKNOWLEDGED
        alarm.acknowledged_at, alarm.acknowledged_by = at, by
        alarm.escalate_at = None
        _save(alarm, at)
        _record(alarm, "sensing.acknowledge_alarm", by, {})
    return alarm


@transaction.atomic
def note_alarm(*, alarm: Alarm, text: str, by: str, at: datetime) -> AlarmNote:
    """Write a note on an alarm, closed ones too. Raises SensingError `empty_note`."""
    if not text.strip():
        raise SensingError("empty_note", alarm=alarm.pk)
    note = AlarmNote.objects.create(alarm=alarm, at=at, by=by, text=text.strip())
    Alarm.objects.filter(pk=alarm.pk).update(changed_at=at)
    _record(alarm, "sensing.note_alarm", by, {"note": note.pk})
    return note


@transaction.atomic
def close_alarm(*, alarm: Alarm, by: str, at: datetime, note: str = "", reason: str = "") -> Alarm:
    """Finish an alarm. One whose condition still holds needs a note saying why; its rule raises
    anew only after the condition ended. With a flood's summary all of the flood is finished.
    Raises SensingError `alarm_open`, `alarm_closed`, `unknown_reason`."""
    if reason and reason not in CloseReason.values:
        raise SensingError("unknown_reason", reason=reason)
    alarm = _lock(alarm)
    if alarm.is_open and not note.strip():
        raise SensingError("alarm_open", alarm=alarm.pk)
    if note.strip():
        note_alarm(alarm=alarm, text=note, by=by, at=at)
    alarm.state = AlarmState.CLOSED
    alarm.closed_at, alarm.closed_by, alarm.close_reason = at, by, reason
    alarm.escalate_at = None
    _save(alarm, at)
    if alarm.is_summary:
        alarm.members.exclude(state=AlarmState.CLOSED).update(
            state=AlarmState.CLOSED, closed_at=at, closed_by=by, close_reason=reason, changed_at=at
        )
    _record(alarm, "sensing.close_alarm", by, {"reason": reason})
    return alarm


@transaction.atomic
def assign_alarm(*, alarm: Alarm, to: str, by: str, at: datetime) -> Alarm:
    """Give it to somebody; "" takes it back from them. Raises SensingError `alarm_closed`."""
    alarm = _lock(alarm)
    alarm.assigned_to = to
    _save(alarm, at)
    AlarmStep.objects.create(alarm=alarm, at=at, code="assigned", by=by, detail={"to": to})
    _record(alarm, "sensing.assign_alarm", by, {"to": to})
    return alarm


def acknowledge_alarms(*, alarms: list[Alarm], by: str, at: datetime) -> int:
    """Acknowledge several, each on its own; those that cannot be are passed over. How many."""
    done = 0
    for alarm in alarms:
        if alarm.state in OPEN_STATES and alarm.acknowledged_at is None:
            try:
                acknowledge_alarm(alarm=alarm, by=by, at=at)
            except SensingError:
                continue
            done += 1
    return done


@transaction.atomic
def switch_rule(*, rule: Rule, enabled: bool, by: str, at: datetime) -> None:
    """Put a rule in force, or out of it: its alarms then count as cleared."""
    changed = Rule.objects.filter(pk=rule.pk).exclude(enabled=enabled)
    if changed.update(enabled=enabled, is_draft=False, changed_at=at, changed_by=by):
        note_switch(rule=rule, enabled=enabled, by=by, at=at)
        if not enabled:
            end_standing(Alarm.objects.filter(rule=rule), at=at)
        record(
            actor=by,
            action="sensing.switch_rule",
            subject=f"rule:{rule.pk}",
            detail={"code": rule.code, "enabled": enabled},
        )
        bump_revision()


def _lock(alarm: Alarm) -> Alarm:
    fresh = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if fresh.state == AlarmState.CLOSED:
        raise SensingError("alarm_closed", alarm=alarm.pk)
    return fresh


def _save(alarm: Alarm, at: datetime) -> None:
    alarm.changed_at = at
    alarm.save()


def _record(alarm: Alarm, action: str, by: str, detail: dict[str, Any]) -> None:
    detail = {"rule": alarm.rule_id, "thing": alarm.thing_id, **detail}
    record(actor=by, action=action, subject=f"alarm:{alarm.pk}", detail=detail)
