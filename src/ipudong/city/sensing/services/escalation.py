"""Alarms nobody takes go up, level by level."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from ipudong.city.sensing.models import Alarm, AlarmState, AlarmStep, EscalationStep, Occasion, Rule
from ipudong.city.sensing.services.notices import queue_notices

MAX_LEVEL: Final = 3
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Escalation:
    """Minutes an alarm of a severity waits on the level before each level."""

    minutes: Mapping[tuple[str, int], int]

    def first(self, rule: Rule, at: datetime) -> datetime | None:
        """When an alarm raised now goes up for the first time."""
        return self.after(rule, rule.severity, 0, at)

    def after(self, rule: Rule, severity: str, level: int, at: datetime) -> datetime | None:
        """When an alarm that reached `level` now goes up again; None when it stays."""
        if level >= MAX_LEVEL:
            return None
        minutes = rule.escalate_after_min or self.minutes.get((severity, level + 1))
        return at + timedelta(minutes=minutes) if minutes else None


def load_escalation() -> Escalation:
    """The steps as they are set."""
    rows = EscalationStep.objects.values_list("severity", "level", "after_min")
    return Escalation({(severity, level): minutes for severity, level, minutes in rows})


@transaction.atomic
def escalate_alarms(*, now: datetime) -> int:
    """Take up whatever waited too long; how many."""
    steps = load_escalation()
    due = Alarm.objects.filter(state=AlarmState.RAISED, escalate_at__lte=now)
    alarms = list(due.select_related("rule", "thing").select_for_update(of=("self",))[:AT_ONCE])
    for alarm in alarms:
        alarm.level += 1
        alarm.escalated_at = alarm.changed_at = now
        alarm.escalate_at = steps.after(alarm.rule, alarm.severity, alarm.level, now)
    fields = ["level", "escalated_at", "changed_at", "escalate_at"]
    Alarm.objects.bulk_update(alarms, fields)
    AlarmStep.objects.bulk_create(
        AlarmStep(alarm=alarm, at=now, code="escalated", detail={"level": alarm.level})
        for alarm in alarms
    )
    queue_notices(alarms, Occasion.ESCALATED, at=now)
    return len(alarms)


def set_escalation_steps(rows: Mapping[tuple[str, int], int]) -> None:
    """Replace the steps; inside the caller's transaction."""
    EscalationStep.objects.all().delete()
    EscalationStep.objects.bulk_create(
        EscalationStep(severity=severity, level=level, after_min=minutes)
        for (severity, level), minutes in sorted(rows.items())
        if minutes > 0
    )
