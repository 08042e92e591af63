"""Being written."""

from django.http import HttpResponse
from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def list_places_geojson(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def show_map(request, **k):
    return HttpResponse("")
