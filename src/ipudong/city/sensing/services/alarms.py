"""The life of alarms: raised and cleared by rules, acknowledged, noted and closed by people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q

from ipudong.city.audit.services import record
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Alarm,
    AlarmNote,
    AlarmState,
    Datastream,
    Rule,
    RuleKind,
)
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.standing import end_standing

Key = tuple[int, int, int | None]  # rule, thing, datastream
NARROW_UP_TO: Final = 500

_UPDATE_ALARM = """
UPDATE sensing_alarm SET state = %s, cleared_at = %s, changed_at = %s, peak = %s WHERE id = %s
"""


@transaction.atomic
def apply_rule_changes(changes: Changes, *, at: datetime) -> list[int]:
    """Write what rules found; returns the ids of alarms raised or cleared.

    `at` is when it was noticed. At most one open alarm stands per rule and datastream: raising it
    again is none. Events of things, datastreams or rules removed meanwhile are passed over. Within
    a batch an alarm may be raised, cleared and raised again: events are applied in time order.
    A storm of alarms is written in bulk.
    """
    events = [*changes.raised, *changes.cleared, *changes.peaked]
    if not events:
        return []
    ledger = _Ledger(events, at)
    ordered = [(e, ledger.put) for e in changes.raised]
    ordered += [(e, ledger.clear) for e in changes.cleared]
    # A clearing ends what stood before the same instant's raising.
    ordered.sort(key=lambda pair: (pair[0].time_us, pair[1] == ledger.put))
    for event, act in [*ordered, *((e, ledger.worsen) for e in changes.peaked)]:
        key = ledger.key_of(event)
        if key is not None:
            act(key, event)
    return ledger.save()


class _Ledger:
    """The alarms a batch of events is about: read once, changed in memory, written once."""

    def __init__(self, events: Iterable[AlarmEvent], at: datetime) -> None:
        events = list(events)
        self._at = at
        self._rules = Rule.objects.in_bulk({event.rule_id for event in events})
        self._streams = Datastream.objects.in_bulk({e.datastream for e in events if e.datastream})
        standing = Alarm.objects.filter(rule_id__in=self._rules, cleared_at=None)
        if len(events) <= NARROW_UP_TO:  # a few events do not read every alarm of their rules
            things = [event.thing for event in events if not event.datastream]
            whole = Q(datastream=None, thing__in=things)
            standing = standing.filter(Q(datastream__in=self._streams) | whole)
        self._standing: dict[Key, Alarm] = {
            (alarm.rule_id, alarm.thing_id, alarm.datastream_id): alarm
            for alarm in standing.iterator(chunk_size=2000)
        }
        self._raised: list[Alarm] = []
        self._cleared: list[Alarm] = []
        self._worse: dict[int, Alarm] = {}

    def key_of(self, event: AlarmEvent) -> Key | None:
        """Which alarm an event is about; None when its rule or datastream is gone."""
        if event.rule_id not in self._rules:
            return None
        if not event.datastream:
            return (event.rule_id, event.thing, None) if event.thing else None
        stream = self._streams.get(event.datastream)
        return (event.rule_id, stream.thing_id, stream.pk) if stream else None

    def put(self, key: Key, event: AlarmEvent) -> None:
        """Raise, unless it stands."""
        if key in self._standing:
            return
        rule = self._rules[event.rule_id]
        has_value = rule.kind != RuleKind.MISSING
        alarm = Alarm(
            rule=rule,
            thing_id=key[1],
            datastream_id=key[2],
            severity=rule.severity,
            began_at=from_us(event.began_us),
            raised_at=from_us(event.time_us),
            noticed_at=self._at,
            changed_at=self._at,
            value=event.value if has_value else None,
            peak=event.peak if has_value else None,
            limit=rule.limit,
            detail={"other": event.other} if event.other else {},
        )
        self._standing[key] = alarm
        self._raised.append(alarm)

    def clear(self, key: Key, event: AlarmEvent) -> None:
        """End what stands; what a person closed before stays closed."""
        alarm = self._standing.pop(key, None)
        if alarm is None:
            return
        if alarm.is_open:
            alarm.state = AlarmState.CLEARED
        alarm.cleared_at, alarm.changed_at = from_us(event.time_us), self._at
        if alarm.peak is not None:
            alarm.peak = event.peak
        if alarm.pk is not None:
            self._worse.pop(alarm.pk, None)
            self._cleared.append(alarm)

    def worsen(self, key: Key, event: AlarmEvent) -> None:
        """Note a new peak of what stands."""
        alarm = self._standing.get(key)
        if alarm is not None and alarm.peak is not None:
            alarm.peak, alarm.changed_at = event.peak, self._at
            if alarm.pk is not None:
                self._worse[alarm.pk] = alarm

    def save(self) -> list[int]:
        """Write everything; what ended first, so that what is raised anew finds room."""
        adapt = connection.ops.adapt_datetimefield_value
        changed = [*self._cleared, *self._worse.values()]
        rows = [
            (alarm.state, adapt(alarm.cleared_at), adapt(alarm.changed_at), alarm.peak, alarm.pk)
            for alarm in changed
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_UPDATE_ALARM, rows)
        Alarm.objects.bulk_create(self._raised, batch_size=500)
        return [alarm.pk for alarm in (*self._cleared, *self._raised)]


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
