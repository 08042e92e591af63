"""Maintenance and shelving: alarms are counted, not told, until the time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Alarm,
    AlarmState,
    AlarmStep,
    Occasion,
    Suppression,
    SuppressionKind,
)
from ipudong.city.sensing.services.escalation import load_escalation
from ipudong.city.sensing.services.notices import queue_notices
from ipudong.city.sensing.services.suppression_match import Suppressions

LONGEST_SHELF_HOURS: Final = 7 * 24
LONGEST_MAINTENANCE: Final = timedelta(days=92)


@dataclass(frozen=True, kw_only=True)
class MaintenanceScope:
    """What is being worked on; at least one of them is given."""

    thing: int | None = None
    thing_kind: str = ""
    place_code: str = ""
    system: str = ""

    def __bool__(self) -> bool:
        """Whether anything is named: nobody works on the whole district at once."""
        return bool(self.thing or self.thing_kind or self.place_code or self.system)


@transaction.atomic
def plan_maintenance(
    *,
    scope: MaintenanceScope,
    start_at: datetime,
    end_at: datetime,
    reason: str,
    by: str,
    at: datetime,
) -> Suppression:
    """Hold alarms of a scope back for a time. Readings are stored all the same.
    Raises SensingError `no_scope`, `bad_period`, `empty_reason`."""
    if not scope:
        raise SensingError("no_scope")
    if not start_at < end_at <= start_at + LONGEST_MAINTENANCE or end_at <= at:
        raise SensingError("bad_period")
    return _hold_back(
        Suppression(
            kind=SuppressionKind.MAINTENANCE,
            thing_id=scope.thing,
            thing_kind=scope.thing_kind,
            place_code=scope.place_code,
            system=scope.system,
            start_at=start_at,
            end_at=end_at,
        ),
        reason,
        by,
        at,
    )


@transaction.atomic
def shelve_alarm(*, alarm: Alarm, hours: int, reason: str, by: str, at: datetime) -> Suppression:
    """Put an alarm aside for some hours; it comes back by itself if it still stands then.
    Raises SensingError `alarm_closed`, `bad_period`, `empty_reason`."""
    alarm = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if not alarm.is_open or alarm.is_summary:
        raise SensingError("alarm_closed", alarm=alarm.pk)
    if not 1 <= hours <= LONGEST_SHELF_HOURS:
        raise SensingError("bad_period", hours=hours)
    shelf = _hold_back(
        Suppression(
            kind=SuppressionKind.SHELF,
            rule_id=alarm.rule_id,
            thing_id=alarm.thing_id,
            datastream_id=alarm.datastream_id,
            start_at=at,
            end_at=at + timedelta(hours=hours),
        ),
        reason,
        by,
        at,
    )
    alarm.state, alarm.suppression = AlarmState.SUPPRESSED, shelf
    alarm.escalate_at, alarm.changed_at = None, at
    alarm.save()
    AlarmStep.objects.create(
        alarm=alarm, at=at, by=by, code="shelved", detail={"hours": hours, "reason": shelf.reason}
    )
    return shelf


def _hold_back(row: Suppression, reason: str, by: str, at: datetime) -> Suppression:
    if not reason.strip():
        raise SensingError("empty_reason")
    row.reason, row.created_at, row.created_by = reason.strip(), at, by
    row.save()
    record(
        actor=by,
        action=f"sensing.plan_{row.kind}",
        subject=f"suppression:{row.pk}",
        detail={"until": row.end_at.isoformat(), "reason": row.reason},
    )
    return row


@transaction.atomic
def end_suppression(*, suppression: Suppression, by: str, at: datetime) -> None:
    """End it before its time; what still stands comes back at once. Once ended it stays so."""
    running = Suppression.objects.filter(pk=suppression.pk, ended_at=None)
    if not running.update(ended_at=at, ended_by=by):
        return
    record(
        actor=by,
        action="sensing.end_suppression",
        subject=f"suppression:{suppression.pk}",
        detail={"kind": suppression.kind},
    )
    release_suppressed(now=at)


@transaction.atomic
def release_suppressed(*, now: datetime) -> int:
    """Bring back the alarms whose suppression is over and that still stand; how many."""
    for row in Suppression.objects.filter(ended_at=None, end_at__lte=now):
        row.ended_at = row.end_at
        row.save(update_fields=["ended_at"])
    waiting = Alarm.objects.filter(
        state=AlarmState.SUPPRESSED,
        cleared_at=None,
        suppression__isnull=False,
        suppression__ended_at__isnull=False,
    )
    alarms = list(waiting.select_related("rule", "thing"))
    if not alarms:
        return 0
    still = Suppressions(Suppression.objects.filter(ended_at=None, start_at__lte=now))
    steps, back = load_escalation(), []
    for alarm in alarms:
        other = still.find(alarm.rule, alarm.thing, alarm.datastream_id, now)
        if other is not None:
            alarm.suppression = other
            continue
        is_taken = alarm.acknowledged_at is not None
        alarm.state = AlarmState.ACKNOWLEDGED if is_taken else AlarmState.RAISED
        alarm.escalate_at = None if is_taken else steps.first(alarm.rule, now)
        alarm.changed_at = now
        back.append(alarm)
    Alarm.objects.bulk_update(alarms, ["state", "escalate_at", "changed_at", "suppression"])
    AlarmStep.objects.bulk_create(AlarmStep(alarm=alarm, at=now, code="released") for alarm in back)
    queue_notices(back, Occasion.RAISED, at=now)
    return len(back)
