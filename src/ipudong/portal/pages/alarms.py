"""The alarms: list, detail, and what a duty officer does about one."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing import services
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import OPEN_STATES, Alarm, AlarmState, Severity
from ipudong.city.sensing.queries.alarms import AlarmFilter, get_alarm
from ipudong.city.sensing.queries.alarms import list_alarms as read_alarms
from ipudong.portal.alarm_views import AlarmView
from ipudong.portal.answers import answer
from ipudong.portal.streams import ticket_address

ALARMS_A_PAGE: Final = 30
OPEN: Final = "open"
REFUSALS: Final[dict[str, Promise]] = {
    "alarm_closed": _("This alarm has been closed already; nothing was changed."),
    "alarm_open": _("The condition still holds. To close it all the same, write why."),
    "empty_note": _("The note is empty; nothing was written."),
}


def _states(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """The chosen state and the stored states it stands for; without choice, those that stand."""
    chosen = request.GET.get("state", OPEN)
    if chosen == "all":
        return chosen, ()
    if chosen in AlarmState.values:
        return chosen, (chosen,)
    return OPEN, tuple(OPEN_STATES)


@permitted("sensing.view_alarms")
def list_alarms(request: HttpRequest) -> HttpResponse:
    """Alarms, newest first, filtered by state, severity and system."""
    state, states = _states(request)
    severity = request.GET.get("severity", "")
    severities = (severity,) if severity in Severity.values else ()
    wanted = AlarmFilter(states=states, severities=severities, system=request.GET.get("system", ""))
    page = Paginator(read_alarms(actor_of_request(request), wanted), ALARMS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "alarms": [AlarmView(alarm) for alarm in page],
        "state": state,
        "severity": severity,
        "states": [(OPEN, _("Standing")), *AlarmState.choices, ("all", _("All"))],
        "severities": Severity.choices,
        "live_ticket": ticket_address("alarms"),
    }
    return answer(
        request,
        page="portal/pages/alarms.html",
        part="portal/parts/alarm_rows.html",
        context=context,
    )


def _find(request: HttpRequest, alarm_id: int) -> Alarm:
    try:
        return get_alarm(actor_of_request(request), alarm_id)
    except Alarm.DoesNotExist as error:
        raise Http404 from error


def _detail(request: HttpRequest, alarm_id: int, refusal: str = "") -> HttpResponse:
    """The whole page, or its changing part for htmx."""
    alarm = _find(request, alarm_id)
    context: dict[str, Any] = {
        "view": AlarmView(alarm),
        "alarm": alarm,
        "may_handle": is_allowed(actor_of_request(request), "sensing.handle_alarm"),
        "refusal": refusal,
    }
    return answer(
        request,
        page="portal/pages/alarm.html",
        part="portal/parts/alarm_detail.html",
        context=context,
    )


@permitted("sensing.view_alarms")
def show_alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm with its story."""
    return _detail(request, alarm_id)


def _act(request: HttpRequest, alarm_id: int, act: Callable[[Alarm], object]) -> HttpResponse:
    """Do it, then show the alarm as it is now; a refusal is said where it happened."""
    refusal = ""
    try:
        act(_find(request, alarm_id))
    except SensingError as error:
        refusal = str(REFUSALS.get(error.code, error.code))
    if request.headers.get("HX-Request"):
        return _detail(request, alarm_id, refusal)
    if refusal:
        messages.error(request, refusal)
    return redirect("portal:alarm", alarm_id)


@permitted("sensing.handle_alarm")
@require_POST
def acknowledge(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Say that somebody has it in hand."""
    by, at = actor_of_request(request).name, timezone.now()
    return _act(
        request, alarm_id, lambda alarm: services.acknowledge_alarm(alarm=alarm, by=by, at=at)
    )


@permitted("sensing.handle_alarm")
@require_POST
def add_note(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Write a note on it."""
    by, at, text = actor_of_request(request).name, timezone.now(), request.POST.get("text", "")
    return _act(
        request, alarm_id, lambda alarm: services.note_alarm(alarm=alarm, text=text, by=by, at=at)
    )


@permitted("sensing.handle_alarm")
@require_POST
def close(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Finish it, with a note where its condition still holds."""
    by, at, note = actor_of_request(request).name, timezone.now(), request.POST.get("text", "")
    return _act(
        request, alarm_id, lambda alarm: services.close_alarm(alarm=alarm, by=by, at=at, note=note)
    )
