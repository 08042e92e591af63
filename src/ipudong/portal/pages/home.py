"""Home: what is going on in the district now, and the way to everything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import installed
from ipudong.portal.alarm_views import count_alarms
from ipudong.portal.entries import list_desks, list_services
from ipudong.portal.plan_views import get_board
from ipudong.portal.streams import ticket_address
from ipudong.portal.tiles import draw_tiles

SERVICES_SHOWN = 9


@permitted("portal.view")
def show_home(request: HttpRequest) -> HttpResponse:
    """The tiles of the systems, the plan, alarms for staff, then services and desks."""
    actor = actor_of_request(request)
    context = {
        "now": timezone.localtime(),
        "tiles": draw_tiles(request, actor),
        "plan": get_board(),
        "alarms": count_alarms(actor) if is_allowed(actor, "sensing.view_alarms") else None,
        "services": [door for _, doors in list_services(actor) for door in doors][:SERVICES_SHOWN],
        "desks": [door for _, doors in list_desks(actor) for door in doors]
        if actor.is_staff
        else [],
        "live_ticket": ticket_address(*(f"things:{system.name}" for system in installed())),
    }
    return render(request, "portal/pages/home.html", context)
