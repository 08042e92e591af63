"""Ending alarms whose rule or thing is no longer watched."""

from datetime import datetime

from django.db.models import QuerySet

from ipudong.city.sensing.models import OPEN_STATES, Alarm, AlarmState


def end_standing(alarms: QuerySet[Alarm], *, at: datetime) -> None:
    """Clear those of the alarms that stand; inside the caller's transaction."""
    alarms.filter(cleared_at=None, state__in=OPEN_STATES).update(state=AlarmState.CLEARED)
    alarms.filter(cleared_at=None).update(cleared_at=at, changed_at=at, escalate_at=None)
