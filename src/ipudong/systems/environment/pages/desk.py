"""The duty desk: what needs me now, and what I did about it."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed, list_allowed
from ipudong.city.sensing import services as sensing
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Alarm, RuleKind, Severity, Thing
from ipudong.city.sensing.queries import get_alarm
from ipudong.systems.environment import services
from ipudong.systems.environment.devices import AIR_STATION, EMISSION_OUTLET, WATER_STATION
from ipudong.systems.environment.models import ExceedanceEvent
from ipudong.systems.environment.pages.quality import describe_finding
from ipudong.systems.environment.pages.shell import show
from ipudong.systems.environment.properties import PROPERTY_ROWS, unit_sign
from ipudong.systems.environment.queries.desk import Desk, count_desk, get_desk
from ipudong.systems.environment.services import EventError

SEVERITY_TONES: Final = {
    Severity.BLUE: "river",
    Severity.YELLOW: "notice",
    Severity.ORANGE: "notice",
    Severity.RED: "bad",
}
REFUSALS: Final[dict[str, Promise]] = {
    "alarm_closed": _("This alarm has been closed already; nothing was changed."),
    "event_closed": _("This exceedance has been closed already; nothing was changed."),
    "alarm_open": _("The condition still holds. To close it all the same, write why."),
    "event_lasts": _("The exceedance still lasts. To close it all the same, write why."),
    "empty_note": _("The note is empty; nothing was written."),
}
STATION_PAGES: Final = {
    AIR_STATION: "environment:air_station",
    WATER_STATION: "environment:water_section",
    EMISSION_OUTLET: "environment:outlet",
}


@permitted("environment.view_desk")
def show_desk(request: HttpRequest) -> HttpResponse:
    """The whole desk; for htmx its body, or with `?part=counts` the counts alone."""
    if request.headers.get("HX-Request"):
        if request.GET.get("part") == "counts":
            counts = count_desk(actor_of_request(request), timezone.now())
            return show(request, "desk", "parts/desk_counts.html", {"counts": counts})
        return draw_body(request)
    return show(request, "desk", "desk.html", _context(request))


def draw_body(request: HttpRequest, refusal: Promise | str = "", status: int = 200) -> HttpResponse:
    """The part of the desk that acts change."""
    context = {**_context(request), "refusal": refusal}
    return show(request, "desk", "parts/desk_body.html", context, status=status)


def _context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of_request(request)
    desk: Desk = get_desk(actor, timezone.now())
    wanted = {"environment.handle_event", "sensing.handle_alarm", "sensing.adopt_device"}
    allowed = list_allowed(actor, wanted)
    return {
        "counts": desk.counts,
        "alarms": [describe_alarm(alarm) for alarm in desk.alarms],
        "events": [describe_event(event) for event in desk.events],
        "silent": [_describe_silent(thing) for thing in desk.silent],
        "strangers": desk.strangers,
        "findings": [describe_finding(row) for row in desk.findings],
        "may_handle": "environment.handle_event" in allowed,
        "may_handle_alarms": wanted - {"sensing.adopt_device"} <= allowed,
        "may_adopt": "sensing.adopt_device" in allowed,
    }


def station_url(thing: Thing) -> str:
    """The page of a station."""
    page = STATION_PAGES.get(thing.kind)
    return reverse(page, args=[thing.pk]) if page else ""


def describe_alarm(alarm: Alarm) -> dict[str, Any]:
    """An alarm as the desk shows it."""
    stream = alarm.datastream
    code = stream.observed_property_id if stream else ""
    return {
        "row": alarm,
        "kind": "alarm",
        "tone": SEVERITY_TONES.get(Severity(alarm.severity), ""),
        "severity": Severity(alarm.severity).label,
        "station": alarm.thing,
        "url": station_url(alarm.thing),
        "detail": reverse("portal:alarm", args=[alarm.pk]),
        "has_value": alarm.value is not None and alarm.rule.kind != RuleKind.DUPLICATE,
        "unit": unit_sign(stream.unit) if stream else "",
        "decimals": PROPERTY_ROWS[code].decimals if code in PROPERTY_ROWS else 1,
        "notes": list(alarm.notes.all()),
    }


def describe_event(event: ExceedanceEvent) -> dict[str, Any]:
    """An exceedance as the desk shows it."""
    return {
        "row": event,
        "kind": "event",
        "station": event.thing,
        "url": station_url(event.thing),
        "unit": unit_sign(event.unit),
        "decimals": event.observed_property.decimals,
        "hours": event.duration.total_seconds() / 3600,
        "notes": list(event.notes.all()),
    }


def _describe_silent(thing: Thing) -> dict[str, Any]:
    state = getattr(thing, "state", None)
    return {
        "station": thing,
        "url": station_url(thing),
        "device": reverse("portal:device", args=[thing.pk]),
        "last_seen_at": state.last_seen_at if state else None,
    }


@permitted("environment.handle_event")
@require_POST
def handle_event(request: HttpRequest, event_id: int, act: str) -> HttpResponse:
    """Acknowledge, note or close an exceedance."""
    event = get_object_or_404(ExceedanceEvent, pk=event_id)
    facts: dict[str, Any] = {
        "event": event,
        "by": actor_of_request(request).name,
        "at": timezone.now(),
    }
    text = request.POST.get("text", "")[:4000]
    acts: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: services.acknowledge_event(**facts),
        "note": lambda: services.note_event(**facts, text=text),
        "close": lambda: services.close_event(**facts, note=text),
    }
    return _do(request, acts[act])


@permitted("environment.handle_event")
@require_POST
def handle_alarm(request: HttpRequest, alarm_id: int, act: str) -> HttpResponse:
    """Acknowledge, note or close an alarm of the environment's own."""
    actor = actor_of_request(request)
    try:
        alarm = get_alarm(actor, alarm_id)
    except Alarm.DoesNotExist as error:
        raise Http404("no such alarm") from error
    if alarm.thing.system != "environment" or not is_allowed(actor, "sensing.handle_alarm"):
        raise Http404("not this desk's alarm")
    facts: dict[str, Any] = {"alarm": alarm, "by": actor.name, "at": timezone.now()}
    text = request.POST.get("text", "")[:4000]
    acts: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: sensing.acknowledge_alarm(**facts),
        "note": lambda: sensing.note_alarm(**facts, text=text),
        "close": lambda: sensing.close_alarm(**facts, note=text),
    }
    return _do(request, acts[act])


def _do(request: HttpRequest, act: Callable[[], object]) -> HttpResponse:
    """Act, and draw the desk again; a refusal is said, not thrown."""
    refusal: Promise | str = ""
    try:
        act()
    except (EventError, SensingError) as error:
        refusal = REFUSALS.get(error.code, error.code)
    if request.headers.get("HX-Request"):
        return draw_body(request, refusal)
    if refusal:
        messages.error(request, str(refusal))
    return redirect("environment:desk")
