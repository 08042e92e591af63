"""What a duty officer does about one alarm."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Alarm
from ipudong.city.sensing.services import alarms as services
from ipudong.city.sensing.services.suppressions import end_suppression, shelve_alarm
from ipudong.portal.pages.alarms import HANDLE, draw_alarm, find_alarm

REFUSALS: Final[dict[str, Promise]] = {
    "alarm_closed": _("This alarm has been closed already; nothing was changed."),
    "alarm_open": _("The condition still holds. To close it all the same, write why."),
    "empty_note": _("The note is empty; nothing was written."),
    "empty_reason": _("Say why."),
    "bad_period": _("Choose between one hour and a week."),
    "unknown_reason": _("Choose one of the reasons."),
}


def _act(request: HttpRequest, alarm_id: int, act: Callable[[Alarm], object]) -> HttpResponse:
    """Do it, then show the alarm as it is now; a refusal is said where it happened."""
    refusal = ""
    try:
        act(find_alarm(request, alarm_id))
    except SensingError as error:
        refusal = str(REFUSALS.get(error.code, error.code))
    if request.headers.get("HX-Request"):
        return draw_alarm(request, alarm_id, refusal)
    if refusal:
        messages.error(request, refusal)
    return redirect("portal:alarm", alarm_id)


@permitted(HANDLE)
@require_POST
def acknowledge(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Say that somebody has it in hand."""
    by, at = actor_of_request(request).name, timezone.now()
    return _act(
        request, alarm_id, lambda alarm: services.acknowledge_alarm(alarm=alarm, by=by, at=at)
    )


@permitted(HANDLE)
@require_POST
def add_note(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Write a note on it."""
    by, at, text = actor_of_request(request).name, timezone.now(), request.POST.get("text", "")
    return _act(
        request, alarm_id, lambda alarm: services.note_alarm(alarm=alarm, text=text, by=by, at=at)
    )


@permitted(HANDLE)
@require_POST
def close(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Finish it, with a reason, and with a note where its condition still holds."""
    by, at = actor_of_request(request).name, timezone.now()
    note, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    return _act(
        request,
        alarm_id,
        lambda alarm: services.close_alarm(alarm=alarm, by=by, at=at, note=note, reason=reason),
    )


@permitted(HANDLE)
@require_POST
def assign(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Give it to somebody."""
    by, at, to = actor_of_request(request).name, timezone.now(), request.POST.get("to", "")[:150]
    return _act(
        request, alarm_id, lambda alarm: services.assign_alarm(alarm=alarm, to=to, by=by, at=at)
    )


@permitted(HANDLE)
@require_POST
def shelve(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Put it aside for some hours."""
    by, at = actor_of_request(request).name, timezone.now()
    hours, reason = request.POST.get("hours", ""), request.POST.get("reason", "")
    number = int(hours) if hours.isdecimal() else 0
    return _act(
        request,
        alarm_id,
        lambda alarm: shelve_alarm(alarm=alarm, hours=number, reason=reason, by=by, at=at),
    )


@permitted(HANDLE)
@require_POST
def take_back(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Take a shelved alarm back before its time."""
    by, at = actor_of_request(request).name, timezone.now()

    def act(alarm: Alarm) -> None:
        if alarm.suppression is not None:
            end_suppression(suppression=alarm.suppression, by=by, at=at)

    return _act(request, alarm_id, act)
