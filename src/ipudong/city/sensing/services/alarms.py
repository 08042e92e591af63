"""The life of alarms: raised and cleared by rules, acknowledged, noted and closed by people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ipudong.city.audit.services import record
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    OPEN_STATES,
    Alarm,
    AlarmNote,
    AlarmState,
    Datastream,
    Rule,
    RuleKind,
)
from ipudong.city.sensing.revision import bump_revision

Key = tuple[int, int, int | None]  # rule, thing, datastream


@transaction.atomic
def apply_rule_changes(changes: Changes, *, at: datetime) -> list[int]:
    """Write what rules found; returns the ids of alarms raised or cleared.

    `at` is when it was noticed. At most one open alarm stands per rule and datastream: raising it
    again is none. Events of things, datastreams or rules removed meanwhile are passed over. Within
    a batch an alarm may be raised, cleared and raised again: events are applied in time order.
    """
    events = [*changes.raised, *changes.cleared, *changes.peaked]
    if not events:
        return []
    context = _Context(events, at)
    ordered = [(e, _raise) for e in changes.raised] + [(e, _clear) for e in changes.cleared]
    # A clearing ends what stood before the same instant's raising.
    ordered.sort(key=lambda pair: (pair[0].time_us, pair[1] is _raise))
    for event, act in [*ordered, *((e, _peak) for e in changes.peaked)]:
        key = context.key_of(event)
        if key is not None:
            act(context, key, event)
    context.save_peaks()
    return context.changed


class _Context:
    """What applying a batch of events needs to know, read once."""

    def __init__(self, events: Iterable[AlarmEvent], at: datetime) -> None:
        events = list(events)
        self.at = at
        self.changed: list[int] = []
        self.peaked: dict[int, Alarm] = {}
        self.rules = Rule.objects.in_bulk({event.rule_id for event in events})
        ids = {event.datastream for event in events if event.datastream}
        self.streams = Datastream.objects.in_bulk(ids)
        standing = Alarm.objects.filter(rule_id__in=self.rules, cleared_at=None)
        self.standing: dict[Key, Alarm] = {
            (alarm.rule_id, alarm.thing_id, alarm.datastream_id): alarm for alarm in standing
        }

    def key_of(self, event: AlarmEvent) -> Key | None:
        """Which alarm an event is about; None when its rule or datastream is gone."""
        if event.rule_id not in self.rules:
            return None
        if not event.datastream:
            return (event.rule_id, event.thing, None) if event.thing else None
        stream = self.streams.get(event.datastream)
        return (event.rule_id, stream.thing_id, stream.pk) if stream else None

    def save_peaks(self) -> None:
        """Write the peaks of alarms that go on."""
        Alarm.objects.bulk_update(self.peaked.values(), ["peak", "changed_at"], batch_size=500)


def _raise(context: _Context, key: Key, event: AlarmEvent) -> None:
    if key in context.standing:
        return
    rule = context.rules[event.rule_id]
    alarm = Alarm.objects.create(
        rule=rule,
        thing_id=key[1],
        datastream_id=key[2],
        severity=rule.severity,
        began_at=from_us(event.began_us),
        raised_at=from_us(event.time_us),
        noticed_at=context.at,
        changed_at=context.at,
        value=None if rule.kind == RuleKind.MISSING else event.value,
        peak=None if rule.kind == RuleKind.MISSING else event.peak,
        limit=rule.limit,
        detail={"other": event.other} if event.other else {},
    )
    context.standing[key] = alarm
    context.changed.append(alarm.pk)


def _clear(context: _Context, key: Key, event: AlarmEvent) -> None:
    alarm = context.standing.pop(key, None)
    if alarm is None:
        return
    context.peaked.pop(alarm.pk, None)
    if alarm.is_open:
        alarm.state = AlarmState.CLEARED
    alarm.cleared_at = from_us(event.time_us)
    alarm.changed_at = context.at
    if alarm.peak is not None:
        alarm.peak = event.peak
    alarm.save(update_fields=["state", "cleared_at", "changed_at", "peak"])
    context.changed.append(alarm.pk)


def _peak(context: _Context, key: Key, event: AlarmEvent) -> None:
    alarm = context.standing.get(key)
    if alarm is not None and alarm.peak is not None:
        alarm.peak, alarm.changed_at = event.peak, context.at
        context.peaked[alarm.pk] = alarm


@transaction.atomic
def acknowledge_alarm(*, alarm: Alarm, by: str, at: datetime) -> Alarm:
    """Say that somebody has seen it. A cleared alarm can be acknowledged too and stays cleared;
    a second acknowledgement changes nothing. Raises SensingError `alarm_closed`."""
    alarm = _lock(alarm)
    if alarm.acknowledged_at is None:
        if alarm.state == AlarmState.RAISED:
            alarm.state = AlarmState.ACKNOWLEDGED
        alarm.acknowledged_at, alarm.acknowledged_by = at, by
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
def close_alarm(*, alarm: Alarm, by: str, at: datetime, note: str = "") -> Alarm:
    """Finish an alarm. One whose condition still holds needs a note saying why; its rule raises
    anew only after the condition ended. Raises SensingError `alarm_open`, `alarm_closed`."""
    alarm = _lock(alarm)
    if alarm.is_open and not note.strip():
        raise SensingError("alarm_open", alarm=alarm.pk)
    if note.strip():
        note_alarm(alarm=alarm, text=note, by=by, at=at)
    alarm.state = AlarmState.CLOSED
    alarm.closed_at, alarm.closed_by = at, by
    _save(alarm, at)
    _record(alarm, "sensing.close_alarm", by, {})
    return alarm


@transaction.atomic
def switch_rule(*, rule: Rule, enabled: bool, by: str, at: datetime) -> None:
    """Put a rule in force, or out of it: its alarms then count as cleared."""
    if Rule.objects.filter(pk=rule.pk).exclude(enabled=enabled).update(enabled=enabled):
        if not enabled:
            end_standing(Alarm.objects.filter(rule=rule), at=at)
        record(
            actor=by,
            action="sensing.switch_rule",
            subject=f"rule:{rule.pk}",
            detail={"code": rule.code, "enabled": enabled},
        )
        bump_revision()


def end_standing(alarms: QuerySet[Alarm], *, at: datetime) -> None:
    """Clear alarms whose rule or thing is no longer watched; inside the caller's transaction."""
    standing = alarms.filter(cleared_at=None)
    standing.filter(state__in=OPEN_STATES).update(state=AlarmState.CLEARED)
    standing.update(cleared_at=at, changed_at=at)


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
