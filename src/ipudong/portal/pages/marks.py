"""Being written."""

from django.http import HttpResponse
from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def export_records(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def show_mark(request, **k):
    return HttpResponse("")
