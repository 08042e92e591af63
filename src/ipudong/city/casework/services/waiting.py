"""What processes wait for and who tells them: the clock and messages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from ipudong.city.casework import case_events as events
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import CaseState, ProcessState, Wait
from ipudong.city.casework.processes import Run
from ipudong.city.casework.services.acts import acting
from ipudong.city.casework.services.calls import WORKER, retry_service_calls, run_service_calls
from ipudong.city.casework.services.progress import carry_on, move_process

log = structlog.get_logger()

PAUSE: Final = timedelta(minutes=10)


def fire_timers(now: datetime, *, limit: int = 500) -> int:
    """Let the timers go off whose instant has come; how many cases moved. For the worker.

    Those of suspended cases wait with them. A case that cannot go on is told of and tried later.
    """
    due = Wait.objects.filter(fire_at__lte=now).exclude(case__state=CaseState.SUSPENDED)
    numbers = list(due.order_by("fire_at").values_list("case__number", flat=True)[:limit])
    return sum(_fire(number, now) for number in dict.fromkeys(numbers))


def _fire(number: str, now: datetime) -> bool:
    try:
        with acting(number=number, action="fire_timer", by=WORKER, at=now) as act:
            if act.case.state in (CaseState.SUSPENDED, CaseState.CLOSED):
                return False
            move_process(act, Run.fire)
    except CaseworkError as error:
        log.error("case_timer_failed", case=number, reason=str(error))
        Wait.objects.filter(case__number=number, fire_at__lte=now).update(fire_at=now + PAUSE)
        return False
    run_service_calls(number=number, at=now)
    return True


def correlate_message(
    *, name: str, key: str, payload: Mapping[str, Any] | None = None, at: datetime
) -> int:
    """Tell every case that waits for the message under this key; how many did.

    A message for which nobody waits is for nobody: 0, and the sender may try later. Each case takes
    it once, as it then waits no more. `key` is the case number where the picture says nothing else.
    """
    waits = Wait.objects.filter(name=name, key=key).select_related("case")
    return sum(_receive(wait, name, dict(payload or {}), at) for wait in list(waits))


def _receive(wait: Wait, name: str, payload: dict[str, Any], at: datetime) -> bool:
    number = wait.case.number
    with acting(number=number, action="receive_message", by=WORKER, at=at, message=name) as act:
        if not Wait.objects.filter(pk=wait.pk).exists():
            return False
        act.tell(events.MESSAGE_RECEIVED, step=wait.code, message=name)
        state = ProcessState.objects.get(case=act.case)
        carry_on(act, state, wait.code, payload, lambda run: run.receive(wait.step, payload))
    run_service_calls(number=number, at=at)
    return True


def drive_cases(now: datetime) -> int:
    """The worker's part: timers that are due, services that failed before. How many moved."""
    return fire_timers(now) + retry_service_calls(now)
