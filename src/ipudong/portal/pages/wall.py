"""Being written."""

from django.http import HttpResponse
from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def show_wall(request, **k):
    return HttpResponse("")
