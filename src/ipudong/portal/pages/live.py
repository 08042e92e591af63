"""Tickets for the gateway's live streams; permission is checked here, per topic."""

from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.tickets import issue_ticket as sign_ticket

MOST_TOPICS: Final = 16
# What a topic takes, by its first word; a topic of another kind is refused.
PERMITS: Final = {
    "alarms": "sensing.view_alarms",
    "things": "sensing.view_things",
    "datastreams": "sensing.view_things",
    "positions": "sensing.view_positions",
}


@permitted("portal.view")
@never_cache
def issue_ticket(request: HttpRequest) -> HttpResponse:
    """The gateway's address with a fresh ticket, as JSON: `{"url": ...}`."""
    topics = request.GET.getlist("topic")
    actor = actor_of_request(request)
    if not 0 < len(topics) <= MOST_TOPICS or not all(_may_watch(actor, topic) for topic in topics):
        return JsonResponse({"code": "topic_refused"}, status=403)
    query = urlencode({"ticket": sign_ticket(topics, actor=actor.name)})
    return JsonResponse({"url": f"{settings.IPUDONG_GATEWAY_URL}/live?{query}"})


def _may_watch(actor: Actor, topic: str) -> bool:
    permit = PERMITS.get(topic.partition(":")[0])
    return permit is not None and is_allowed(actor, permit)
