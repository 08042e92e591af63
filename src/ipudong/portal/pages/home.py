"""Home: what is going on in the district now, and the way to everything."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import Actor, is_allowed
from ipudong.city.manifest import HomeTile, installed
from ipudong.portal.alarm_views import count_open_alarms
from ipudong.portal.entries import list_desks, list_services
from ipudong.portal.plan_views import get_board
from ipudong.portal.streams import ticket_address

log = logging.getLogger(__name__)
SERVICES_SHOWN = 9


@permitted("portal.view")
def show_home(request: HttpRequest) -> HttpResponse:
    """The tiles of the systems, the plan, alarms for staff, then services and desks."""
    actor = actor_of_request(request)
    context = {
        "now": timezone.localtime(),
        "tiles": [_draw(request, tile, actor) for tile in _tiles(actor)],
        "plan": get_board(),
        "alarms": count_open_alarms() if is_allowed(actor, "sensing.view_alarms") else None,
        "services": [door for _, doors in list_services(actor) for door in doors][:SERVICES_SHOWN],
        "desks": [door for _, doors in list_desks(actor) for door in doors],
        "live_ticket": ticket_address(*(f"things:{system.name}" for system in installed())),
    }
    return render(request, "portal/pages/home.html", context)


def _tiles(actor: Actor) -> list[HomeTile]:
    tiles = [tile for system in installed() for tile in system.home_tiles]
    return sorted(
        (tile for tile in tiles if is_allowed(actor, tile.permit)), key=lambda tile: tile.order
    )


def _draw(request: HttpRequest, tile: HomeTile, actor: Actor) -> str:
    context: dict[str, Any] = dict(tile.context(actor))
    return render_to_string(tile.template, context, request)
