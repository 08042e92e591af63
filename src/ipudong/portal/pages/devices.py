"""Being written."""

from django.http import HttpResponse
from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def list_devices(request, **k):
    return HttpResponse("")
