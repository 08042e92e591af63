"""My desk: the working places of a member of staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.portal import entries
from ipudong.portal.alarm_views import list_waiting_alarms

ALARMS_SHOWN = 8


@permitted("portal.use_desk")
def show_desk(request: HttpRequest) -> HttpResponse:
    """The desks the actor may open, and the alarms that wait."""
    actor = actor_of_request(request)
    context = {
        "systems": entries.list_desks(actor),
        "alarms": list_waiting_alarms(actor, 8)
        if is_allowed(actor, "sensing.view_alarms")
        else None,
    }
    return render(request, "portal/pages/desk.html", context)
