"""My desk: the working places of a member of staff, the alarms that wait, and messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.queries.notices import list_messages
from ipudong.city.sensing.services.deliveries import read_messages
from ipudong.portal import entries
from ipudong.portal.alarm_views import MessageView, list_waiting_alarms

ALARMS_SHOWN = 8
MESSAGES_SHOWN = 6


@permitted("portal.use_desk")
def show_desk(request: HttpRequest) -> HttpResponse:
    """The desks the actor may open, the alarms that wait, and what they were told."""
    actor = actor_of_request(request)
    sees_alarms = is_allowed(actor, "sensing.view_alarms")
    unread = list_messages(actor)
    context = {
        "systems": entries.list_desks(actor),
        "alarms": list_waiting_alarms(actor, ALARMS_SHOWN) if sees_alarms else None,
        "messages_to_me": [MessageView(row) for row in unread[:MESSAGES_SHOWN]],
        "unread": unread.count(),
    }
    return render(request, "portal/pages/desk.html", context)


@permitted("portal.use_desk")
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All messages on this desk have been read."""
    actor = actor_of_request(request)
    if actor.account_id is not None:
        rows = list(list_messages(actor)[:1000])
        read_messages(deliveries=rows, account_id=actor.account_id, at=timezone.now())
    return redirect("portal:desk")
