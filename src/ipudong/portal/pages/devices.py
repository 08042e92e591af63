"""Devices: what reports, what is silent, and the strangers at the gateway; one device's page."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import list_allowed
from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.command_kinds import title_of_command
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.presence import Presence, presence_filter
from ipudong.city.sensing.queries.alarms import AlarmFilter, list_alarms
from ipudong.city.sensing.queries.devices import (
    count_presences,
    find_facts,
    list_profiles,
    measure_shares,
)
from ipudong.city.sensing.queries.intake import (
    count_outcomes,
    list_commands,
    list_quarantined,
    list_rejected,
)
from ipudong.city.sensing.queries.things import get_thing, list_datastreams, list_things
from ipudong.city.sensing.services import queue_command
from ipudong.city.sensing.short_ids import read_short_id, short_id_of
from ipudong.portal.alarm_views import AlarmView
from ipudong.portal.command_forms import KindForm, list_command_forms, read_command
from ipudong.portal.csv_files import csv_response
from ipudong.portal.device_charts import describe_day, list_history
from ipudong.portal.device_views import DeviceView, list_streams, see
from ipudong.portal.device_words import (
    COMMAND_TONES,
    PRESENCES,
    reason_of,
    refusal_of,
)
from ipudong.portal.district_maps import describe_map
from ipudong.portal.outcome_words import outcome_of
from ipudong.portal.streams import ticket_address

DEVICES_A_PAGE: Final = 40
READINGS_SHOWN: Final = 12
POINT_COLOR: Final = "#0e6274"
LONGEST_EXPORT: Final = timedelta(days=366)
ACTS: Final = (
    "sensing.manage_devices",
    "sensing.manage_credentials",
    "sensing.manage_profiles",
    "sensing.update_firmware",
    "sensing.command_station",
)


def acts_of(request: HttpRequest) -> dict[str, bool]:
    """What the reader may do with devices, by the last part of the permit's name."""
    allowed = list_allowed(actor_of_request(request), set(ACTS))
    return {action.partition(".")[2]: action in allowed for action in ACTS}


def choose_things(request: HttpRequest) -> QuerySet[Thing]:
    """The things that the address asks for, whatever their presence."""
    text = request.GET.get("q", "").strip()[:100]
    system = request.GET.get("system", "")
    things = list_things(
        actor_of_request(request), system=system or None, text=text, with_retired=True
    )
    profile = request.GET.get("profile", "")
    return things.filter(profile=profile) if profile else things


def chosen_presence(request: HttpRequest) -> Presence | None:
    """The presence that the address asks for."""
    given = request.GET.get("presence", "")
    return Presence(given) if given in set(Presence) else None


def narrow(things: QuerySet[Thing], presence: Presence | None, now: datetime) -> QuerySet[Thing]:
    """Those that stand so; without choice all but the retired."""
    if presence is None:
        return things.exclude(status="retired")
    return things.filter(presence_filter(presence, now=now))


@permitted("sensing.adopt_device")
def list_devices(request: HttpRequest) -> HttpResponse:
    """Things with their state, and strangers that wait for a decision."""
    actor, now = actor_of_request(request), timezone.now()
    things, presence = choose_things(request), chosen_presence(request)
    counts = count_presences(things, now=now)
    page = Paginator(narrow(things, presence, now), DEVICES_A_PAGE).get_page(
        request.GET.get("page")
    )
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("presence", None)
    context = {
        "page": page,
        "devices": [DeviceView(thing, now) for thing in page],
        "strangers": list_quarantined(actor)[:50],
        "systems": [(row.name, row.title) for row in installed()],
        "profiles": list_profiles(),
        "presences": [(p.value, PRESENCES[p], counts[p]) for p in Presence if counts[p]],
        "presence": presence.value if presence else "",
        "total": sum(counts.values()) - counts[Presence.RETIRED],
        "query": query.urlencode(),
        "whole_query": request.GET.urlencode(),
        "system": request.GET.get("system", ""),
        "profile": request.GET.get("profile", ""),
        "text": request.GET.get("q", ""),
        "acts": acts_of(request),
    }
    return render(request, "portal/pages/devices.html", context)


def find_thing_or_404(request: HttpRequest, thing_id: int) -> Thing:
    """The thing of an address."""
    try:
        return get_thing(actor_of_request(request), thing_id)
    except (Thing.DoesNotExist, OverflowError) as error:
        raise Http404 from error


