"""An alarm opens a case: whoever keeps cases is asked, and its reference is kept on the alarm.

Handlers are named in manifests. They are asked until one answers, so they must know an alarm they
have seen: `key` is the same each time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.alarm_events import AlarmHandler, AlarmRaised
from ipudong.city.sensing.models import Alarm, AlarmState, AlarmStep

log = structlog.get_logger()

ASK_FOR: Final = timedelta(days=7)
AT_ONCE: Final = 200


def open_cases(handlers: Iterable[AlarmHandler], *, now: datetime) -> int:
    """Ask the handlers for a case of each alarm that should have one; how many got one."""
    handlers = tuple(handlers)
    if not handlers:
        return 0
    waiting = Alarm.objects.filter(
        rule__opens_case=True, case_reference="", noticed_at__gte=now - ASK_FOR
    ).exclude(state=AlarmState.SUPPRESSED)
    alarms = waiting.select_related("rule", "thing").defer("thing__credential")
    return sum(_open(alarm, handlers, now) for alarm in alarms.order_by("pk")[:AT_ONCE])


def _open(alarm: Alarm, handlers: tuple[AlarmHandler, ...], now: datetime) -> bool:
    raised = describe(alarm)
    for handler in handlers:
        try:
            reference = handler(raised)
        except Exception:  # one handler's trouble is not another's; it is asked again
            log.exception("alarm_handler_failed", alarm=alarm.pk)
            continue
        if reference:
            keep_case(alarm, reference, now)
            return True
    return False


def describe(alarm: Alarm) -> AlarmRaised:
    """The facts of an alarm, of its thing and its rule."""
    thing, place = alarm.thing, alarm.detail
    return AlarmRaised(
        key=f"alarm:{alarm.pk}",
        alarm=alarm.pk,
        rule=alarm.rule.code,
        rule_name=alarm.rule.name_zh,
        kind=alarm.rule.kind,
        severity=alarm.severity,
        system=thing.system,
        thing=thing.pk,
        thing_name=thing.name_zh,
        place_code=thing.place_code,
        lon=place.get("lon", thing.lon),
        lat=place.get("lat", thing.lat),
        raised_at=alarm.raised_at,
        value=alarm.value,
    )


@transaction.atomic
def keep_case(alarm: Alarm, reference: str, now: datetime) -> None:
    """Write the case on the alarm, once."""
    fresh = Alarm.objects.filter(pk=alarm.pk, case_reference="")
    if fresh.update(case_reference=reference[:100], changed_at=now):
        AlarmStep.objects.create(alarm=alarm, at=now, code="case", detail={"case": reference})
        record(
            actor="system:worker",
            action="sensing.open_case",
            subject=f"alarm:{alarm.pk}",
            detail={"case": reference},
        )
