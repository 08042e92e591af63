"""Running the services that processes ask for: each step once, in a transaction of its own."""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from ipudong.city.casework import case_events as events
from ipudong.city.casework.case_services import ServiceRequest, declared_services
from ipudong.city.casework.models import Case, CaseState, ProcessState, ServiceCall
from ipudong.city.casework.services.acts import Act, acting
from ipudong.city.casework.services.progress import complete_step, context_of
from ipudong.city.identity.actors import system_actor

log = structlog.get_logger()

WORKER: Final = system_actor("casework")
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_IN_A_ROW: Final = 50


def run_service_calls(*, number: str, at: datetime) -> Case | None:
    """Run what a case asks for now, and what that leads to; the case afterwards, None where
    nothing was to do. A service that fails is tried again by the worker."""
    case: Case | None = None
    for _ in range(MOST_IN_A_ROW):
        call = ServiceCall.objects.filter(case__number=number, done_at=None, due_at__lte=at).first()
        if call is None:
            return case
        case = _run(call, at)
    return case


def run_asked_services(act: Act) -> Case:
    """The case of an act that is written, after the services it asked for have run."""
    if not act.asks_services:
        return act.case
    return run_service_calls(number=act.case.number, at=act.at) or act.case


def retry_service_calls(now: datetime, *, limit: int = 200) -> int:
    """Run calls whose time has come; how many were run. For the worker."""
    due = ServiceCall.objects.filter(done_at=None, due_at__lte=now).order_by("due_at")
    calls = list(due.select_related("case")[:limit])
    for call in calls:
        _run(call, now)
    return len(calls)


def _run(call: ServiceCall, at: datetime) -> Case:
    try:
        with acting(
            number=call.case.number, action="run_service", by=WORKER, at=at, service=call.service
        ) as act:
            fresh = ServiceCall.objects.get(pk=call.pk)
            if fresh.done_at is None and fresh.due_at is not None:
                result = _ask(act.case, fresh, at)
                fresh.result, fresh.done_at, fresh.due_at, fresh.error = result, at, None, ""
                fresh.attempts += 1
                fresh.save()
                told = {"step": fresh.code, "service": fresh.service, **_brief(result)}
                act.tell(events.SERVICE_DONE, **told)
                complete_step(act, fresh.step, fresh.code, result)
    except Exception as error:  # any fault of a service leaves the case where it stood
        log.exception("case_service_failed", case=call.case.number, service=call.service)
        return _note_failure(call, error, at)
    return act.case


def _ask(case: Case, call: ServiceCall, at: datetime) -> dict[str, Any]:
    service = declared_services()[call.service]
    state = ProcessState.objects.get(case=case)
    request = ServiceRequest(
        case=case,
        step=call.step,
        code=call.code,
        parameters=call.parameters,
        context=context_of(case, state.answers),
        at=at,
    )
    return dict(service(request) or {})


def _brief(result: dict[str, Any]) -> dict[str, Any]:
    """What an event repeats of a result: the number of a paper, nothing longer."""
    return {key: result[key] for key in ("paper", "number") if key in result}


def _note_failure(call: ServiceCall, error: Exception, at: datetime) -> Case:
    number, service = call.case.number, call.service
    with acting(number=number, action="note_failure", by=WORKER, at=at, service=service) as act:
        fresh = ServiceCall.objects.get(pk=call.pk)
        fresh.attempts += 1
        fresh.error = f"{type(error).__name__}: {error}"[:500]
        pause = min(FIRST_PAUSE * 2 ** min(fresh.attempts - 1, 12), LONGEST_PAUSE)
        fresh.due_at = at + pause if act.case.state != CaseState.CLOSED else None
        fresh.save()
        if fresh.attempts == 1:  # supervision hears of a failure once, not of every try
            act.tell(events.SERVICE_FAILED, step=fresh.code, service=fresh.service)
    return act.case
