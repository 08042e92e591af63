"""Devices: what reports, what is silent, and the strangers at the gateway."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import installed
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.queries.intake import (
    count_outcomes,
    list_commands,
    list_quarantined,
    list_rejected,
)
from ipudong.city.sensing.queries.things import get_thing, list_things
from ipudong.city.sensing.services import queue_command
from ipudong.portal.device_forms import CommandForm
from ipudong.portal.device_views import OUTCOMES, DeviceView, list_streams, see
from ipudong.portal.streams import ticket_address

DEVICES_A_PAGE: Final = 40


@permitted("sensing.adopt_device")
def list_devices(request: HttpRequest) -> HttpResponse:
    """Things with their state, and strangers that wait for a decision."""
    actor, now = actor_of_request(request), timezone.now()
    text = request.GET.get("q", "").strip()[:100]
    system = request.GET.get("system", "")
    things = list_things(actor, system=system or None, text=text)
    page = Paginator(things, DEVICES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "devices": [DeviceView(thing, now) for thing in page],
        "strangers": list_quarantined(actor)[:50],
        "systems": [(row.name, row.title) for row in installed()],
        "system": system,
        "text": text,
    }
    return render(request, "portal/pages/devices.html", context)


def _find(request: HttpRequest, thing_id: int) -> Thing:
    try:
        return get_thing(actor_of_request(request), thing_id)
    except Thing.DoesNotExist as error:
        raise Http404 from error


def _context(request: HttpRequest, thing: Thing, form: CommandForm) -> dict[str, Any]:
    actor = actor_of_request(request)
    streams, silent = list_streams(actor, thing)
    counts = [(OUTCOMES.get(code, code), count) for code, count in count_outcomes(thing).items()]
    ids = ",".join(str(view.stream.pk) for view in streams[:100])
    return {
        "view": see(thing),
        "thing": thing,
        "streams": streams,
        "silent": silent,
        "counts": counts,
        "rejected": list_rejected(actor, thing=thing, limit=10),
        "commands": list_commands(actor, thing=thing, limit=10),
        "form": form if is_allowed(actor, "sensing.command_station") and thing.identity else None,
        "live_ticket": ticket_address(f"datastreams:{ids}") if ids else "",
    }


@permitted("sensing.adopt_device")
def show_device(request: HttpRequest, thing_id: int) -> HttpResponse:
    """One device: newest readings, counts of frames, bad frames raw, commands."""
    thing = _find(request, thing_id)
    return render(request, "portal/pages/device.html", _context(request, thing, CommandForm()))


@permitted("sensing.command_station")
@require_POST
def command_device(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Put a command into the outbox; the gateway that holds the connection sends it."""
    thing = _find(request, thing_id)
    form = CommandForm(request.POST)
    if not form.is_valid():
        context = _context(request, thing, form)
        return render(request, "portal/pages/device.html", context, status=422)
    try:
        queue_command(
            thing=thing,
            command=form.cleaned_data["command"],
            arguments=form.arguments,
            by=actor_of_request(request).name,
            at=timezone.now(),
        )
    except SensingError:
        messages.error(request, _("This device takes no commands."))
    else:
        messages.success(request, _("The command waits for the station's connection."))
    return redirect("portal:device", thing_id)
