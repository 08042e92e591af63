"""The map of the district, and the geometry of its places."""

from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.vary import vary_on_headers

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.queries import list_places, places_geojson
from ipudong.portal.district_maps import describe_map
from ipudong.portal.entries import list_layers
from ipudong.portal.streams import list_topics, ticket_address

TOLERANCE_DEGREES: Final = 0.0004  # about 40 m: unseen at the zooms of a district
KEPT_S: Final = 60


@permitted("portal.view")
def show_map(request: HttpRequest) -> HttpResponse:
    """All layers the reader may see; `?layer=code` (repeatable) chooses those shown first,
    `?place=code` begins at a place; a code nobody knows shows the whole district."""
    actor = actor_of_request(request)
    layers, places = list_layers(actor), list_places()
    wanted = request.GET.get("place", "")
    focus = next((place for place in places if place.code == wanted), None)
    context = {
        "spec": describe_map(layers, shown=request.GET.getlist("layer") or None, focus=focus),
        "approximate": any(place.is_approximate for place in places),
        "live_ticket": ticket_address(*list_topics(actor, layers)),
    }
    return render(request, "portal/pages/map.html", context)


@permitted("registry.view_places")
@vary_on_headers("Accept-Language", "Cookie")
def list_places_geojson(request: HttpRequest) -> HttpResponse:
    """Subdistricts and towns as GeoJSON, names in the reader's language."""
    key = f"portal.places.{get_language()}"
    document = cache.get(key)
    if document is None:
        document = places_geojson(TOLERANCE_DEGREES)
        cache.set(key, document, KEPT_S)
    response = JsonResponse(document, content_type="application/geo+json")
    response.headers["Cache-Control"] = f"private, max-age={KEPT_S}"
    return response