def _context(request: HttpRequest, thing: Thing, sent: KindForm | None = None) -> dict[str, Any]:
    actor, acts = actor_of_request(request), acts_of(request)
    streams, silent = list_streams(actor, thing)
    streams.sort(key=lambda row: row.stream.period != "instant")
    ids = ",".join(str(view.stream.pk) for view in streams[:100])
    facts = find_facts(thing)
    takes = acts["command_station"] and thing.identity and thing.status == "installed"
    place = next((row.name for row in list_places() if row.code == thing.place_code), "")
    profile = next((row for row in list_profiles() if row.name == thing.profile), None)
    return {
        "view": see(thing),
        "thing": thing,
        "facts": facts,
        "left_reason": reason_of(facts.left_reason) if facts else "",
        "unnamed": len(facts.unnamed_fields) if facts else 0,
        "short_id": short_id_of(thing.pk),
        "place": place,
        "profile_title": profile.title if profile else thing.profile,
        "availability": measure_shares(thing, now=timezone.now()),
        "streams": streams[:READINGS_SHOWN],
        "more_streams": streams[READINGS_SHOWN:],
        "silent": silent,
        "alarms": [AlarmView(a) for a in list_alarms(actor, AlarmFilter(thing=thing.pk))[:5]],
        "counts": [(outcome_of(c), n) for c, n in count_outcomes(thing).items()],
        "rejected": [
            (frame, outcome_of(frame.code)) for frame in list_rejected(actor, thing=thing, limit=10)
        ],
        "commands": [
            (row, title_of_command(thing.protocol, row.command), COMMAND_TONES.get(row.state, ""))
            for row in list_commands(actor, thing=thing, limit=5)
        ],
        "command_forms": list_command_forms(thing.protocol, sent) if takes else [],
        "sent": sent.kind.name if sent else "",
        "map": _describe_place(thing),
        "acts": acts,
        "live_ticket": ticket_address(f"datastreams:{ids}") if ids else "",
    }


def _describe_place(thing: Thing) -> dict[str, Any] | None:
    if thing.lon is None or thing.lat is None:
        return None
    spec = describe_map(())
    spec["bounds"] = (thing.lon - 0.03, thing.lat - 0.02, thing.lon + 0.03, thing.lat + 0.02)
    layer = {
        "id": "device",
        "title": thing.name,
        "kind": "points",
        "url": reverse("portal:device_place", args=[thing.pk]),
        "legend": [],
        "shown": True,
        "refresh_s": 0,
    }
    return {**spec, "layers": [layer]}


@permitted("sensing.adopt_device")
def show_device(request: HttpRequest, thing_id: int) -> HttpResponse:
    """One device: newest readings, alarms, facts, counts of frames, bad frames raw, commands."""
    thing = find_thing_or_404(request, thing_id)
    return render(request, "portal/pages/device.html", _context(request, thing))


@permitted("sensing.adopt_device")
def show_charts(request: HttpRequest, thing_id: int) -> HttpResponse:
    """The part of the page that reads the history, fetched after the rest is shown."""
    thing = find_thing_or_404(request, thing_id)
    charts = describe_day(actor_of_request(request), thing, timezone.now())
    return render(request, "portal/parts/device_charts.html", {"charts": charts})


@permitted("sensing.adopt_device")
def give_place(request: HttpRequest, thing_id: int) -> JsonResponse:
    """Where the device stands, as a map layer."""
    thing = find_thing_or_404(request, thing_id)
    view = see(thing)
    properties = {"title": thing.name, "value": view.state_title, "color": POINT_COLOR}
    geometry = {"type": "Point", "coordinates": [thing.lon, thing.lat]}
    point = {"type": "Feature", "id": thing.pk, "geometry": geometry, "properties": properties}
    features = [point] if thing.lon is not None else []
    return JsonResponse({"type": "FeatureCollection", "features": features})


@permitted("sensing.adopt_device")
def export_history(request: HttpRequest, thing_id: int) -> HttpResponseBase:
    """Readings of the device from `from` to `to` (dates, both included; the last week) as CSV."""
    thing = find_thing_or_404(request, thing_id)
    today = timezone.localdate()
    try:
        first = parse_date(request.GET.get("from", "")) or today - timedelta(days=6)
        last = parse_date(request.GET.get("to", "")) or today
        start, end = _midnight(first), _midnight(last) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    if not start < end <= start + LONGEST_EXPORT:
        messages.error(request, _("Choose a span of at most a year that ends after it begins."))
        return redirect("portal:device", thing_id)
    streams = list(list_datastreams(actor_of_request(request), thing=thing))
    head = [_("Time"), _("Observed"), _("Value"), _("Unit"), _("Valid")]
    return csv_response(f"device-{thing.pk}.csv", head, list_history(streams, start, end))


def _midnight(day: Any) -> datetime:
    moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - made aware below
    return timezone.make_aware(moment)


@permitted("sensing.command_station")
@require_POST
def command_device(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Put a command into the outbox; the gateway that holds the connection sends it."""
    thing = find_thing_or_404(request, thing_id)
    form = read_command(thing.protocol, request.POST)
    if form is None:
        messages.error(request, _("Devices of this protocol do not know that command."))
        return redirect("portal:device", thing_id)
    if not form.is_valid():
        context = _context(request, thing, form)
        return render(request, "portal/pages/device.html", context, status=422)
    try:
        queue_command(
            thing=thing,
            command=form.kind.name,
            arguments=form.arguments,
            by=actor_of_request(request).name,
            at=timezone.now(),
        )
    except SensingError as error:
        messages.error(request, refusal_of(error))
    else:
        messages.success(request, _("The command waits for the device's connection."))
    return redirect("portal:device", thing_id)


@permitted("sensing.adopt_device")
def open_short(request: HttpRequest, short_id: str) -> HttpResponse:
    """The address of a label leads to the device's page."""
    thing_id = read_short_id(short_id)
    if thing_id is None:
        raise Http404
    return redirect("portal:device", find_thing_or_404(request, thing_id).pk)
